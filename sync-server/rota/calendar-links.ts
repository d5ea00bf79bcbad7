import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { withPendingAudit } from '#server/audit/pending.ts';
import { hashOfSecret, isSecretOf } from '#server/auth/session-token.ts';
import type { Actor } from '#server/http/context.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database } from '#server/store/port.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';
import { calendarSecretBytes, calendarTokenText, parseCalendarToken } from './calendar-token.ts';

/** Document `calendar-link:<person>` in `accounts`: one link a person, of which only a hash is kept. Revoked beats live where two copies meet. */
const calendarLinkSchema = z.looseObject({
  kind: z.literal('calendar-link'),
  secretHash: z.string(),
  madeAt: instantSchema,
  revokedAt: instantSchema.optional(),
});

export interface CalendarLinks {
  /** A new one; the one before stops working. The text is nowhere but in the answer. */
  make(actor: Actor): Promise<{ readonly token: string; readonly madeAt: Instant }>;
  revoke(actor: Actor): Promise<void>;
  /** When the present one was made; null: there is none. */
  madeAt(person: PersonId): Promise<Instant | null>;
  /** Whose calendar it is; null for unknown, revoked and replaced ones alike. */
  personOf(text: string): Promise<PersonId | null>;
}

const documentIdOf = (person: PersonId): string => `calendar-link:${person}`;

export function createCalendarLinks(database: Database): CalendarLinks {
  async function present(person: PersonId) {
    const held = await database.get(documentIdOf(person));
    const link = held === null ? null : calendarLinkSchema.parse(held.body);
    return link === null || link.revokedAt !== undefined ? null : link;
  }

  return {
    async make(actor) {
      const { person, at } = actor;
      const secret = randomBytes(calendarSecretBytes);
      const link = { kind: 'calendar-link', secretHash: hashOfSecret(secret), madeAt: at };
      const act = { action: 'rota.calendar-link', subjects: [person] };
      await changeDocument(database, documentIdOf(person), (held) =>
        withPendingAudit(link, actor, act, held?.body ?? null),
      );
      return { token: calendarTokenText({ person, secret }), madeAt: at };
    },
    async revoke(actor) {
      const act = { action: 'rota.calendar-link-revoke', subjects: [actor.person] };
      await changeDocument(database, documentIdOf(actor.person), (held) => {
        if (held === null || held.body['revokedAt'] !== undefined) return null;
        return withPendingAudit({ ...held.body, revokedAt: actor.at }, actor, act, held.body);
      });
    },
    async madeAt(person) {
      return (await present(person))?.madeAt ?? null;
    },
    async personOf(text) {
      const token = parseCalendarToken(text);
      if (token === null) return null;
      const link = await present(token.person);
      return link !== null && isSecretOf(link.secretHash, token.secret) ? token.person : null;
    },
  };
}
