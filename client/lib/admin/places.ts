import type { AdministrationAct } from '#shared/administration/rights.ts';

/** What each page of administration is for; one of its acts is enough to see it. */
const actsByPlace = {
  '/admin/staff': ['staff-read'],
  '/admin/departments': ['department-create', 'department-edit', 'department-receiver'],
  '/admin/organisation': ['organisation-edit'],
  '/admin/permissions': ['staff-read', 'permissions-grant', 'audit-read'],
  '/admin/import': ['import'],
  '/admin/devices': ['devices'],
  '/rota': ['rota-edit'],
  '/audit': ['audit-read'],
} as const satisfies Readonly<Record<string, readonly AdministrationAct[]>>;

export type AdminPlace = keyof typeof actsByPlace;

/** Pages that are reached from elsewhere too are told where to lead back. */
export const addressOfPlace = (place: AdminPlace): string =>
  place.startsWith('/admin/') ? place : `${place}?from=admin`;
export const adminPlaces = Object.keys(actsByPlace) as AdminPlace[];

/** The pages worth showing to somebody, in the order of the list; [] for who administers nothing. */
export const placesFor = (may: (act: AdministrationAct) => boolean): AdminPlace[] =>
  adminPlaces.filter((place) => actsByPlace[place].some(may));
