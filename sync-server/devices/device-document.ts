import { z } from 'zod';
import {
  deviceUserSchema,
  unsentSchema,
  type DeviceRecord,
  type DeviceUser,
} from '#shared/device/protocol.ts';
import { deviceIdSchema, personIdSchema, type DeviceId, type PersonId } from '#shared/lib/id.ts';
import { addMs, instantSchema, latest, type Instant } from '#shared/lib/instant.ts';
import type { StoredDocument } from '#server/store/port.ts';

/** Document `device:<id>` of the accounts database: one per tablet or phone that anybody ever signed in on. */
export const deviceDocumentSchema = z.looseObject({
  kind: z.literal('device'),
  id: deviceIdSchema,
  deviceKind: z.enum(['personal', 'ward']),
  /** As the device calls itself. */
  name: z.string(),
  /** What an administrator named it beats what it says itself; absent: nobody did. */
  givenName: z.string().optional(),
  registeredAt: instantSchema,
  lastContactAt: instantSchema,
  appVersion: z.string().nullable(),
  users: z.array(deviceUserSchema),
  /** Set once and for ever: a device that was found again registers as a new one. */
  revokedAt: instantSchema.nullable().default(null),
  revokedBy: personIdSchema.optional(),
  revokeReason: z.string().optional(),
  /** What the server held of the device's people for it alone is destroyed. */
  secretsDestroyedAt: instantSchema.optional(),
  wipedAt: instantSchema.optional(),
  lost: unsentSchema.optional(),
});
export type DeviceDocument = z.infer<typeof deviceDocumentSchema>;

export const devicePrefix = 'device:';
export const deviceDocumentId = (device: DeviceId): string => devicePrefix + device;

export const parseDevice = (stored: Pick<StoredDocument, 'body'> | null): DeviceDocument | null => {
  if (stored?.body['kind'] !== 'device') return null;
  const parsed = deviceDocumentSchema.safeParse(stored.body);
  return parsed.success ? parsed.data : null;
};

/** Contacts are written down this coarsely, so that reading does not write. */
export const contactEveryMs = 5 * 60_000;
/** More people than this do not fit on one tablet's list; those who were there longest ago go first. */
const mostUsers = 200;

/** A request of somebody on a device, or what one reported. */
export interface Contact {
  readonly person: PersonId;
  readonly at: Instant;
  /** null: the app did not say. */
  readonly appVersion: string | null;
  /** null: it did not say. */
  readonly unsent: number | null;
  /** Items that went with a database the browser threw away; absent: none did. */
  readonly lost?: number;
  /** Items of this person that came by another way. */
  readonly arrived?: number;
  /** What the device says it is; absent where only a count is reported. */
  readonly as?: { readonly kind: 'personal' | 'ward'; readonly name: string };
}

const userOf = (document: DeviceDocument, person: PersonId): DeviceUser | undefined =>
  document.users.find((user) => user.person === person);

/** Whether a contact says anything that is worth a write. */
export function isNews(document: DeviceDocument, contact: Contact): boolean {
  const user = userOf(document, contact.person);
  return (
    user === undefined ||
    contact.at >= addMs(user.lastAt, contactEveryMs) ||
    (contact.appVersion !== null && contact.appVersion !== document.appVersion) ||
    (contact.unsent !== null && (contact.unsent !== user.unsent || user.arrivedSince > 0)) ||
    (contact.arrived ?? 0) > 0 ||
    (contact.lost !== undefined && contact.lost !== user.lost) ||
    (contact.as !== undefined &&
      (contact.as.kind !== document.deviceKind || contact.as.name !== document.name))
  );
}

function afterContact(user: DeviceUser | undefined, contact: Contact): DeviceUser {
  const { person, at, unsent, arrived = 0, lost } = contact;
  const before: DeviceUser = user ?? {
    person,
    firstAt: at,
    lastAt: at,
    unsent: null,
    unsentAt: null,
    arrivedSince: 0,
    lost: 0,
  };
  // What came by another way is no sign of life of the device itself.
  const lastAt = arrived > 0 ? before.lastAt : latest(before.lastAt, at);
  const told = lost === undefined ? before : { ...before, lost };
  const isOlderReport = before.unsentAt !== null && before.unsentAt > at;
  if (unsent === null || isOlderReport)
    return { ...told, lastAt, arrivedSince: before.arrivedSince + arrived };
  return { ...told, lastAt, unsent, unsentAt: at, arrivedSince: arrived };
}

/** The device after a contact. A device that was revoked stays so, whoever signs in on it. */
export function withContact(document: DeviceDocument, contact: Contact): DeviceDocument {
  const { at, as } = contact;
  const user = afterContact(userOf(document, contact.person), contact);
  const users = [user, ...document.users.filter(({ person }) => person !== user.person)]
    .sort((a, b) => (a.lastAt < b.lastAt ? 1 : -1))
    .slice(0, mostUsers);
  return {
    ...document,
    ...(as === undefined ? {} : { deviceKind: as.kind, name: as.name }),
    lastContactAt: (contact.arrived ?? 0) > 0 ? document.lastContactAt : latest(document.lastContactAt, at),
    appVersion: contact.appVersion ?? document.appVersion,
    users,
  };
}

/** A device nobody had heard of. */
export const newDevice = (
  id: DeviceId,
  { at, as }: Contact & { readonly as: NonNullable<Contact['as']> },
): DeviceDocument => ({
  kind: 'device',
  id,
  deviceKind: as.kind,
  name: as.name,
  registeredAt: at,
  lastContactAt: at,
  appVersion: null,
  users: [],
  revokedAt: null,
});

export const recordOf = (document: DeviceDocument): DeviceRecord => ({
  id: document.id,
  kind: document.deviceKind,
  name: document.givenName ?? document.name,
  registeredAt: document.registeredAt,
  lastContactAt: document.lastContactAt,
  appVersion: document.appVersion,
  users: document.users,
  revoked:
    document.revokedAt === null || document.revokedBy === undefined
      ? null
      : { at: document.revokedAt, by: document.revokedBy, reason: document.revokeReason ?? '' },
  wiped: document.wipedAt === undefined ? null : { at: document.wipedAt, lost: document.lost ?? 0 },
});
