import { createHash } from 'node:crypto';
import { z } from 'zod';
import { audited, type AuditedBy } from '#server/audit/pending.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database } from '#server/store/port.ts';
import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';

/** Document `openid-link:<sha256 of issuer and subject>`: who somebody at the issuer is here. It holds when their e-mail changes. */
const linkSchema = z.looseObject({
  kind: z.literal('openid-link'),
  person: personIdSchema,
  issuer: z.string(),
  subject: z.string(),
  linkedAt: instantSchema,
});
/** Document `openid-account:<person>:<sha256 of the issuer>`: the one account of an issuer a person signs in with. */
const accountSchema = z.looseObject({ kind: z.literal('openid-account'), subject: z.string() });

export interface OpenIdLinks {
  personOf(issuer: string, subject: string): Promise<PersonId | null>;
  /** False: the person signs in with another account of this issuer. Repeating it changes nothing. */
  link(entry: {
    issuer: string;
    subject: string;
    person: PersonId;
    at: Instant;
    by: AuditedBy;
  }): Promise<boolean>;
}

const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('hex');

export function createOpenIdLinks(database: Database): OpenIdLinks {
  const linkId = (issuer: string, subject: string): string => `openid-link:${hashOf(issuer, subject)}`;
  return {
    async personOf(issuer, subject) {
      const held = await database.get(linkId(issuer, subject));
      return held === null ? null : linkSchema.parse(held.body).person;
    },
    async link({ issuer, subject, person, at, by }) {
      // An address that is given to a newcomer must not give them the account of whoever had it before.
      let holder = subject;
      await changeDocument(database, `openid-account:${person}:${hashOf(issuer)}`, (held) => {
        holder = held === null ? subject : accountSchema.parse(held.body).subject;
        return held === null ? { kind: 'openid-account', person, issuer, subject, linkedAt: at } : null;
      });
      if (holder !== subject) return false;
      await changeDocument(database, linkId(issuer, subject), (held) =>
        held === null
          ? audited({ kind: 'openid-link', person, issuer, subject, linkedAt: at }, by, null)
          : null,
      );
      return true;
    },
  };
}
