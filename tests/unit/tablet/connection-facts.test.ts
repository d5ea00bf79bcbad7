import { describe, expect, test } from 'vitest';
import { addMs, instant, type Instant } from '#shared/lib/instant.ts';
import { createClockOffset } from '$lib/sync/clock-offset.ts';
import { createConnectionFacts, noConnection } from '$lib/sync/connection-facts.ts';

const asleepAt = instant('2026-11-22T03:00:00.000Z');

/** A tablet that had fetched everything when it last heard of the server. */
function fetched() {
  const facts = createConnectionFacts(
    { ...noConnection, confirmedAt: asleepAt },
    { now: () => asleepAt },
    createClockOffset(0),
  );
  facts.collection('consults', true, 0);
  facts.collection('alerts', true, 2);
  return facts;
}
type Facts = ReturnType<typeof fetched>;

describe('what is known of the connection after a silence', () => {
  const heard: readonly [string, (facts: Facts, at: Instant) => void][] = [
    [
      'an answer about something else',
      (facts, at) => facts.answered({ body: null, serverNow: at, roundTripMs: 5 }),
    ],
    ['a beat of the stream', (facts, at) => facts.heard(at)],
  ];
  test.each(heard)('OFF-8 %s after a long sleep confirms no list', (_what, hear) => {
    const facts = fetched();
    hear(facts, addMs(asleepAt, 5 * 60 * 60_000));
    const { consults, alerts } = facts.get().perCollection;
    expect([consults, alerts]).toEqual([
      { caughtUp: false, count: 0 },
      { caughtUp: false, count: 2 },
    ]);
    facts.collection('consults', true, 0);
    expect(facts.get().perCollection.consults.caughtUp).toBe(true);
  });
  test.each(heard)('%s that comes on time leaves what was fetched as it is', (_what, hear) => {
    const facts = fetched();
    hear(facts, addMs(asleepAt, 20_000));
    expect(facts.get().perCollection.consults.caughtUp).toBe(true);
  });
});
