import { z } from 'zod';
import { consultIdSchema, personIdSchema, type ConsultId } from '#shared/lib/id.ts';
import { addMs, instantSchema, type Instant } from '#shared/lib/instant.ts';
import type { Database, StoredDocument } from '#server/store/port.ts';

const recipientSchema = z.object({ person: personIdSchema, as: z.string() });

const claimSchema = z.looseObject({
  kind: z.literal('claim'),
  consult: consultIdSchema,
  /** The gateway that works on it; another may take over after `deadlineAt`. */
  gateway: z.string(),
  deadlineAt: instantSchema,
  /** Resolved before anything was sent, so that a gateway that takes over calls the same people. */
  recipients: z.array(recipientSchema),
  doneAt: instantSchema.nullable(),
});
export type Claim = z.infer<typeof claimSchema>;
export type Recipient = z.infer<typeof recipientSchema>;

/**
 * - `mine`: this gateway fires the step, for the people named.
 * - `done`: it was fired before; only its event may still be missing from the timeline.
 * - `theirs`: another gateway is at it until `until`.
 */
export type ClaimOutcome =
  | { readonly type: 'mine'; readonly recipients: readonly Recipient[]; readonly rev: string }
  | { readonly type: 'done'; readonly recipients: readonly Recipient[] }
  | { readonly type: 'theirs'; readonly until: Instant };

export interface Claims {
  take(claim: {
    id: string;
    consult: ConsultId;
    recipients: readonly Recipient[];
    now: Instant;
  }): Promise<ClaimOutcome>;
  finish(id: string, now: Instant): Promise<void>;
}

/** How long a gateway may work on a step before another takes over. */
export const claimDeadlineMs = 30_000;

const documentId = (id: string): string => `claim:${id}`;

export function createClaims(database: Database, gateway: string): Claims {
  const claimOf = (stored: StoredDocument | null): Claim | null =>
    stored === null ? null : claimSchema.parse(stored.body);

  /** Design §7: a claim the store could not prove is read back; the smallest leaf leads, the others are removed. */
  async function leading(id: string): Promise<StoredDocument | null> {
    const leaves = await database.leaves(documentId(id));
    const [first, ...rest] = [...leaves].sort((a, b) => (a.rev < b.rev ? -1 : 1));
    if (rest.length > 0)
      await database.removeLeaves(
        documentId(id),
        rest.map((leaf) => leaf.rev),
      );
    return first ?? null;
  }

  return {
    async take({ id, consult, recipients, now }) {
      const body: Claim = {
        kind: 'claim',
        consult,
        gateway,
        deadlineAt: addMs(now, claimDeadlineMs),
        recipients: [...recipients],
        doneAt: null,
      };
      let rev: string | undefined;
      for (;;) {
        const [outcome] = await database.write([{ id: documentId(id), rev, body }]);
        if (outcome?.type === 'rejected') throw new Error(`claim not stored: ${outcome.reason}`);
        if (outcome?.type === 'written')
          return { type: 'mine', recipients: body.recipients, rev: outcome.rev };
        const stored = await leading(id);
        const held = claimOf(stored);
        if (stored === null || held === null) continue;
        if (outcome?.type === 'unproven' && stored.rev === outcome.rev)
          return { type: 'mine', recipients: body.recipients, rev: stored.rev };
        if (held.doneAt !== null) return { type: 'done', recipients: held.recipients };
        if (held.deadlineAt > now && held.gateway !== gateway)
          return { type: 'theirs', until: held.deadlineAt };
        // Its gateway is late, dead, or was this very one before a restart: go on with the people it chose.
        body.recipients = held.recipients;
        rev = stored.rev;
      }
    },
    async finish(id, now) {
      for (;;) {
        const stored = await database.get(documentId(id));
        const held = claimOf(stored);
        if (stored === null || held === null || held.doneAt !== null) return;
        const [outcome] = await database.write([
          { id: documentId(id), rev: stored.rev, body: { ...held, doneAt: now } },
        ]);
        if (outcome?.type !== 'conflict') return;
      }
    },
  };
}
