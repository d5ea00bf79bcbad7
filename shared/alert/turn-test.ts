import type { EventId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, type Instant } from '#shared/lib/instant-arithmetic.ts';
import type { Alert } from './alert.ts';

/** In what capacity somebody is sent the test at the start of their turn; one that was asked for has another. */
export const turnTestCapacity = 'on call';

/** A device has so long to show it, and whoever comes on duty to turn alerts on. */
export const turnGraceMinutes = 5;

export const isTurnTest = ({ about, as }: Pick<Alert, 'about' | 'as'>): boolean =>
  about === 'test' && as === turnTestCapacity;

/** Part of an event id that stands for a moment: 2026-03-02t08-00-00-000z. */
export const momentPart = (at: Instant): string => at.toLowerCase().replace(/[:.]/g, '-');

/** One per person and turn, whoever looks and however often; the id is `announcementIdOf` it and the person. `since` as `onCallSince` gives it. */
export const turnTestCause = (person: PersonId, since: Instant): EventId =>
  `${person}:turn-test:${momentPart(since)}` as EventId;

export interface TurnTest {
  readonly sentAt: Instant;
  /** When a device or a provider first showed it; null: not heard of. The list of an open app proves nothing about waking a device. */
  readonly shownAt: Instant | null;
}

export function turnTestOf({ plannedAt, facts }: Pick<Alert, 'plannedAt' | 'facts'>): TurnTest {
  const shown = facts
    .filter(({ fact, channel }) => (fact === 'shown' || fact === 'opened') && channel !== 'in-app')
    .map(({ at }) => at)
    .sort();
  return { sentAt: plannedAt, shownAt: shown[0] ?? null };
}

/** Nothing showed it in the time a device has. */
export const isTurnTestSilent = ({ sentAt, shownAt }: TurnTest, now: Instant): boolean =>
  shownAt === null && addMinutes(sentAt, turnGraceMinutes) <= now;
