import { z } from 'zod';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import { consultIdSchema, personIdSchema, type ConsultId } from '#shared/lib/id.ts';
import { addMs, instantSchema, type Instant } from '#shared/lib/instant.ts';
import { StoreUnavailable, type Database, type StoredDocument } from '#server/store/port.ts';

const recipientSchema = z.object({ person: personIdSchema, as: z.string() });

const claimSchema = z.looseObject({
  kind: z.literal('claim'),
  consult: consultIdSchema,
  /** The gateway that works on it; another may take over after `deadlineAt`. */
  gateway: z.string(),
  deadlineAt: instantSchema,
  /** Resolved before anything was sent, so that a gateway that takes over calls the same people. */
  recipients: z.array(recipientSchema),
});
export type Claim = z.infer<typeof claimSchema>;
export type Recipient = z.infer<typeof recipientSchema>;

/**
 * - `mine`: this gateway fires the step, for the people named.
 * - `theirs`: another gateway is at it until `until`.
 * - `refused`: the store will never take this claim.
 */
export type ClaimOutcome =
  | { readonly type: 'mine'; readonly recipients: readonly Recipient[] }
  | { readonly type: 'theirs'; readonly until: Instant }
  | { readonly type: 'refused'; readonly reason: string };

export interface ClaimRequest {
  readonly id: string;
  readonly consult: ConsultId;
  readonly recipients: readonly Recipient[];
  /** Absent: nobody waits for it as they do for an emergency. */
  readonly urgency?: Urgency;
}

/**
 * Who fires a step. A claim is never closed: that its step was fired stands in the consult's timeline and nowhere else, so a claim
 * whose deadline passed is anybody's, and whoever takes it looks at the timeline once more when it writes.
 */
export interface Claims {
  /** One outcome per request, in order, for the price of one commit where nobody else wants them. */
  take(requests: readonly ClaimRequest[], now: Instant): Promise<ClaimOutcome[]>;
}

/**
 * How long a gateway may work on a step before another takes over. Short, because a person waits for it; a gateway that was only slow does no harm
 * by coming late: event and alerts of a step have the same ids whoever writes them.
 */
export const claimDeadlineMs = 4_000;
/** Of an emergency: its call has five seconds in all. */
export const emergencyClaimDeadlineMs = 2_000;

const maxRounds = 20;
const documentId = (id: string): string => `claim:${id}`;

export function createClaims(database: Database, gateway: string): Claims {
  const bodyOf = ({ consult, recipients, urgency }: Omit<ClaimRequest, 'id'>, now: Instant): Claim => ({
    kind: 'claim',
    consult,
    gateway,
    deadlineAt: addMs(now, urgency === 'emergency' ? emergencyClaimDeadlineMs : claimDeadlineMs),
    recipients: [...recipients],
  });

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

  /** Somebody else's claim stands in the way, or the store could not prove ours (`unprovenRev`). */
  async function settle(
    request: ClaimRequest,
    now: Instant,
    unprovenRev: string | null,
  ): Promise<ClaimOutcome> {
    let rev = unprovenRev;
    let { recipients } = request;
    for (let round = 0; round < maxRounds; round++) {
      const stored = await leading(request.id);
      if (stored !== null) {
        const held = claimSchema.parse(stored.body);
        if (stored.rev === rev) return { type: 'mine', recipients };
        if (held.deadlineAt > now && held.gateway !== gateway)
          return { type: 'theirs', until: held.deadlineAt };
        // Its gateway is late, dead, or was this very one before a restart: go on with the people it chose.
        recipients = held.recipients;
      }
      const body = bodyOf({ ...request, recipients }, now);
      const [outcome] = await database.write([{ id: documentId(request.id), rev: stored?.rev, body }]);
      if (outcome?.type === 'written') return { type: 'mine', recipients };
      if (outcome?.type === 'rejected') return { type: 'refused', reason: outcome.reason };
      rev = outcome?.type === 'unproven' ? outcome.rev : null;
    }
    throw new StoreUnavailable('a claim changes faster than it can be taken');
  }

  return {
    async take(requests, now) {
      if (requests.length === 0) return [];
      const outcomes = await database.write(
        requests.map((request) => ({ id: documentId(request.id), body: bodyOf(request, now) })),
      );
      return Promise.all(
        requests.map(async (request, at): Promise<ClaimOutcome> => {
          const outcome = outcomes[at];
          if (outcome?.type === 'written') return { type: 'mine', recipients: request.recipients };
          if (outcome?.type === 'rejected') return { type: 'refused', reason: outcome.reason };
          return settle(request, now, outcome?.type === 'unproven' ? outcome.rev : null);
        }),
      );
    },
  };
}
