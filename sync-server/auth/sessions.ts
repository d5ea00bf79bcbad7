import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import { audited, type AuditedBy } from '#server/audit/pending.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import { followAnew } from '#server/store/follow-anew.ts';
import { documentMerges } from '#server/store/merge/document-merges.ts';
import { resolveConflicts } from '#server/store/merge/resolve-conflicts.ts';
import type { Database, Following, StoredDocument } from '#server/store/port.ts';
import { deviceIdSchema, personIdSchema, type DeviceId, type PersonId } from '#shared/lib/id.ts';
import { addMs, earliest, instantSchema, msBetween, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { DeviceDescription } from '#shared/session/protocol.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import { accountId, parseAccount, type Account } from './accounts.ts';
import { hashOfSecret, isSecretOf, parseSessionToken, secretOf, sessionTokenText } from './session-token.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export interface SessionLimits {
  /** Without any request for so long a session ends. */
  readonly idleMs: number;
  readonly absoluteMs: number;
}

/** A ward tablet passes through many hands; a personal one lies in one pocket. */
export const sessionLimits: Readonly<Record<DeviceDescription['kind'], SessionLimits>> = {
  ward: { idleMs: 16 * hourMs, absoluteMs: 7 * dayMs },
  personal: { idleMs: 14 * dayMs, absoluteMs: 90 * dayMs },
};
export const rotateAfterMs = hourMs;
/** `lastUsedAt` is this coarse, so that reading does not write. */
const usedEveryMs = 5 * minuteMs;

/** Document `session:<person>:<device>`: one per person and device, replaced by the next sign-in there. */
const sessionDocumentSchema = z.looseObject({
  kind: z.literal('session'),
  person: personIdSchema,
  device: deviceIdSchema,
  deviceKind: z.enum(['personal', 'ward']),
  deviceName: z.string(),
  accountGeneration: z.int(),
  /** How it was begun: with single sign-on nobody is asked to change a password. */
  method: z.enum(['password', 'openid']).default('password'),
  nonce: z.string(),
  /** Counts the secrets of this session. `nextHash` null: the next one was not handed out yet. */
  rotation: z.int(),
  hash: z.string(),
  nextHash: z.string().nullable(),
  rotatedAt: instantSchema,
  beganAt: instantSchema,
  /** When the person first signed in on this device; absent where it was not kept: then `beganAt`. */
  firstBeganAt: instantSchema.optional(),
  lastUsedAt: instantSchema,
  endsAt: instantSchema,
  revokedAt: instantSchema.nullable(),
});
type SessionDocument = z.infer<typeof sessionDocumentSchema>;

export interface RecognisedSession {
  /** The document's id. */
  readonly id: string;
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly deviceKind: 'personal' | 'ward';
  readonly deviceName: string;
  /** When the person first signed in on this device: nothing they wrote there is older. */
  readonly knownSince: Instant;
  /** When who they are was last proven at the server: a sign-in, or a password given once more. */
  readonly beganAt: Instant;
  readonly mustChangePassword: boolean;
  readonly idleEndsAt: Instant;
  readonly endsAt: Instant;
}

export interface Recognition {
  readonly session: RecognisedSession;
  /** A new cookie value to hand out; the one that came in holds until this one is first used. */
  readonly renewed: string | null;
}

export type Unrecognised =
  { readonly type: 'unknown' } | { readonly type: 'ended'; readonly session: RecognisedSession };

export interface ListedSession {
  readonly device: DeviceId;
  readonly deviceKind: 'personal' | 'ward';
  readonly deviceName: string;
  readonly beganAt: Instant;
  readonly lastUsedAt: Instant;
  readonly endsAt: Instant;
  /** By an act, by its limits, or with the person's account. */
  readonly ended: boolean;
}

/** One person on more devices than this has not been seen. */
const mostListed = 200;

export interface Sessions {
  /** Signs a person in on a device; an earlier session of both ends. */
  begin(entry: {
    account: Account;
    device: DeviceDescription;
    at: Instant;
    /** Absent: by password. */
    method?: 'password' | 'openid';
    /** Goes into the audit with the very write. */
    by?: ((session: RecognisedSession) => AuditedBy) | undefined;
  }): Promise<{ session: RecognisedSession; token: string }>;
  /** `unknown` and `ended` are the same to the sender, unless the device is revoked: `session` is what ended, and its secret was right. */
  recognise(token: string, at: Instant): Promise<Result<Recognition, Unrecognised>>;
  end(session: string, at: Instant, by?: AuditedBy): Promise<void>;
  /** All sessions a person has had, one per device, the last used first. */
  list(person: PersonId, at: Instant): Promise<readonly ListedSession[]>;
  /** True where the person has signed in on this device before, however that session ended. */
  isKnownDevice(person: PersonId, device: DeviceId): Promise<boolean>;
  /** When the person first signed in on this device; null: never. */
  knownSince(person: PersonId, device: DeviceId): Promise<Instant | null>;
  /** Calls back once, soon after the session has been ended by anyone at any gateway. Its limits are the caller's to watch. Returns the way to stop. */
  onEnded(session: string, ended: () => void): () => void;
  close(): Promise<void>;
}

export const sessionId = (person: PersonId, device: DeviceId): string => `session:${person}:${device}`;

const parseSession = (stored: StoredDocument | null): SessionDocument | null =>
  stored === null ? null : sessionDocumentSchema.parse(stored.body);

/** Of the session that is replaced; `at` where there was none. */
function firstOf(held: StoredDocument | null, at: Instant): Instant {
  const before = parseSession(held);
  return before === null ? at : (before.firstBeganAt ?? before.beganAt);
}

function idleEndsAt(document: SessionDocument): Instant {
  return earliest(addMs(document.lastUsedAt, sessionLimits[document.deviceKind].idleMs), document.endsAt);
}

/**
 * How a session was ended by an act: `signed-out` on that device, or `everywhere` (also by a new password). null: it was not, or there never
 * was one; its time limits are not looked at.
 */
export function endingOf(
  session: StoredDocument | null,
  account: StoredDocument | null,
): 'signed-out' | 'everywhere' | null {
  const document = parseSession(session);
  if (document === null) return null;
  if (document.revokedAt !== null) return 'signed-out';
  return parseAccount(account)?.sessionGeneration === document.accountGeneration ? null : 'everywhere';
}

const isOver = (document: SessionDocument, account: Account | null, at: Instant): boolean =>
  document.revokedAt !== null ||
  account === null ||
  account.sessionGeneration !== document.accountGeneration ||
  at >= idleEndsAt(document);

export function openSessions(deps: {
  database: Database;
  directory: Pick<DirectoryCache, 'current' | 'onChange'>;
  key: Uint8Array;
  logger: Logger;
  since: Awaited<ReturnType<Database['position']>>;
  /** Before a sign-in is answered. */
  onBegun?: (session: RecognisedSession, at: Instant) => Promise<void>;
}): Sessions {
  const { database, key, logger } = deps;
  const watchers = new Map<string, Set<() => void>>();

  const isActive = (person: PersonId): boolean =>
    deps.directory.current().people.get(person)?.active === true;

  const recognised = (document: SessionDocument, account: Account): RecognisedSession => ({
    id: sessionId(document.person, document.device),
    person: document.person,
    device: document.device,
    deviceKind: document.deviceKind,
    deviceName: document.deviceName,
    knownSince: document.firstBeganAt ?? document.beganAt,
    beganAt: document.beganAt,
    mustChangePassword: account.mustChangePassword && document.method === 'password',
    idleEndsAt: idleEndsAt(document),
    endsAt: document.endsAt,
  });

  function tellEnded(session: string): void {
    const told = watchers.get(session);
    watchers.delete(session);
    for (const ended of told ?? []) ended();
  }

  /** Looks again at every watched session of a person. */
  async function review(person: string): Promise<void> {
    for (const session of [...watchers.keys()].filter((id) => id.startsWith(`session:${person}:`))) {
      const [heldAccount, heldSession] = await database.getMany([`account:${person}`, session]);
      const [account, document] = [parseAccount(heldAccount ?? null), parseSession(heldSession ?? null)];
      const isStill =
        document !== null &&
        document.revokedAt === null &&
        account?.sessionGeneration === document.accountGeneration &&
        isActive(document.person);
      if (!isStill) tellEnded(session);
    }
  }

  const following: Following = followAnew(database, {
    since: deps.since,
    includeDocs: true,
    onChange: async (page) => {
      const people = new Set<string>();
      for (const { id, doc } of page.changes) {
        if ((doc?.conflicts?.length ?? 0) > 0)
          await resolveConflicts(database, id, documentMerges[database.name]);
        const [kind, person] = id.split(':');
        if (person !== undefined && (kind === 'session' || kind === 'account')) people.add(person);
      }
      for (const person of people) await review(person);
    },
    onError: (error) => logger.warn({ err: error }, 'the feed of accounts was interrupted'),
  });
  const stopDirectory = deps.directory.onChange((changed) => {
    for (const id of changed) {
      review(id).catch((error: unknown) =>
        logger.warn({ err: error }, 'sessions could not be looked at again'),
      );
    }
  });

  return {
    async begin({ account, device, at, method = 'password', by }) {
      const nonce = randomBytes(32).toString('base64url');
      const secret = secretOf(key, nonce, 0);
      const document: SessionDocument = {
        kind: 'session',
        person: account.person,
        device: device.id,
        deviceKind: device.kind,
        deviceName: device.name,
        accountGeneration: account.sessionGeneration,
        method,
        nonce,
        rotation: 0,
        hash: hashOfSecret(secret),
        nextHash: null,
        rotatedAt: at,
        beganAt: at,
        lastUsedAt: at,
        endsAt: addMs(at, sessionLimits[device.kind].absoluteMs),
        revokedAt: null,
      };
      const id = sessionId(account.person, device.id);
      const session = recognised(document, account);
      await changeDocument(database, id, (held) =>
        audited({ ...document, firstBeganAt: firstOf(held, at) }, by?.(session), held?.body ?? null),
      );
      await deps.onBegun?.(session, at);
      return {
        session,
        token: sessionTokenText({ person: account.person, device: device.id, secret }),
      };
    },

    async recognise(text, at) {
      const token = parseSessionToken(text);
      if (token === null) return err({ type: 'unknown' });
      const id = sessionId(token.person, token.device);
      const [heldAccount, heldSession] = await database.getMany([accountId(token.person), id]);
      const account = parseAccount(heldAccount ?? null);
      let document = parseSession(heldSession ?? null);
      if (document === null || account === null) return err({ type: 'unknown' });

      /** What the document becomes when this secret is used now; null when it is not (or no longer) one of its secrets. */
      const used = (held: SessionDocument): SessionDocument | null => {
        let next: SessionDocument = held;
        if (held.nextHash !== null && isSecretOf(held.nextHash, token.secret)) {
          next = { ...next, hash: held.nextHash, nextHash: null, rotation: held.rotation + 1, rotatedAt: at };
        } else if (!isSecretOf(held.hash, token.secret)) return null;
        if (next.nextHash === null && msBetween(next.rotatedAt, at) >= rotateAfterMs) {
          next = { ...next, nextHash: hashOfSecret(secretOf(key, next.nonce, next.rotation + 1)) };
        }
        if (msBetween(next.lastUsedAt, at) >= usedEveryMs) next = { ...next, lastUsedAt: at };
        return next;
      };

      let next = used(document);
      if (next === null) return err({ type: 'unknown' });
      const ended = err({ type: 'ended' as const, session: recognised(document, account) });
      if (isOver(document, account, at) || !isActive(token.person)) return ended;
      if (next !== document) {
        next = await changeDocument(database, id, (stored) => {
          document = parseSession(stored);
          return document === null || isOver(document, account, at) ? null : used(document);
        });
        if (next === null) return ended;
      }
      const renewedSecret = next.nextHash === null ? null : secretOf(key, next.nonce, next.rotation + 1);
      const { person, device } = token;
      return ok({
        session: recognised(next, account),
        renewed: renewedSecret === null ? null : sessionTokenText({ person, device, secret: renewedSecret }),
      });
    },

    async end(session, at, by) {
      await changeDocument(database, session, (held) => {
        const document = parseSession(held);
        return document === null || document.revokedAt !== null
          ? null
          : audited({ ...document, revokedAt: at }, by, held?.body ?? null);
      });
      tellEnded(session);
    },

    async list(person, at) {
      const account = parseAccount(await database.get(accountId(person)));
      const rows = await database.scan({
        startKey: `session:${person}:`,
        endKey: `session:${person}:~`,
        limit: mostListed,
        includeDocs: true,
      });
      const held = rows.flatMap(({ doc }) => {
        const document = parseSession(doc ?? null);
        return document === null ? [] : [document];
      });
      return held
        .sort((a, b) => (a.lastUsedAt < b.lastUsedAt ? 1 : -1))
        .map((document) => ({
          device: document.device,
          deviceKind: document.deviceKind,
          deviceName: document.deviceName,
          beganAt: document.beganAt,
          lastUsedAt: document.lastUsedAt,
          endsAt: idleEndsAt(document),
          ended: isOver(document, account, at) || !isActive(person),
        }));
    },

    isKnownDevice: async (person, device) => (await database.get(sessionId(person, device))) !== null,

    async knownSince(person, device) {
      const document = parseSession(await database.get(sessionId(person, device)));
      return document === null ? null : (document.firstBeganAt ?? document.beganAt);
    },

    onEnded(session, ended) {
      const told = watchers.get(session) ?? new Set();
      told.add(ended);
      watchers.set(session, told);
      return () => {
        told.delete(ended);
        if (told.size === 0 && watchers.get(session) === told) watchers.delete(session);
      };
    },

    async close() {
      stopDirectory();
      await following.stop();
    },
  };
}
