import { describe, expect, test } from 'vitest';
import { ageAtArrival, type Arrival } from '#shared/consult/age.ts';
import { addMinutes, instant } from '#shared/lib/instant.ts';

const receivedAt = instant('2026-03-02T12:00:00.000Z');
const arrival = (over: Partial<Arrival>): Arrival => ({
  occurredAt: receivedAt,
  sentAt: receivedAt,
  receivedAt,
  clockJumped: false,
  outboxLastEmptyAt: addMinutes(receivedAt, -120),
  ...over,
});

describe('age of an event', () => {
  test('a consult that waited 40 minutes arrives with 40 minutes on it', () => {
    const age = ageAtArrival(arrival({ occurredAt: addMinutes(receivedAt, -40) }));
    expect(age).toEqual({ minutes: 40, startsAt: addMinutes(receivedAt, -40), limited: false });
  });

  test.each([-3 * 24 * 60, -60, 60, 3 * 24 * 60])('a clock wrong by %i minutes costs nothing', (wrong) => {
    const sentAt = addMinutes(receivedAt, wrong);
    const age = ageAtArrival(arrival({ occurredAt: addMinutes(sentAt, -40), sentAt }));
    expect(age).toEqual({ minutes: 40, startsAt: addMinutes(receivedAt, -40), limited: false });
  });

  test.each([
    ['the clock jumped', { clockJumped: true, occurredAt: addMinutes(receivedAt, -5) }],
    ['the age is negative', { occurredAt: addMinutes(receivedAt, 5) }],
    ['it reaches beyond the last empty outbox', { occurredAt: addMinutes(receivedAt, -121) }],
    [
      'it reaches out of the calendar',
      { occurredAt: instant('0000-01-01T00:00:00.000Z'), sentAt: instant('9999-12-31T00:00:00.000Z') },
    ],
  ])('%s: the moment the outbox was last empty is the limit', (_, over) => {
    const age = ageAtArrival(arrival(over));
    expect(age).toEqual({ minutes: 120, startsAt: addMinutes(receivedAt, -120), limited: true });
  });

  test('exactly as old as the limit is believed', () => {
    expect(ageAtArrival(arrival({ occurredAt: addMinutes(receivedAt, -120) })).limited).toBe(false);
  });

  test('of a device nobody knows anything about no age is believed', () => {
    const age = ageAtArrival(arrival({ occurredAt: addMinutes(receivedAt, -5), outboxLastEmptyAt: null }));
    expect(age).toEqual({ minutes: 0, startsAt: receivedAt, limited: true });
  });

  test('a limit after arrival is arrival', () => {
    const age = ageAtArrival(arrival({ clockJumped: true, outboxLastEmptyAt: addMinutes(receivedAt, 3) }));
    expect(age.startsAt).toBe(receivedAt);
  });

  test('minutes are whole and rounded down', () => {
    expect(ageAtArrival(arrival({ occurredAt: addMinutes(receivedAt, -1.99) })).minutes).toBe(1);
  });
});
