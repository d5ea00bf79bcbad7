import { describe, expect, test } from 'vitest';
import type { Instant } from '#shared/lib/instant.ts';
import { noConnection } from '$lib/sync/connection-facts.ts';
import { createKnownConnection } from '$lib/tablet/known-connection.ts';
import { createLive } from '$lib/tablet/live.ts';
import type { Connection } from '$lib/tablet/tablet.ts';

const all = { caughtUp: true, count: 3 };
/** What the last session left behind: everything was caught up. */
const remembered: Connection = {
  ...noConnection,
  confirmedAt: '2026-11-22T16:00:00.000Z' as Instant,
  perCollection: { consults: { ...all }, patients: { ...all }, directory: { ...all }, alerts: { ...all } },
};
const answered: Connection = { ...remembered, confirmedAt: '2026-11-22T16:02:00.000Z' as Instant };

function opened() {
  const facts = createLive(remembered);
  const known = createKnownConnection({ live: facts, get: facts.get });
  let shown = noConnection;
  known.live.subscribe((connection) => (shown = connection));
  return { facts, known, caughtUp: () => shown.perCollection.alerts.caughtUp, shown: () => shown };
}

describe('what screens may believe of a connection', () => {
  test('alerts are not caught up before they were read from storage', () => {
    const { known, caughtUp, shown } = opened();
    expect(caughtUp()).toBe(false);
    expect(shown().perCollection.consults.caughtUp).toBe(true);
    known.allRead();
    expect(caughtUp()).toBe(true);
  });

  test('an answer about something else ends what the last session remembered', () => {
    const { facts, known, caughtUp } = opened();
    known.allRead();
    facts.set(answered);
    expect(caughtUp()).toBe(false);
    facts.set({ ...answered, perCollection: { ...answered.perCollection, alerts: { ...all } } });
    expect(caughtUp()).toBe(true);
  });

  test('what this session says is not caught up stays so', () => {
    const { facts, known, caughtUp } = opened();
    known.allRead();
    facts.set({
      ...answered,
      perCollection: { ...answered.perCollection, alerts: { caughtUp: false, count: 3 } },
    });
    expect(caughtUp()).toBe(false);
  });
});
