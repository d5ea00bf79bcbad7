import { createHash } from 'node:crypto';
import { z } from 'zod';
import { audited, type AuditedBy } from '#server/audit/pending.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database } from '#server/store/port.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';
import type { AccessRequest } from '#shared/session/openid.ts';

/** Document `access-request:<sha256 of issuer and subject>` in `accounts`: one of each person, however often they ask. */
const storedSchema = z.looseObject({
  kind: z.literal('access-request'),
  name: z.string(),
  email: z.string(),
  askedAt: instantSchema,
});

const prefix = 'access-request:';
/** More than this wait for nobody: a hospital's administrator looks at them before. */
const mostRequests = 200;

export interface AccessRequests {
  /** False: too many wait already. Asking again changes nothing. */
  ask(entry: {
    issuer: string;
    subject: string;
    name: string;
    email: string;
    at: Instant;
    by: AuditedBy;
  }): Promise<boolean>;
  list(): Promise<AccessRequest[]>;
  /** False: it is not there, or somebody else dismisses it now. */
  dismiss(id: string, by?: AuditedBy): Promise<boolean>;
}

export function createAccessRequests(database: Database): AccessRequests {
  const held = async () =>
    database.scan({ startKey: prefix, endKey: `${prefix}~`, limit: mostRequests, includeDocs: true });

  return {
    async ask({ issuer, subject, name, email, at, by }) {
      const key = createHash('sha256').update(`${issuer}\n${subject}`).digest('hex');
      const id = `${prefix}${key}`;
      if ((await database.get(id)) !== null) return true;
      if ((await held()).length >= mostRequests) return false;
      await changeDocument(database, id, (stored) =>
        stored === null ? audited({ kind: 'access-request', name, email, askedAt: at }, by, null) : null,
      );
      return true;
    },
    async list() {
      const requests = (await held()).flatMap(({ id, doc }): AccessRequest[] => {
        const parsed = storedSchema.safeParse(doc?.body);
        if (!parsed.success) return [];
        const { name, email, askedAt } = parsed.data;
        return [{ id: id.slice(prefix.length), name, email, askedAt }];
      });
      return requests.sort((a, b) => (a.askedAt > b.askedAt ? -1 : 1));
    },
    async dismiss(id, by) {
      const stored = await database.get(`${prefix}${id}`);
      if (stored === null) return false;
      // A tombstone without content but what the audit still has to take: the name goes.
      const body = audited({}, by, stored.body);
      const [outcome] = await database.write([{ id: stored.id, rev: stored.rev, body, deleted: true }]);
      return outcome?.type === 'written';
    },
  };
}
