import type { Instant } from '#shared/lib/instant.ts';
import type { PersonAtDoor } from '$lib/session-ui/sessions.ts';

/** An emergency that somebody wrote here and that has not left; without a word of it. */
export interface LockedAlarm {
  readonly event: string;
  readonly alarmAt: Instant;
  readonly number: string | null;
  /** Who wrote it; '' when not known. */
  readonly name: string;
}

/** Those that have waited long enough, longest first, of everybody on this tablet. */
export const alarmsOf = (people: readonly PersonAtDoor[], now: Instant): readonly LockedAlarm[] =>
  people
    .flatMap(({ name, counts }) => (counts?.alarms ?? []).map((alarm) => ({ ...alarm, name })))
    .filter(({ alarmAt }) => alarmAt <= now)
    .sort((a, b) => (a.alarmAt < b.alarmAt ? -1 : 1));

/** How much waits here of people whose records are locked. */
export const waitingOfOthers = (
  people: readonly Pick<PersonAtDoor, 'person' | 'counts'>[],
  present: string,
): { readonly people: number; readonly items: number } => {
  const waiting = people
    .filter(({ person, counts }) => person !== present && (counts?.waiting.length ?? 0) > 0)
    .map(({ counts }) => counts?.waiting.length ?? 0);
  return { people: waiting.length, items: waiting.reduce((sum, count) => sum + count, 0) };
};
