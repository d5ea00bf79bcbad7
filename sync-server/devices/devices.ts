import type { Logger } from 'pino';
import { audited, type AuditedBy } from '#server/audit/pending.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import { followAnew } from '#server/store/follow-anew.ts';
import { documentMerges } from '#server/store/merge/document-merges.ts';
import { resolveConflicts } from '#server/store/merge/resolve-conflicts.ts';
import type { Database, Following, StoredDocument } from '#server/store/port.ts';
import { deviceIdSchema, type DeviceId, type PersonId } from '#shared/lib/id.ts';
import type { Clock, Instant } from '#shared/lib/instant.ts';
import {
  deviceDocumentId,
  devicePrefix,
  isNews,
  newDevice,
  parseDevice,
  withContact,
  type Contact,
  type DeviceDocument,
} from './device-document.ts';

/** A session as the registry sees it. */
export interface OnDevice {
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly deviceKind: 'personal' | 'ward';
  readonly deviceName: string;
}

/**
 * Destroys what the server holds for people on a device and that must not outlive it: recovery secrets, grants of signing keys, push
 * subscriptions. Called at least once after a revocation, also after a crash in between; must bear being called again. Rejects to be called again later.
 */
export type DestroySecrets = (device: DeviceId, people: readonly PersonId[], at: Instant) => Promise<void>;

/** Every tablet and phone the hospital uses. */
export interface Devices {
  /** Puts the device on the list, or notes who uses it now. Resolves when stored. */
  signedIn(session: OnDevice, at: Instant): Promise<void>;
  /** A request came from it. Coarse and behind the answer: lost notes only make the list older. */
  heard(
    session: OnDevice,
    facts: { at: Instant; appVersion: string | null; unsent: number | null; lost?: number },
  ): void;
  /** So many items of this person wait there, by the device's own word. */
  reported(owner: { person: PersonId; device: DeviceId }, unsent: number, at: Instant): void;
  /** Items this person wrote there came by another way than the device's own session. */
  arrived(owner: { person: PersonId; device: DeviceId }, count: number, at: Instant): void;
  isRevoked(device: DeviceId): boolean;
  /** Whether this person ever signed in there. */
  isUsedBy(device: DeviceId, person: PersonId): boolean;
  /** As the store has them now, the last in contact first. */
  list(): Promise<readonly DeviceDocument[]>;
  /** null: there is none. */
  rename(device: DeviceId, name: string, by: AuditedBy): Promise<DeviceDocument | null>;
  /** For ever. Again changes nothing. null: there is none. */
  revoke(
    device: DeviceId,
    entry: { readonly reason: string; readonly by: PersonId; readonly at: Instant },
    by: AuditedBy,
  ): Promise<DeviceDocument | null>;
  /** The device says that it has deleted everything; null: it is not revoked. */
  wiped(
    device: DeviceId,
    entry: { readonly lost: number; readonly at: Instant },
    by: AuditedBy,
  ): Promise<DeviceDocument | null>;
  /** Calls back once, soon after the device was revoked by anyone at any gateway. Returns the way to stop. */
  onRevoked(device: DeviceId, told: () => void): () => void;
  /** To be called while the server is fitted together, before it answers. */
  destroysWith(destroy: DestroySecrets): void;
  /** Finishes what a crash left undone. After everything was fitted together. */
  start(): Promise<void>;
  /** Resolves when nothing waits to be written or destroyed. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const pageLimit = 500;

/** Reads all devices, then follows them. Throws when the store cannot be read at the start. */
export async function openDevices(deps: {
  database: Database;
  clock: Clock;
  logger: Logger;
}): Promise<Devices> {
  const { database, clock, logger } = deps;
  /** May be ahead of the store by contacts that are being written, and behind it by what its feed has not brought. */
  const held = new Map<DeviceId, DeviceDocument>();
  /** Never shrinks: an older copy of a document brings no device back. */
  const revoked = new Set<DeviceId>();
  const watchers = new Map<DeviceId, Set<() => void>>();
  const destroyers: DestroySecrets[] = [];
  let waiting = new Map<DeviceId, Contact[]>();
  let writing: Promise<void> | null = null;
  let destroying: Promise<void> = Promise.resolve();

  function takeRevoked(device: DeviceId): void {
    if (revoked.has(device)) return;
    revoked.add(device);
    const told = watchers.get(device);
    watchers.delete(device);
    for (const one of told ?? []) one();
  }

  function take(document: DeviceDocument): void {
    held.set(document.id, document);
    if (document.revokedAt !== null) takeRevoked(document.id);
  }

  /** What this build cannot read may still say that the device is revoked: that much is believed. */
  function takeUnread({ id, body }: Pick<StoredDocument, 'id' | 'body'>): void {
    logger.error({ document: id }, 'a device document cannot be read');
    const device = deviceIdSchema.safeParse(id.slice(devicePrefix.length));
    if (device.success && typeof body['revokedAt'] === 'string') takeRevoked(device.data);
  }

  async function readAll(): Promise<DeviceDocument[]> {
    const found: DeviceDocument[] = [];
    for (let startKey = devicePrefix; ;) {
      const rows = await database.scan({
        startKey,
        endKey: `${devicePrefix}~`,
        limit: pageLimit,
        includeDocs: true,
      });
      for (const { doc } of rows) {
        const document = parseDevice(doc ?? null);
        if (document !== null) found.push(document);
        else if (doc !== undefined) takeUnread(doc);
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageLimit) return found;
      startKey = `${last.id} `;
    }
  }

  const since = await database.position();
  for (const document of await readAll()) take(document);
  const following: Following = followAnew(database, {
    since,
    includeDocs: true,
    onChange: async (page) => {
      for (const { id, doc, deleted } of page.changes) {
        if (!id.startsWith(devicePrefix) || deleted) continue;
        const merged =
          (doc?.conflicts?.length ?? 0) > 0
            ? await resolveConflicts(database, id, documentMerges[database.name])
            : (doc ?? null);
        const document = parseDevice(merged);
        if (document !== null) take(document);
        else if (merged !== null) takeUnread(merged);
      }
    },
    onError: (error) => logger.warn({ err: error }, 'the feed of devices was interrupted'),
  });

  function contacted(document: DeviceDocument | null, device: DeviceId, contacts: readonly Contact[]) {
    let next = document;
    for (const contact of contacts) {
      const { as } = contact;
      if (next !== null) next = withContact(next, contact);
      else if (as !== undefined) next = withContact(newDevice(device, { ...contact, as }), contact);
    }
    return next;
  }

  async function write(device: DeviceId, contacts: readonly Contact[]): Promise<void> {
    const written = await changeDocument(database, deviceDocumentId(device), (stored) => {
      const document = parseDevice(stored);
      // What a newer build wrote in a way this one cannot read is left alone.
      if (stored !== null && document === null) return null;
      const next = contacted(document, device, contacts);
      return next === null ? null : audited(next, undefined, stored?.body ?? null);
    });
    const document = written === null ? null : parseDevice({ body: written });
    if (document !== null) take(document);
  }

  async function drain(): Promise<void> {
    while (waiting.size > 0) {
      const batch = waiting;
      waiting = new Map();
      for (const [device, contacts] of batch) {
        try {
          await write(device, contacts);
        } catch (cause) {
          logger.warn({ err: cause }, 'a contact of a device could not be stored');
        }
      }
    }
    writing = null;
  }

  function note(device: DeviceId, contact: Contact): void {
    const known = held.get(device);
    if (known === undefined && contact.as === undefined) return;
    if (known !== undefined && !isNews(known, contact)) return;
    const next = contacted(known ?? null, device, [contact]);
    // Known from here on, so that the next request finds nothing new to say.
    if (next !== null) held.set(device, next);
    waiting.set(device, [...(waiting.get(device) ?? []), contact]);
    writing ??= Promise.resolve().then(drain);
  }

  const asOf = ({ deviceKind, deviceName }: OnDevice) => ({ kind: deviceKind, name: deviceName });

  /** One after the other; what failed is tried again at the next revocation or start. */
  function destroySecrets(document: DeviceDocument): void {
    if (document.revokedAt === null || document.secretsDestroyedAt !== undefined) return;
    const { id } = document;
    destroying = destroying.then(async () => {
      try {
        const at = clock.now();
        const people = document.users.map(({ person }) => person);
        for (const destroy of destroyers) await destroy(id, people, at);
        await changeDocument(database, deviceDocumentId(id), (stored) => {
          const now = parseDevice(stored);
          return now === null || now.secretsDestroyedAt !== undefined
            ? null
            : audited({ ...now, secretsDestroyedAt: at }, undefined, stored?.body ?? null);
        });
      } catch (cause) {
        logger.error({ err: cause, device: id }, 'secrets of a revoked device could not all be destroyed');
      }
    });
  }

  /** null: there is no such device, or nothing to change about it. */
  async function change(
    device: DeviceId,
    changed: (document: DeviceDocument) => DeviceDocument,
    by: AuditedBy,
  ): Promise<DeviceDocument | null> {
    const found: { last: DeviceDocument | null } = { last: null };
    await changeDocument(database, deviceDocumentId(device), (stored) => {
      const document = parseDevice(stored);
      found.last = document === null ? null : changed(document);
      return found.last === null || found.last === document
        ? null
        : audited(found.last, by, stored?.body ?? null);
    });
    // Told here at once; other gateways hear it from the feed.
    if (found.last !== null) take(found.last);
    return found.last;
  }

  return {
    async signedIn(session, at) {
      const contact: Contact = {
        person: session.person,
        at,
        appVersion: null,
        unsent: null,
        as: asOf(session),
      };
      await write(session.device, [contact]);
    },
    heard(session, facts) {
      note(session.device, { ...facts, person: session.person, as: asOf(session) });
    },
    reported({ person, device }, unsent, at) {
      note(device, { person, at, appVersion: null, unsent });
    },
    arrived({ person, device }, count, at) {
      note(device, { person, at, appVersion: null, unsent: null, arrived: count });
    },
    isRevoked: (device) => revoked.has(device),
    isUsedBy: (device, person) => held.get(device)?.users.some((user) => user.person === person) === true,
    async list() {
      return (await readAll()).sort((a, b) => (a.lastContactAt < b.lastContactAt ? 1 : -1));
    },
    rename: (device, name, by) =>
      change(
        device,
        (document) => (document.givenName === name ? document : { ...document, givenName: name }),
        by,
      ),
    async revoke(device, { reason, by: person, at }, by) {
      const document = await change(
        device,
        (now) =>
          now.revokedAt !== null ? now : { ...now, revokedAt: at, revokedBy: person, revokeReason: reason },
        by,
      );
      if (document !== null) destroySecrets(document);
      return document;
    },
    async wiped(device, { lost, at }, by) {
      const document = await change(
        device,
        (now) => (now.revokedAt === null || now.wipedAt !== undefined ? now : { ...now, wipedAt: at, lost }),
        by,
      );
      return document === null || document.revokedAt === null ? null : document;
    },
    onRevoked(device, told) {
      if (revoked.has(device)) {
        told();
        return () => undefined;
      }
      const all = watchers.get(device) ?? new Set();
      all.add(told);
      watchers.set(device, all);
      return () => {
        all.delete(told);
        if (all.size === 0 && watchers.get(device) === all) watchers.delete(device);
      };
    },
    destroysWith: (destroy) => void destroyers.push(destroy),
    async start() {
      for (const document of held.values()) destroySecrets(document);
      await destroying;
    },
    async idle() {
      while (writing !== null) await writing;
      await destroying;
    },
    async close() {
      await following.stop();
      while (writing !== null) await writing;
      await destroying;
    },
  };
}
