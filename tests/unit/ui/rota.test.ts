import { describe, expect, test } from 'vitest';
import type { Directory } from '#shared/directory/directory.ts';
import { instantOfLocal } from '#shared/directory/local-time.ts';
import type { Shift } from '#shared/directory/rota.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { Reach } from '#shared/alert/protocol.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { createTimes } from '$lib/time/times.ts';
import { reachOf } from '$lib/rota/reach.ts';
import { addressOfPlace, adminPlaces } from '$lib/admin/places.ts';
import { hoursWords, reachWords, shiftWords } from '$lib/rota/rota-words.ts';
import {
  isKept,
  ownTurns,
  rotaAddress,
  rotaWeekOf,
  tiersNow,
  tiersOf,
  weekAway,
  withWeeks,
} from '$lib/rota/rota-view.ts';
import { swappableTurns } from '$lib/rota/swap/swap-turns.ts';
import { departments, directoryOf, people, storyStart } from '#tests/builders.ts';
import { rotaWeek, shift } from '../directory/rota-builders.ts';

const zone = 'Asia/Karachi';
const times = createTimes('en', zone);
/** The story begins on Monday 2 March at 13:00 in Karachi. */
const at = (time: string, day = 2): Instant =>
  instantOfLocal(`2026-03-${String(day).padStart(2, '0')}`, time, zone);
const cardiology = departments.cardiology.id;
const [anna, bilal] = [people.cardiologist, people.cardiologist2];
const turn = (who: Person, from: Instant, until: Instant, tier: Shift['tier'] = 'first'): Shift =>
  shift(tier, who.id, from, until);
const directoryWith = (...shifts: Shift[]): Directory =>
  directoryOf(Object.values(people), Object.values(departments), {
    rotaWeeks: [rotaWeek(cardiology, shifts)],
  });

const usual = directoryWith(
  turn(bilal, at('20:00', 1), at('08:00')),
  turn(anna, at('08:00'), at('20:00')),
  turn(bilal, at('20:00'), at('08:00', 3)),
  turn(anna, at('10:00', 3), at('20:00', 3)),
  turn(people.head, at('08:00', 1), at('08:00', 9), 'consultant'),
);

describe('the rota on the screen', () => {
  test('now: who has each tier, until when, and who comes next', () => {
    expect(tiersNow(usual, cardiology, storyStart)).toEqual([
      { tier: 'first', person: anna.id, until: at('20:00'), next: { person: bilal.id, from: at('20:00') } },
      { tier: 'consultant', person: people.head.id, until: at('08:00', 9), next: null },
    ]);
  });

  test('a gap now is said as nobody, with who comes after it', () => {
    expect(tiersNow(usual, cardiology, at('09:00', 3))[0]).toEqual({
      tier: 'first',
      person: null,
      until: at('10:00', 3),
      next: { person: anna.id, from: at('10:00', 3) },
    });
  });

  test('a department without shifts and without anybody looked for has no rota', () => {
    expect(tiersOf(usual, departments.surgery.id)).toEqual([]);
  });

  test('the week: turns stand on the day they begin, gaps in words, what goes on into Monday on Monday', () => {
    const days = rotaWeekOf(usual, cardiology, '2026-W10', zone);
    expect(days.map(({ date }) => date)).toHaveLength(7);
    const said = (day: number, tier: number): string[] =>
      (days[day]?.cells[tier]?.turns ?? []).map(
        (one) =>
          `${hoursWords(one, times)} ${one.person === null ? 'nobody' : (usual.people.get(one.person)?.name ?? '')}`,
      );
    expect(said(0, 0)).toEqual([
      `until 08:00 ${bilal.name}`,
      `08:00–20:00 ${anna.name}`,
      `20:00–08:00 ${bilal.name}`,
    ]);
    expect(said(1, 0)).toEqual([
      '08:00–10:00 nobody',
      `10:00–20:00 ${anna.name}`,
      expect.stringMatching(/nobody$/),
    ]);
    expect(said(2, 1)).toEqual([`all day ${people.head.name}`]);
    expect(said(3, 0)).toEqual(['all day nobody']);
    expect(rotaWeekOf(usual, cardiology, '2026-W54', zone)).toEqual([]);
  });

  test('my shifts: of every department, the one under way with its own beginning', () => {
    expect(ownTurns(usual, anna.id, storyStart)).toEqual([
      { department: cardiology, tier: 'first', from: at('08:00'), until: at('20:00'), isNow: true },
      { department: cardiology, tier: 'first', from: at('10:00', 3), until: at('20:00', 3), isNow: false },
    ]);
    expect(ownTurns(usual, people.requester.id, storyStart)).toEqual([]);
    // A turn that goes on beyond the last day keeps its own end.
    expect(ownTurns(usual, anna.id, storyStart, 1).at(-1)?.until).toBe(at('20:00', 3));
    expect(shiftWords({ from: at('20:00'), until: at('08:00', 3) }, times)).toBe('Mon 2 Mar, 20:00–08:00');
  });

  test('weeks are those of the hospital', () => {
    expect(weekAway(at('00:30'), zone, 0)).toBe('2026-W10');
    expect(weekAway(at('00:30'), zone, -1)).toBe('2026-W09');
    expect(weekAway(at('00:30'), zone, 44)).toBe('2027-W01');
  });
});

describe('ALE-9 how alive a device is', () => {
  const reach = (over: Partial<Reach>): Reach => ({
    person: anna.id,
    as: 'on-call first',
    channels: ['push'],
    heardAt: at('12:50'),
    verdict: 'alive',
    isOneWay: false,
    turnTest: null,
    ...over,
  });

  test.each([
    [reach({}), 'device answers, heard 12:50', false],
    [
      reach({ verdict: 'quiet', heardAt: at('09:00', 1) }),
      'device quiet since Sun 1 Mar, 09:00: ring as well',
      true,
    ],
    [reach({ verdict: 'quiet', heardAt: null }), 'device never heard of: ring as well', true],
    [reach({ verdict: 'none', heardAt: null }), 'no device to alert: ring', true],
    [reach({ isOneWay: true, channels: ['sms'] }), 'device answers, heard 12:50 · one way only: SMS', true],
    [
      reach({ turnTest: { sentAt: at('08:00'), shownAt: at('08:01') } }),
      'device answers, heard 12:50 · test alert shown 08:01',
      false,
    ],
    [
      reach({ turnTest: { sentAt: at('08:00'), shownAt: null } }),
      'device answers, heard 12:50 · test alert of 08:00 not shown: ring as well',
      true,
    ],
    [reach({ turnTest: { sentAt: at('12:56'), shownAt: null } }), 'device answers, heard 12:50', false],
  ])('%o is said in words', (known, words, doubtful) => {
    expect(reachWords(known, times, storyStart)).toEqual({ words, doubtful });
  });

  const answering =
    (body: unknown, status = 200) =>
    () =>
      Promise.resolve(Response.json(body, { status }));
  test("the server's answer is read by person", async () => {
    const known = await reachOf(answering({ people: [reach({})], asOf: storyStart }), cardiology);
    expect(known?.get(anna.id)?.verdict).toBe('alive');
  });

  test.each([
    ['the server does not know the question', answering({ title: 'Not found' }, 404)],
    ['the answer is of another build', answering({ someone: 1 })],
    ['there is no network', () => Promise.reject(new TypeError('Failed to fetch'))],
  ])('nothing is shown when %s', async (_what, request) => {
    expect(await reachOf(request, cardiology)).toBeNull();
  });

  test.each([
    ['2026-W08', false],
    ['2026-W10', true],
    ['2026-W11', true],
    ['2026-W13', false],
  ])('week %s is kept on the tablet: %s; of others it would show gaps that are none', (week, kept) => {
    expect(isKept(week, storyStart, zone)).toBe(kept);
  });

  test('weeks read from the server stand in place of the tablet’s own', () => {
    const read = rotaWeek(cardiology, [turn(bilal, at('08:00'), at('20:00'))]);
    expect(withWeeks(usual, [read]).rotaWeeks).toEqual([read]);
    expect(withWeeks(usual, [])).toBe(usual);
  });

  test('DEP-5 only turns one truly holds and that have not begun can be swapped', () => {
    const given = turn(bilal, at('10:00', 3), at('20:00', 3));
    const cover = { ...given, id: 'cover', override: { askedBy: anna.id, agreedBy: bilal.id } };
    const directory = directoryWith(
      turn(anna, at('08:00'), at('20:00')),
      turn(anna, at('10:00', 3), at('20:00', 3)),
      cover,
      turn(anna, at('08:00', 4), at('20:00', 4)),
    );
    expect(swappableTurns(directory, anna.id, storyStart).map(({ shift: one }) => one.startsAt)).toEqual([
      at('08:00', 4),
    ]);
    expect(swappableTurns(directory, bilal.id, storyStart).map(({ shift: one }) => one.id)).toEqual([
      'cover',
    ]);
    expect(swappableTurns(directory, anna.id, storyStart, departments.surgery.id)).toEqual([]);
  });
});

test('ADM-1 who comes to the rota or the audit from the list of administration is led back to it', () => {
  expect(adminPlaces.map(addressOfPlace).filter((address) => !address.startsWith('/admin/'))).toEqual([
    '/rota?from=admin',
    '/audit?from=admin',
  ]);
  expect([rotaAddress('', false), rotaAddress('', true)]).toEqual(['/rota', '/rota?from=admin']);
  expect(rotaAddress(cardiology, true)).toBe(`/rota?department=${cardiology}&from=admin`);
  expect(rotaAddress(cardiology, false)).toBe(`/rota?department=${cardiology}`);
});
