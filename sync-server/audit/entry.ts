import { z } from 'zod';
import type { Actor } from '#server/http/context.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';

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
  /** Which fields a change touched, never their values. */
  readonly fields?: readonly string[];
}

/** How far a chain has come: `count` entries, the last of which has `hash` ('' for none). */
export const chainHeadSchema = z.object({ process: z.string(), count: z.int().min(0), hash: z.string() });
export type ChainHead = z.infer<typeof chainHeadSchema>;

/** What ties chains together, beside what people did: `begin` and `anchor` name heads, `moved` names entries that came out of documents. */
export const auditLinkSchema = z.object({
  kind: z.literal('audit-link'),
  link: z.enum(['begin', 'anchor', 'moved']),
  id: z.string(),
  at: instantSchema,
  heads: z.array(chainHeadSchema).optional(),
  /** At the first chain of a store: how many entries older builds had left without a hash. */
  unchained: z.int().optional(),
  moved: z.array(z.object({ id: z.string(), hash: z.string() })).optional(),
});
export type AuditLink = z.infer<typeof auditLinkSchema>;

/** Entries of one process have ids in the order of their index. */
export const auditEntryId = (processId: string, index: number): string =>
  `entry:${processId}:${String(index).padStart(12, '0')}`;

/** Where an entry that was pending in a document lies: once, whoever moved it and however often. */
export const movedEntryId = (entry: string): string => `moved:${entry}`;

/** An entry as it lies in a chain: `index` counts the chain's documents from 0 without gaps; `prev` is the hash of the one before, '' for none. */
export interface StoredAuditEntry extends AuditEntry {
  readonly kind: 'audit-entry';
  readonly process: string;
  readonly index: number;
  readonly prev: string;
  readonly hash: string;
}
