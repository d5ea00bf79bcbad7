import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Actor } from '#server/http/context.ts';
import type { Database, Write, WriteOutcome } from '#server/store/port.ts';
import type { Instant } from '#shared/lib/instant.ts';

/** Somebody who has not been recognised: sign-in attempts and what the operator does at the server itself. */
export interface UnknownActor {
  readonly person: null;
  readonly device: string | null;
  readonly address: string;
  readonly at: Instant;
}

export interface AuditAct {
  /** What was done, such as `consult.read`, `session.begin`, `account.reset`. */
  readonly action: string;
  /** Ids of what it was done to; never content. */
  readonly subjects: readonly string[];
  /** Where one is asked for (another department's patient). */
  readonly reason?: string;
}

export type AuditOutcome = 'done' | 'denied' | 'failed';

/** One of many who were sent the same at the same moment. */
export type AuditReader = Pick<Actor, 'person' | 'device' | 'address'>;

export interface AuditEntry {
  readonly id: string;
  readonly at: Instant;
  /** Absent where `readers` are named. */
  readonly actor?: Actor | UnknownActor;
  /** Everyone who was sent the subjects at that moment: one entry for all of them. */
  readonly readers?: readonly AuditReader[];
  readonly action: string;
  readonly subjects: readonly string[];
  readonly outcome: AuditOutcome;
  readonly reason?: string;
}

/**
 * The record of who did what. Each method resolves when the entry is stored durably, together with whatever else came in meanwhile (one
 * write for many), and throws when it cannot be: await it before the answer leaves.
 */
export interface Audit {
  /** `readers`: one, or all who are sent the same at this moment. */
  recordRead(readers: Actor | readonly Actor[], act: AuditAct): Promise<void>;
  recordWrite(actor: Actor | UnknownActor, act: AuditAct): Promise<void>;
  recordDenied(actor: Actor | UnknownActor, act: AuditAct): Promise<void>;
  /** Stores what is still under way. */
  close(): Promise<void>;
}

/** As stored: `index` counts the entries of one process from 0 without gaps, in the order they were taken in. */
export interface StoredAuditEntry extends AuditEntry {
  readonly kind: 'audit-entry';
  readonly process: string;
  readonly index: number;
}

function readBy(readers: readonly [Actor, ...Actor[]]): Pick<AuditEntry, 'at' | 'readers'> {
  return {
    at: readers[0].at,
    readers: readers.map(({ person, device, address }) => ({ person, device, address })),
  };
}

const maxEntriesPerGroup = 500;
const maxAttempts = 3;

interface Waiting {
  entry: StoredAuditEntry;
  stored: () => void;
  failed: (cause: unknown) => void;
}

/** Entries of one process have ids in the order of their index. */
export const auditEntryId = (processId: string, index: number): string =>
  `entry:${processId}:${String(index).padStart(12, '0')}`;

export function createAudit(deps: { database: Database; logger: Logger; processId?: string }): Audit {
  const processId = deps.processId ?? randomUUID();
  let nextIndex = 0;
  let waiting: Waiting[] = [];
  let running: Promise<void> | null = null;

  async function store(entries: readonly StoredAuditEntry[]): Promise<void> {
    let open: Write[] = entries.map((entry) => ({
      id: auditEntryId(processId, entry.index),
      body: { ...entry },
    }));
    for (let attempt = 1; open.length > 0; attempt++) {
      const outcomes = await deps.database.write(open);
      // The ids are this process's own: a conflict means that an earlier attempt arrived after all.
      const isDone = (outcome: WriteOutcome | undefined): boolean =>
        outcome?.type === 'written' || outcome?.type === 'conflict' || outcome?.type === 'unproven';
      open = open.filter((_write, at) => !isDone(outcomes[at]));
      if (open.length > 0 && attempt === maxAttempts) throw new Error('the audit cannot be written');
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting.slice(0, maxEntriesPerGroup);
      waiting = waiting.slice(maxEntriesPerGroup);
      try {
        await store(group.map((one) => one.entry));
        for (const one of group) one.stored();
      } catch (cause) {
        deps.logger.error({ err: cause, entries: group.length }, 'audit entries could not be stored');
        for (const one of group) one.failed(cause);
      }
    }
    running = null;
  }

  function record(
    by: Pick<AuditEntry, 'at' | 'actor' | 'readers'>,
    act: AuditAct,
    outcome: AuditOutcome,
  ): Promise<void> {
    const { action, subjects, reason } = act;
    const entry: StoredAuditEntry = {
      kind: 'audit-entry',
      process: processId,
      index: nextIndex++,
      id: randomUUID(),
      ...by,
      action,
      subjects,
      outcome,
      ...(reason === undefined ? {} : { reason }),
    };
    return new Promise((stored, failed) => {
      waiting.push({ entry, stored, failed });
      running ??= Promise.resolve().then(drain);
    });
  }

  const one = (actor: Actor | UnknownActor) => ({ at: actor.at, actor });

  return {
    async recordRead(readers, act) {
      const [first, ...others] = Array.isArray(readers) ? (readers as readonly Actor[]) : [readers as Actor];
      if (first === undefined) return;
      await record(others.length === 0 ? one(first) : readBy([first, ...others]), act, 'done');
    },
    recordWrite: (actor, act) => record(one(actor), act, 'done'),
    recordDenied: (actor, act) => record(one(actor), act, 'denied'),
    async close() {
      while (running !== null) await running;
    },
  };
}
