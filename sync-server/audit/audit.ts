import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Actor } from '#server/http/context.ts';
import type { Database, Write } from '#server/store/port.ts';
import { rejectionOf } from '#server/store/stored-document.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { headsToName, keepHead, unchainedCount } from './chain-heads.ts';
import { hashOf, type AuditKey } from './entry-hash.ts';
import {
  auditEntryId,
  type AuditAct,
  type AuditEntry,
  type AuditLink,
  type AuditOutcome,
  type ChainHead,
  type UnknownActor,
} from './entry.ts';

export type {
  AuditAct,
  AuditEntry,
  AuditOutcome,
  AuditReader,
  StoredAuditEntry,
  UnknownActor,
} from './entry.ts';
export { auditEntryId } from './entry.ts';

/**
 * The record of who did what. Each method resolves when the entry is stored durably, together with whatever else came in meanwhile (one
 * write for many), and throws when it cannot be: await it before the answer leaves. What threw may still be stored later: the record then
 * names something that was refused.
 */
export interface Audit {
  /** `readers`: one, or all who are sent the same at this moment. */
  recordRead(readers: Actor | readonly Actor[], act: AuditAct): Promise<void>;
  recordWrite(actor: Actor | UnknownActor, act: AuditAct): Promise<void>;
  recordDenied(actor: Actor | UnknownActor, act: AuditAct): Promise<void>;
  /** Stores what is still under way. */
  close(): Promise<void>;
}

/** The chain of this process: what keeps it whole, beside the entries. */
export interface AuditTrail extends Audit {
  /** Entries that were moved out of documents belong to this chain from here on. */
  linkMoved(at: Instant, moved: NonNullable<AuditLink['moved']>): Promise<void>;
  /** Names the heads of all chains that grew since this chain named them last. */
  anchor(at: Instant): Promise<void>;
  /** Writes down how long this chain is, where it grew. Throws when the store is away. */
  keepHead(): Promise<void>;
  /** What this process knows it has stored; null before its first entry. */
  head(): ChainHead | null;
}

type Draft = Omit<AuditLink, 'id'> | ({ readonly kind: 'audit-entry' } & Omit<AuditEntry, 'id'>);

const maxEntriesPerGroup = 500;
const maxAttempts = 3;

interface Waiting {
  readonly draft: Draft;
  readonly stored: () => void;
  readonly failed: (cause: unknown) => void;
}

/**
 * `key` makes the hashes. Entries of one process are chained in the order they are taken in, `index` counting from 0 without gaps; the chain
 * begins with the first of them.
 */
export function createAudit(deps: {
  database: Database;
  key: AuditKey;
  logger: Logger;
  processId?: string;
}): AuditTrail {
  const { database, key, logger } = deps;
  const process = deps.processId ?? randomUUID();
  let head: ChainHead = { process, count: 0, hash: '' };
  let hasBegun = false;
  let waiting: Waiting[] = [];
  /** Has its places in the chain and could not be stored: goes before anything else. */
  let stuck: Write[] = [];
  let running: Promise<void> | null = null;
  let keeping: Promise<void> = Promise.resolve();
  let storedHead: ChainHead | null = null;
  let keptCount = 0;
  /** Lengths of other chains as this one named them. */
  const named = new Map<string, number>();

  async function store(entries: readonly Write[]): Promise<void> {
    let open: readonly Write[] = entries;
    for (let attempt = 1; open.length > 0; attempt++) {
      const outcomes = await database.write(open);
      // The ids are this process's own: a conflict means that an earlier attempt arrived after all.
      open = open.filter((_write, at) => {
        const type = outcomes[at]?.type;
        return type !== 'written' && type !== 'conflict' && type !== 'unproven';
      });
      if (open.length > 0 && attempt === maxAttempts) throw new Error('the audit cannot be written');
    }
  }

  /** Gives each draft its place in the chain; from then on it must be stored. */
  function chained(drafts: readonly Draft[]): Write[] {
    return drafts.map((draft) => {
      const { count: index, hash: prev } = head;
      const body = { ...draft, id: randomUUID(), process, index, prev };
      const hash = hashOf(key, body);
      head = { process, count: index + 1, hash };
      return { id: auditEntryId(process, index), body: { ...body, hash } };
    });
  }

  /** The chain's first entry: which chains it found, and how long they were. */
  async function beginning(at: Instant): Promise<Draft & { heads: ChainHead[] }> {
    const unchained = await unchainedCount(database);
    const heads = await headsToName(database, key, process);
    await keepHead(database, key, head, null);
    return {
      kind: 'audit-link',
      link: 'begin',
      at,
      heads,
      ...(unchained === null || unchained === 0 ? {} : { unchained }),
    };
  }

  async function markNamed(heads: readonly ChainHead[]): Promise<void> {
    for (const one of heads) named.set(one.process, one.count);
    try {
      for (const one of heads) await keepHead(database, key, one, one.count);
    } catch (cause) {
      // Only saves naming them again at the next start.
      logger.warn({ err: cause }, 'heads of older chains could not be marked');
    }
  }

  async function storeGroup(drafts: readonly Draft[]): Promise<void> {
    const { at } = drafts[0] ?? {};
    if (stuck.length > 0) {
      await store(stuck);
      stuck = [];
      storedHead = head;
    }
    if (at === undefined) return;
    const begin = hasBegun ? null : await beginning(at);
    hasBegun = true;
    stuck = chained(begin === null ? drafts : [begin, ...drafts]);
    await store(stuck);
    stuck = [];
    storedHead = head;
    if (begin !== null && begin.heads.length > 0) await markNamed(begin.heads);
  }

  async function drain(): Promise<void> {
    do {
      const group = waiting.slice(0, maxEntriesPerGroup);
      waiting = waiting.slice(maxEntriesPerGroup);
      try {
        await storeGroup(group.map(({ draft }) => draft));
        for (const one of group) one.stored();
      } catch (cause) {
        logger.error({ err: cause, entries: group.length }, 'audit entries could not be stored');
        for (const one of group) one.failed(cause);
      }
    } while (waiting.length > 0);
    running = null;
  }

  function record(draft: Draft): Promise<void> {
    // Before it has a place in the chain: what the store never takes would hold up everything behind it.
    const reason = rejectionOf({ id: process, body: { ...draft } });
    if (reason !== null) return Promise.reject(new Error(`an audit entry cannot be stored: ${reason}`));
    return new Promise((stored, failed) => {
      waiting.push({ draft, stored, failed });
      running ??= Promise.resolve().then(drain);
    });
  }

  function recordAct(
    by: Pick<AuditEntry, 'at' | 'actor' | 'readers'>,
    { action, subjects, reason }: AuditAct,
    outcome: AuditOutcome,
  ): Promise<void> {
    const act = { action, subjects, outcome, ...(reason === undefined ? {} : { reason }) };
    return record({ kind: 'audit-entry', ...by, ...act });
  }

  const one = (actor: Actor | UnknownActor) => ({ at: actor.at, actor });

  async function keepOwnHead(): Promise<void> {
    // What is stuck has no caller left to try again.
    if (stuck.length > 0) running ??= Promise.resolve().then(drain);
    if (running !== null) await running;
    const now = storedHead;
    if (now === null || now.count === keptCount) return;
    await keepHead(database, key, now, null);
    keptCount = now.count;
  }

  return {
    async recordRead(readers, act) {
      const [first, ...others] = Array.isArray(readers) ? (readers as readonly Actor[]) : [readers as Actor];
      if (first === undefined) return;
      const all = [first, ...others].map(({ person, device, address }) => ({ person, device, address }));
      await recordAct(others.length === 0 ? one(first) : { at: first.at, readers: all }, act, 'done');
    },
    recordWrite: (actor, act) => recordAct(one(actor), act, 'done'),
    recordDenied: (actor, act) => recordAct(one(actor), act, 'denied'),
    linkMoved: (at, moved) => record({ kind: 'audit-link', link: 'moved', at, moved }),
    async anchor(at) {
      const heads = (await headsToName(database, key, process)).filter(
        (other) => named.get(other.process) !== other.count,
      );
      if (heads.length > 0) await record({ kind: 'audit-link', link: 'anchor', at, heads });
      for (const other of heads) named.set(other.process, other.count);
    },
    keepHead() {
      const next = keeping.then(keepOwnHead, keepOwnHead);
      keeping = next;
      return next;
    },
    head: () => storedHead,
    async close() {
      while (running !== null) await running;
      await this.keepHead().catch((cause: unknown) => {
        logger.warn({ err: cause }, 'the head of the audit chain could not be written');
      });
    },
  };
}
