import { createHash } from 'node:crypto';
import { z } from 'zod';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database } from '#server/store/port.ts';
import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { instantSchema, msBetween, type Instant } from '#shared/lib/instant.ts';

/** Document `email:<sha256>`: one address, one person, decided by the store. */
const emailClaimSchema = z.looseObject({
  kind: z.literal('email'),
  person: personIdSchema,
  at: instantSchema.optional(),
});

/** A claim this old whose holder does not use the address was left by a change that never ended. */
const abandonedAfterMs = 60_000;
const maxTries = 20;

export interface EmailClaims {
  holderOf(email: string): Promise<PersonId | null>;
  /** False: it is somebody else's. Taking again what one has changes nothing. */
  take(person: PersonId, email: string, at: Instant): Promise<boolean>;
  /** Frees the address if this person has it. */
  release(person: PersonId, email: string): Promise<void>;
}

const emailId = (email: string): string => `email:${createHash('sha256').update(email).digest('hex')}`;

/** Addresses are expected as `emailSchema` makes them: two spellings are one. `isUsedBy`: the person's account names the address. */
export function createEmailClaims(
  database: Database,
  isUsedBy: (person: PersonId, email: string) => Promise<boolean>,
): EmailClaims {
  const holderOf = async (email: string): Promise<PersonId | null> => {
    const claim = await database.get(emailId(email));
    return claim === null ? null : emailClaimSchema.parse(claim.body).person;
  };
  return {
    holderOf,
    async take(person, email, at) {
      const held = await database.get(emailId(email));
      const claim = held === null ? null : emailClaimSchema.parse(held.body);
      const isAbandoned =
        claim !== null &&
        claim.person !== person &&
        !(await isUsedBy(claim.person, email)) &&
        (claim.at === undefined || msBetween(claim.at, at) >= abandonedAfterMs);
      let holder: PersonId = person;
      await changeDocument(database, emailId(email), (now) => {
        const present = now === null ? null : emailClaimSchema.parse(now.body);
        // Only the very claim that was looked at may be taken over.
        const isFree = present === null || (isAbandoned && now?.rev === held?.rev);
        holder = isFree ? person : present.person;
        return isFree ? { kind: 'email', person, at } : null;
      });
      return holder === person;
    },
    async release(person, email) {
      const id = emailId(email);
      for (let tries = 0; tries < maxTries; tries++) {
        const held = await database.get(id);
        if (held === null || emailClaimSchema.parse(held.body).person !== person) return;
        const [outcome] = await database.write([{ id, rev: held.rev, body: {}, deleted: true }]);
        if (outcome?.type !== 'conflict') return;
      }
    },
  };
}
