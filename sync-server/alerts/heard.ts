import { z } from 'zod';
import type { PersonId } from '#shared/lib/id.ts';
import { addMs, instantSchema, latest, msBetween, type Instant } from '#shared/lib/instant.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database } from '#server/store/port.ts';

/** When somebody's devices were last heard of. */
export interface Heard {
  /** A device of theirs showed an alert. */
  noteShown(person: PersonId, at: Instant): Promise<void>;
  /** Shown, subscribed, or asked the server for anything, whichever was last; null: never. As coarse as `session.lastUsedAt`. */
  lastAt(person: PersonId): Promise<Instant | null>;
  /** Whether they ever signed in anywhere. */
  hasSignedIn(person: PersonId): Promise<boolean>;
  /** The app asked for something within the last minutes: an alert in its list is probably seen. */
  isInApp(person: PersonId, now: Instant): Promise<boolean>;
}

const shownSchema = z.looseObject({ shownAt: instantSchema });
const subscriptionSchema = z.looseObject({ postedAt: instantSchema });
const sessionSchema = z.looseObject({ lastUsedAt: instantSchema, revokedAt: instantSchema.nullable() });

/** So that a night of alerts does not write at each. */
const noteEveryMs = 5 * 60_000;
/** Twice as coarse as sessions note their use. */
const inAppMs = 10 * 60_000;
const maxDevices = 50;

const documentId = (person: PersonId): string => `alert-heard:${person}`;
const latestOf = (instants: readonly Instant[]): Instant | null =>
  instants.reduce<Instant | null>((last, at) => (last === null ? at : latest(last, at)), null);

export function createHeard(accounts: Database): Heard {
  async function bodiesOf(prefix: string): Promise<unknown[]> {
    const rows = await accounts.scan({
      startKey: prefix,
      endKey: `${prefix}\uffff`,
      limit: maxDevices,
      includeDocs: true,
    });
    return rows.map(({ doc }) => doc?.body);
  }
  const sessionsOf = async (person: PersonId) =>
    (await bodiesOf(`session:${person}:`)).flatMap((body) => sessionSchema.safeParse(body).data ?? []);

  return {
    async noteShown(person, at) {
      await changeDocument(accounts, documentId(person), (held) => {
        const last = shownSchema.safeParse(held?.body).data?.shownAt;
        const isRecent = last !== undefined && msBetween(last, at) < noteEveryMs;
        return isRecent ? null : { kind: 'alert-heard', person, shownAt: at };
      });
    },
    async lastAt(person) {
      const [shown, subscriptions, sessions] = await Promise.all([
        accounts.get(documentId(person)),
        bodiesOf(`subscription:${person}:`),
        sessionsOf(person),
      ]);
      const shownAt = shownSchema.safeParse(shown?.body).data?.shownAt;
      return latestOf([
        ...(shownAt === undefined ? [] : [shownAt]),
        ...subscriptions.flatMap((body) => subscriptionSchema.safeParse(body).data?.postedAt ?? []),
        ...sessions.map(({ lastUsedAt }) => lastUsedAt),
      ]);
    },
    hasSignedIn: async (person) => (await sessionsOf(person)).length > 0,
    async isInApp(person, now) {
      const since = addMs(now, -inAppMs);
      return (await sessionsOf(person)).some(
        ({ lastUsedAt, revokedAt }) => revokedAt === null && lastUsedAt >= since,
      );
    },
  };
}
