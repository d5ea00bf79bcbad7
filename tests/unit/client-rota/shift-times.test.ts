import { describe, expect, it } from 'vitest';
import { instantOfLocal, localTimeOf } from '#shared/directory/local-time.ts';
import { placeOf, weekLine, lanesOf } from '$lib/rota/edit/grid.ts';
import {
  hurriedPace,
  mayBegin,
  moved,
  proposedTurn,
  resized,
  snapped,
  timesOf,
  weekToPlan,
} from '$lib/rota/edit/shift-times.ts';
import { departments, people } from '#tests/builders.ts';
import { rotaWeek, shift } from '../directory/rota-builders.ts';

const berlin = 'Europe/Berlin';
const at = (time: string, day: number, month = 3, zone = berlin) =>
  instantOfLocal(`2026-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`, time, zone);
const wall = ({ startsAt, endsAt }: { startsAt: string; endsAt: string }, zone = berlin) =>
  [startsAt, endsAt].map((moment) => {
    const { date, time } = localTimeOf(moment as never, zone);
    return `${date.slice(8)} ${time}`;
  });

describe('moving a turn', () => {
  it.each([
    ['08:10', '08:00'],
    ['08:18', '08:00'],
    ['08:19', '08:30'],
    ['08:41', '08:30'],
    ['08:42', '09:00'],
    ['23:50', '00:00'],
  ])('%s becomes %s: the nearest hour from a little further than the nearest half', (from, to) => {
    expect(localTimeOf(snapped(at(from, 25), berlin), berlin).time).toBe(to);
  });

  it.each([
    [
      'over the night on which the clock goes forward',
      at('20:00', 27),
      at('08:00', 28),
      3,
      ['28 20:00', '29 08:00'],
    ],
    [
      'over the one on which it goes back',
      at('20:00', 23, 10),
      at('08:00', 24, 10),
      10,
      ['24 20:00', '25 08:00'],
    ],
  ])('DEP-5 %s a turn keeps its times on the wall', (_what, startsAt, endsAt, _month, expected) => {
    expect(wall(moved({ startsAt, endsAt }, 1440, berlin))).toEqual(expected);
  });

  it('over midnight in Karachi it goes to the next day', () => {
    const zone = 'Asia/Karachi';
    const turn = { startsAt: at('22:00', 25, 3, zone), endsAt: at('23:00', 25, 3, zone) };
    expect(wall(moved(turn, 120, zone), zone)).toEqual(['26 00:00', '26 01:00']);
  });

  it('an end does not pass the other, and no turn gets longer than a day', () => {
    const turn = { startsAt: at('08:00', 25), endsAt: at('20:00', 25) };
    expect(wall(resized(turn, 'endsAt', 120, berlin) ?? turn)).toEqual(['25 08:00', '25 22:00']);
    expect(resized(turn, 'endsAt', -720, berlin)).toBeNull();
    expect(resized(turn, 'startsAt', -800, berlin)).toBeNull();
  });

  it('a turn begins in its week and not in the past', () => {
    const now = at('12:00', 25);
    expect(mayBegin(at('12:00', 25), '2026-W13', berlin, now)).toBe(true);
    expect(mayBegin(at('11:30', 25), '2026-W13', berlin, now)).toBe(false);
    expect(mayBegin(at('00:00', 30), '2026-W13', berlin, now)).toBe(false);
  });
});

describe('times in the form', () => {
  it('an end at or before the start lies on the next day', () => {
    const night = timesOf('2026-03-25', '20:00', '08:00', berlin);
    expect(night.ok && wall(night.value)).toEqual(['25 20:00', '26 08:00']);
    const whole = timesOf('2026-03-25', '08:00', '08:00', berlin);
    expect(whole.ok && wall(whole.value)).toEqual(['25 08:00', '26 08:00']);
  });
  it.each([
    ['start', '2026-03-29', '02:30', '10:00'],
    ['end', '2026-03-28', '20:00', '02:30'],
    ['end', '2026-03-29', '01:00', '02:00'],
  ])('DEP-5 a time left out on that day is refused at the %s', (which, date, start, end) => {
    expect(timesOf(date, start, end, berlin)).toEqual({ ok: false, error: which });
  });
});

describe('the week as a line', () => {
  it('a day of 23 hours is shorter, and the whole is the whole', () => {
    const line = weekLine('2026-W13', berlin);
    if (line === null) throw new Error('no such week');
    const lengths = line.days.map((day) => placeOf(day.until, line) - placeOf(day.from, line));
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeCloseTo(1);
    expect((lengths[6] ?? 0) / (lengths[0] ?? 1)).toBeCloseTo(23 / 24);
    expect(weekLine('2026-W54', berlin)).toBeNull();
  });

  it('turns that overlap stand under one another, covers below plain ones, and what comes in is cut at the edge', () => {
    const line = weekLine('2026-W13', berlin);
    if (line === null) throw new Error('no such week');
    const { shifts } = rotaWeek(departments.cardiology.id, [
      shift('first', people.cardiologist.id, at('20:00', 22), at('08:00', 23)),
      shift('first', people.cardiologist2.id, at('08:00', 23), at('20:00', 23)),
      shift('first', people.head.id, at('12:00', 23), at('22:00', 23)),
      shift('first', people.receiver.id, at('08:00', 23), at('20:00', 23), people.head.id),
      shift('second', people.receiver.id, at('08:00', 23), at('20:00', 23)),
    ]);
    const { bars, lanes } = lanesOf(shifts, 'first', line);
    expect(lanes).toBe(3);
    expect(bars.map(({ lane, comesIn }) => [lane, comesIn])).toEqual([
      [0, true],
      [0, false],
      [1, false],
      [2, false],
    ]);
  });
});

describe('a new turn', () => {
  // The 29th of March 2026 is a Sunday, of week 13.
  const propose = (now: ReturnType<typeof at>, from: ReturnType<typeof at>, pace?: typeof hurriedPace) => {
    const until = at('20:00', 29);
    const setting = { now, week: '2026-W13', timeZone: berlin };
    const turn = proposedTurn({ startsAt: from, endsAt: until }, setting, pace);
    return turn === null ? null : wall(turn);
  };

  it('DEP-5 is proposed as wanted, or as soon as it can begin', () => {
    expect(propose(at('12:00', 28), at('08:00', 29))).toEqual(['29 08:00', '29 20:00']);
    expect(propose(at('12:02', 29), at('08:00', 29))).toEqual(['29 12:15', '29 20:00']);
    expect(propose(at('12:02', 29), at('12:00', 29), hurriedPace)).toEqual(['29 12:03', '29 20:00']);
  });

  it('DEP-5 late on Sunday begins on that Sunday still, and never on the Monday of another week', () => {
    expect(propose(at('23:30', 29), at('08:00', 29))).toEqual(['29 23:45', '30 00:45']);
    expect(propose(at('23:45', 29), at('08:00', 29))).toEqual(['29 23:46', '30 00:46']);
    expect(propose(at('23:59', 29), at('08:00', 29))).toBeNull();
  });

  it('DEP-5 late on Sunday the week that is planned is the next one', () => {
    expect(weekToPlan(at('23:30', 29), berlin)).toBe('2026-W13');
    expect(weekToPlan(at('23:41', 29), berlin)).toBe('2026-W14');
    expect(weekToPlan(at('00:10', 30), berlin)).toBe('2026-W14');
  });
});
