import { randomUUID } from 'node:crypto';
import type { Actor } from '#server/http/context.ts';
import { z } from 'zod';
import { instantSchema } from '#shared/lib/instant.ts';
import type { AuditAct, AuditEntry, UnknownActor } from './entry.ts';

/** Where a document that is not its own audit entry carries entries the audit has not taken over yet. Never part of what a tablet is sent. */
export const pendingAuditKey = 'pendingAudit';

/** What an administrator's change adds to an entry: which fields, never their values. */
export interface ChangeAct extends AuditAct {
  readonly fields?: readonly string[];
}

/** Who changes something, and what the audit is to say about it. */
export interface AuditedBy {
  readonly actor: Actor | UnknownActor;
  readonly act: ChangeAct;
}

/**
 * The body with one more pending entry, to be stored in the same write as the change itself: after a crash at any point no change is without
 * its entry. The feed's consumer moves it into the chain and takes it out of the document.
 */
export function withPendingAudit(
  body: Readonly<Record<string, unknown>>,
  actor: Actor | UnknownActor,
  { action, subjects, reason, fields }: ChangeAct,
  held: Readonly<Record<string, unknown>> | null,
): Record<string, unknown> {
  const before = held?.[pendingAuditKey];
  const entry: AuditEntry = {
    id: randomUUID(),
    at: actor.at,
    actor,
    action,
    subjects,
    outcome: 'done',
    ...(reason === undefined ? {} : { reason }),
    ...(fields === undefined ? {} : { fields }),
  };
  return { ...body, [pendingAuditKey]: [...(Array.isArray(before) ? (before as unknown[]) : []), entry] };
}

/** As `withPendingAudit`; without anybody named (what the server does by itself) the body as it is, and what was pending stays. */
export function audited(
  body: Readonly<Record<string, unknown>>,
  by: AuditedBy | undefined,
  held: Readonly<Record<string, unknown>> | null,
): Record<string, unknown> {
  if (by !== undefined) return withPendingAudit(body, by.actor, by.act, held);
  const before = held?.[pendingAuditKey];
  return before === undefined ? { ...body } : { ...body, [pendingAuditKey]: before };
}

/** Loose: fields of a newer build are moved along. */
const pendingEntrySchema = z.looseObject({
  id: z.string().min(1).max(200),
  at: instantSchema,
  action: z.string(),
});
export type PendingEntry = z.infer<typeof pendingEntrySchema>;

/** What waits in a document, each id once; what cannot be read is left out, and stays where it is. */
export function pendingOf(body: Readonly<Record<string, unknown>>): PendingEntry[] {
  const held = body[pendingAuditKey];
  if (!Array.isArray(held)) return [];
  const found = new Map<string, PendingEntry>();
  for (const one of held) {
    const parsed = pendingEntrySchema.safeParse(one);
    if (parsed.success) found.set(parsed.data.id, parsed.data);
  }
  return [...found.values()];
}

/** The body without these entries; null when none of them is in it. */
export function withoutPending(
  body: Readonly<Record<string, unknown>>,
  ids: ReadonlySet<string>,
): Record<string, unknown> | null {
  const { [pendingAuditKey]: held, ...rest } = body;
  if (!Array.isArray(held)) return null;
  const left = (held as unknown[]).filter((one) => {
    const parsed = pendingEntrySchema.safeParse(one);
    return !parsed.success || !ids.has(parsed.data.id);
  });
  if (left.length === held.length) return null;
  return left.length === 0 ? rest : { ...rest, [pendingAuditKey]: left };
}
