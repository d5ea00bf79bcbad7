import { z } from 'zod';
import { breaches, isPausedAt } from '#shared/consult/clocks.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { nextFollowUpAt } from '#shared/consult/follow-up.ts';
import { isOpen, statusSchema, urgencySchema } from '#shared/consult/vocabulary.ts';
import { departmentIdSchema, personIdSchema, type DepartmentId, type PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { PatientContent } from '#shared/patient/content.ts';
import { byBreach, inList, type Reader } from './lists.ts';
import { fitsSearch } from './search.ts';

/** Every list there is (CON-8). `all`: whatever this tablet holds, which is what its person may read. */
export const listKindSchema = z.enum(['all', 'overdue', 'follow-up', 'department', 'mine', 'sent']);
export type ListKind = z.infer<typeof listKindSchema>;
export const listKinds = listKindSchema.options;

/** Stands for a consult that nobody has. */
export const nobody = 'nobody';
const assigneeSchema = z.union([personIdSchema, z.literal(nobody)]);
export type AssigneeChoice = z.infer<typeof assigneeSchema>;

/**
 * What a list shows. An empty choice leaves nothing out, and is never read as "none": an empty filter that hid what is overdue is how the
 * predecessor lost consults. `from` and `until` are days of the hospital, both included; null: no bound.
 */
export const listFilterSchema = z.strictObject({
  list: listKindSchema,
  statuses: z.array(statusSchema).max(20),
  urgencies: z.array(urgencySchema).max(5),
  departments: z.array(departmentIdSchema).max(200),
  wards: z.array(z.string().max(40)).max(200),
  assignees: z.array(assigneeSchema).max(200),
  from: z.iso.date().nullable(),
  until: z.iso.date().nullable(),
  text: z.string().max(200),
});
export type ListFilter = z.infer<typeof listFilterSchema>;

/** Where every list begins: nothing is left out of it. */
export const unfiltered = (list: ListKind): ListFilter => ({
  list,
  statuses: [],
  urgencies: [],
  departments: [],
  wards: [],
  assignees: [],
  from: null,
  until: null,
  text: '',
});

/** How many of its fields leave something out. */
export const narrowedBy = (filter: ListFilter): number =>
  [filter.statuses, filter.urgencies, filter.departments, filter.wards, filter.assignees].filter(
    (chosen) => chosen.length > 0,
  ).length +
  Number(filter.from !== null || filter.until !== null) +
  Number(filter.text.trim() !== '');

/** What the rules know besides the consult. */
export interface ListReading {
  readonly reader: Reader;
  readonly now: Instant;
  /** The day in the hospital's time zone, YYYY-MM-DD. */
  readonly dayOf: (at: Instant) => string;
  /** The patient as they are now, where the tablet knows them; else as they were. */
  readonly patientOf: (consult: Consult) => PatientContent;
}

/** Something has run out and does not stand still: the word of every overdue mark. */
export function isOverdue(consult: Consult, now: Instant): boolean {
  return breaches(consult, now).some(
    ({ clock }) => clock === 'promise' || clock === 'info' || !isPausedAt(consult, clock, now),
  );
}

export function inKind(kind: ListKind, consult: Consult, { reader, now }: ListReading): boolean {
  switch (kind) {
    case 'all':
      return true;
    case 'overdue':
      return isOverdue(consult, now);
    case 'follow-up':
      return consult.followUp !== null;
    case 'department':
    case 'mine':
    case 'sent':
      return inList(kind, consult, reader);
  }
}

/** Departments a consult is found under: who asks, who is asked, who was asked before, who joined. */
export const departmentsIn = (consult: Consult): readonly DepartmentId[] => [
  consult.requestingDepartment,
  consult.receivingDepartment,
  ...consult.earlierReceiving,
  ...consult.joinedDepartments,
];

export const assigneeOf = (consult: Consult): AssigneeChoice => consult.assignee ?? nobody;

/** The day it was asked; for one the server has not taken yet, the day it was written. '' never happens to a readable consult. */
export function askedOn(consult: Consult, dayOf: ListReading['dayOf']): string {
  const at = consult.submittedAt ?? consult.timeline[0]?.event.occurredAt;
  return at === undefined ? '' : dayOf(at);
}

const has = <T>(chosen: readonly T[], value: T): boolean => chosen.length === 0 || chosen.includes(value);

export function fitsFilter(filter: ListFilter, consult: Consult, reading: ListReading): boolean {
  if (!inKind(filter.list, consult, reading)) return false;
  if (!has(filter.statuses, consult.status) || !has(filter.urgencies, consult.urgency)) return false;
  if (
    filter.departments.length > 0 &&
    !departmentsIn(consult).some((each) => filter.departments.includes(each))
  )
    return false;
  if (!has(filter.assignees, assigneeOf(consult))) return false;
  if (filter.from !== null || filter.until !== null) {
    const day = askedOn(consult, reading.dayOf);
    if (filter.from !== null && day < filter.from) return false;
    if (filter.until !== null && day > filter.until) return false;
  }
  if (filter.wards.length === 0 && filter.text.trim() === '') return true;
  const patient = reading.patientOf(consult);
  return (
    has(filter.wards, patient.ward) &&
    (filter.text.trim() === '' || fitsSearch(filter.text, consult, patient))
  );
}

const later = (a: string, b: string): number => (a < b ? 1 : a > b ? -1 : 0);

/**
 * What breaches first stands first; what has ended comes after, changed last first. Of follow-ups the one whose next visit comes first leads,
 * and those that wait for a result alone stand last.
 */
export function orderOf(
  kind: ListKind,
  { now, timeZone }: { readonly now: Instant; readonly timeZone: string },
): (a: Consult, b: Consult) => number {
  const visitAt = (consult: Consult): string => nextFollowUpAt(consult, timeZone, now) ?? '~';
  return (a, b) => {
    const open = Number(isOpen(b.status)) - Number(isOpen(a.status));
    if (open !== 0) return open;
    if (isOpen(a.status)) return byBreach(a, b);
    return (
      (kind === 'follow-up' ? -later(visitAt(a), visitAt(b)) : 0) ||
      later(a.changedAt ?? '~', b.changedAt ?? '~') ||
      later(b.id, a.id)
    );
  };
}

/** What can be chosen: every value that occurs in what the person may read, and what is chosen already. */
export interface FilterChoices {
  readonly statuses: readonly Consult['status'][];
  readonly departments: readonly DepartmentId[];
  readonly wards: readonly string[];
  readonly assignees: readonly AssigneeChoice[];
}

export function choicesOf(
  consults: readonly Consult[],
  chosen: ListFilter,
  { patientOf }: Pick<ListReading, 'patientOf'>,
): FilterChoices {
  const statuses = new Set<Consult['status']>(chosen.statuses);
  const departments = new Set<DepartmentId>(chosen.departments);
  const wards = new Set<string>(chosen.wards);
  const assignees = new Set<AssigneeChoice>([nobody, ...chosen.assignees]);
  for (const consult of consults) {
    statuses.add(consult.status);
    for (const department of departmentsIn(consult)) departments.add(department);
    wards.add(patientOf(consult).ward);
    assignees.add(assigneeOf(consult));
  }
  return {
    statuses: statusSchema.options.filter((status) => statuses.has(status)),
    departments: [...departments],
    wards: [...wards].sort((a, b) => a.localeCompare(b, undefined, { numeric: true })),
    assignees: [...assignees],
  };
}

/** People among the choices, without the one that stands for nobody. */
export const isPersonChoice = (choice: AssigneeChoice): choice is PersonId => choice !== nobody;
