import { createHash } from 'node:crypto';
import { z } from 'zod';
import { audited, type AuditedBy } from '#server/audit/pending.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database, StoredDocument } from '#server/store/port.ts';
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
const accountSchema = z.looseObject({
  kind: z.literal('openid-account'),
  issuer: z.string(),
  subject: z.string(),
  linkedAt: instantSchema,
});

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
  /** When the person was first linked to an account of any issuer; null: they are not. */
  linkedAt(person: PersonId): Promise<Instant | null>;
  /** Forgets every account the person signs in with. False: there was none. Repeating it after a crash does what is left. */
  lift(person: PersonId, by: AuditedBy): Promise<boolean>;
}

const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('hex');

export function createOpenIdLinks(database: Database): OpenIdLinks {
  const linkId = (issuer: string, subject: string): string => `openid-link:${hashOf(issuer, subject)}`;
  const accountPrefix = (person: PersonId): string => `openid-account:${person}:`;
  async function accountsOf(person: PersonId): Promise<StoredDocument[]> {
    const startKey = accountPrefix(person);
    const rows = await database.scan({ startKey, endKey: `${startKey}~`, limit: 50, includeDocs: true });
    return rows.flatMap(({ doc }) => (doc === undefined ? [] : [doc]));
  }
  async function remove(
    id: string,
    isWanted: (held: StoredDocument) => boolean,
    by?: AuditedBy,
  ): Promise<void> {
    for (;;) {
      const held = await database.get(id);
      if (held === null || !isWanted(held)) return;
      const body = audited({}, by, held.body);
      const [outcome] = await database.write([{ id, rev: held.rev, body, deleted: true }]);
      if (outcome?.type !== 'conflict') return;
    }
  }
  return {
    async linkedAt(person) {
      const instants = (await accountsOf(person)).map(({ body }) => accountSchema.parse(body).linkedAt);
      return instants.sort()[0] ?? null;
    },
    async lift(person, by) {
      const accounts = await accountsOf(person);
      for (const { id, body } of accounts) {
        const { issuer, subject } = accountSchema.parse(body);
        // First what lets somebody in, with the entry; the account's own document leads here again until that is done.
        const isTheirs = (held: StoredDocument): boolean => linkSchema.parse(held.body).person === person;
        await remove(linkId(issuer, subject), isTheirs, by);
        await remove(id, (held) => accountSchema.parse(held.body).subject === subject);
      }
      return accounts.length > 0;
    },
    async personOf(issuer, subject) {
      const held = await database.get(linkId(issuer, subject));
      return held === null ? null : linkSchema.parse(held.body).person;
    },
    async link({ issuer, subject, person, at, by }) {
      // An address that is given to a newcomer must not give them the account of whoever had it before.
      let holder = subject;
      await changeDocument(database, `${accountPrefix(person)}${hashOf(issuer)}`, (held) => {
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
