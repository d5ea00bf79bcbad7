import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { audited, type AuditedBy } from '#server/audit/pending.ts';
import type { Database } from '#server/store/port.ts';
import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { addMs, instantSchema, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { changeDocument } from '#server/ops/change-document.ts';

const hourMs = 60 * 60_000;

export const linkPurposeSchema = z.enum(['first-administrator', 'administrator', 'invitation', 'reset']);
export type LinkPurpose = z.infer<typeof linkPurposeSchema>;

/** How long a link may wait for its person. */
export const linkLifeMs: Readonly<Record<LinkPurpose, number>> = {
  'first-administrator': 24 * hourMs,
  administrator: 24 * hourMs,
  invitation: 7 * 24 * hourMs,
  reset: 24 * hourMs,
};

/** Document `link:<sha256 of the token>`: the token itself is nowhere but in the link. */
const linkSchema = z.looseObject({
  kind: z.literal('link'),
  purpose: linkPurposeSchema,
  /** null: the link makes a new administrator. */
  person: personIdSchema.nullable(),
  madeAt: instantSchema,
  endsAt: instantSchema,
  usedAt: instantSchema.nullable(),
});
export type Link = z.infer<typeof linkSchema>;

export interface Links {
  make(entry: {
    purpose: LinkPurpose;
    person: PersonId | null;
    at: Instant;
    /** Goes into the audit with the very write. */
    by?: AuditedBy | undefined;
  }): Promise<{ token: string; endsAt: Instant }>;
  /** What a token is for; null for unknown, used and expired ones alike. */
  find(token: string, at: Instant): Promise<Link | null>;
  /** Takes the token: of several at once exactly one gets it. */
  use(token: string, at: Instant, by?: AuditedBy): Promise<Result<Link, { readonly type: 'not-valid' }>>;
}

const linkId = (token: string): string => `link:${createHash('sha256').update(token).digest('hex')}`;

/**
 * Where the person opens it. The token stands behind `#`, so that it reaches no server log and no proxy. The path says whether the page asks for
 * name, e-mail and hospital too.
 */
export const linkAddress = (publicOrigin: string, token: string, purpose: LinkPurpose): string =>
  `${publicOrigin}/welcome${purpose.endsWith('administrator') ? '/administrator' : ''}#${token}`;

export function createLinks(database: Database): Links {
  const isOpen = (link: Link, at: Instant): boolean => link.usedAt === null && at < link.endsAt;
  return {
    async make({ purpose, person, at, by }) {
      const token = randomBytes(32).toString('base64url');
      const endsAt = addMs(at, linkLifeMs[purpose]);
      const link: Link = { kind: 'link', purpose, person, madeAt: at, endsAt, usedAt: null };
      await changeDocument(database, linkId(token), () => audited(link, by, null));
      return { token, endsAt };
    },
    async find(token, at) {
      const held = await database.get(linkId(token));
      const link = held === null ? null : linkSchema.parse(held.body);
      return link !== null && isOpen(link, at) ? link : null;
    },
    async use(token, at, by) {
      const written = await changeDocument(database, linkId(token), (held) => {
        const link = held === null ? null : linkSchema.parse(held.body);
        return link !== null && isOpen(link, at)
          ? audited({ ...link, usedAt: at }, by, held?.body ?? null)
          : null;
      });
      return written === null ? err({ type: 'not-valid' }) : ok(linkSchema.parse(written));
    },
  };
}
