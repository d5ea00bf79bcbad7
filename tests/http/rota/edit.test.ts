import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fieldsOfShift, type RotaChange } from '#shared/directory/rota-change.ts';
import { rotaRefusedSchema, rotaWeekAnswerSchema } from '#shared/directory/rota-protocol.ts';
import type { Shift } from '#shared/directory/rota.ts';
import type { Person } from '#shared/directory/staff.ts';
import { departments, people } from '#tests/builders.ts';
import {
  anna,
  at,
  bilal,
  cardiology,
  left,
  rotaOf,
  startRotaHospital,
  turn,
  usual,
  week,
  weekBefore,
  type RotaHospital,
} from './hospital.ts';

const path = `/api/rota/${cardiology}/${week}`;
const add = (shift: Shift, over: Partial<Extract<RotaChange, { change: 'add' }>> = {}): RotaChange => ({
  change: 'add',
  shift: shift.id,
  fields: fieldsOfShift(shift),
  ...over,
});
const remove = (shift: Shift): RotaChange => ({
  change: 'remove',
  shift: shift.id,
  was: fieldsOfShift(shift),
});
const edit = (
  shift: Shift,
  becomes: Partial<Omit<Shift, 'id'>>,
  over: Partial<Extract<RotaChange, { change: 'edit' }>> = {},
): RotaChange => {
  const fields = fieldsOfShift(shift) as Record<string, unknown>;
  const was = Object.fromEntries(Object.keys(becomes).map((name) => [name, fields[name]]));
  return { change: 'edit', shift: shift.id, edit: { was, becomes }, ...over };
};
const saturday = turn(bilal, at('08:00', 28), at('20:00', 28));

describe('the rota over HTTP', () => {
  let hospital: RotaHospital;
  beforeEach(async () => {
    hospital = await startRotaHospital();
  });
  afterEach(() => hospital.close());

  const send = async (who: Person, ...changes: RotaChange[]) =>
    (await hospital.as(who)).post(`${path}/edit`, { changes });
  const refusals = async (response: Response) => {
    const { code, refusals: found = [] } = rotaRefusedSchema.parse(await response.json());
    return [code, ...found.map((one) => `${one.path ?? 'whole'} ${one.code}`)];
  };
  const ids = (name?: string) => hospital.stored(name)?.shifts.map(({ id }) => id);

  describe('reading', () => {
    it('DEP-5 anybody signed in reads a week, with its gaps; only those who may are offered to edit it', async () => {
      const read = async (who: Person) =>
        rotaWeekAnswerSchema.parse(await (await (await hospital.as(who)).get(path)).json());
      const asSurgeon = await read(people.surgeon);
      expect(asSurgeon.week).toEqual(rotaOf(Object.values(usual)));
      expect(asSurgeon.mayEdit).toBe(false);
      expect(asSurgeon.problems).toContainEqual({
        type: 'gap',
        tier: 'first',
        from: at('20:00', 26),
        until: at('08:00', 27),
      });
      expect((await read(people.head)).mayEdit).toBe(true);
      expect((await read(people.parentHead)).mayEdit).toBe(true);
      expect((await read(people.receiver)).mayEdit).toBe(true);
      expect((await read(people.surgicalReceiver)).mayEdit).toBe(false);
    });

    it('a week nobody wrote yet is empty, however far away', async () => {
      const session = await hospital.as(anna);
      const response = await session.get(`/api/rota/${cardiology}/2027-W02`);
      expect(rotaWeekAnswerSchema.parse(await response.json()).week.shifts).toEqual([]);
    });

    it.each([
      ['a week the year does not have', `/api/rota/${cardiology}/2026-W54`],
      ['a week in other words', `/api/rota/${cardiology}/next`],
      ['a department nobody knows', `/api/rota/${people.head.id}/${week}`],
      ['a department that is no id', `/api/rota/cardiology/${week}`],
    ])('%s is not there', async (_what, asked) => {
      expect((await (await hospital.as(people.head)).get(asked)).status).toBe(404);
    });

    it('nobody reads it without a session', async () => {
      expect((await hospital.app.request(path)).status).toBe(401);
      expect((await hospital.app.request(`${path}/edit`, { method: 'POST' })).status).toBe(401);
    });
  });

  describe('editing', () => {
    it('DEP-5 adds, changes and removes in one list, and answers the week', async () => {
      const response = await send(
        people.head,
        add(saturday),
        edit(usual.tomorrow, { endsAt: at('22:00', 26) }),
        remove(usual.friday),
      );
      expect(response.status).toBe(200);
      const { week: answered } = rotaWeekAnswerSchema.parse(await response.json());
      expect(answered).toEqual(hospital.stored());
      expect(ids()).toEqual(
        [usual.over, usual.running, usual.tonight, usual.tomorrow, saturday].map(({ id }) => id),
      );
      expect(answered.shifts[3]?.endsAt).toBe(at('22:00', 26));
    });

    it('AUD-1 leaves an entry in the same write: who, which week, which shifts', async () => {
      await send(people.head, add(saturday));
      const held = await hospital.store.database('directory').get(`rota:${cardiology}:${week}`);
      expect(held?.body['pendingAudit']).toMatchObject([
        {
          action: 'rota.edit',
          actor: { person: people.head.id },
          subjects: [`rota:${cardiology}:${week}`],
          fields: [saturday.id],
        },
      ]);
    });

    it('the whole list or nothing', async () => {
      const before = hospital.stored();
      const bad = turn(left, at('08:00', 29), at('20:00', 29));
      const response = await send(people.head, add(saturday), add(bad), remove(usual.friday));
      expect(response.status).toBe(409);
      expect(await refusals(response)).toEqual(['refused', 'changes.1 inactive-person']);
      expect(hospital.stored()).toEqual(before);
    });

    it('a list sent twice is made once, and changes nothing the second time', async () => {
      const list = [add(saturday), edit(usual.tomorrow, { endsAt: at('22:00', 26) }), remove(usual.friday)];
      await send(people.head, ...list);
      const once = await hospital.store.database('directory').get(`rota:${cardiology}:${week}`);
      expect((await send(people.head, ...list)).status).toBe(200);
      const twice = await hospital.store.database('directory').get(`rota:${cardiology}:${week}`);
      expect(twice?.rev).toBe(once?.rev);
    });

    it('ADM-2 what somebody else changed meanwhile is refused by its row, and their change stays', async () => {
      const mine = edit(usual.tomorrow, { endsAt: at('22:00', 26) });
      await send(people.receiver, edit(usual.tomorrow, { endsAt: at('21:00', 26) }));
      const response = await send(people.head, add(saturday), mine);
      expect(response.status).toBe(409);
      expect(await refusals(response)).toEqual(['conflict', 'changes.1 changed-meanwhile']);
      expect(hospital.stored()?.shifts.find(({ id }) => id === usual.tomorrow.id)?.endsAt).toBe(
        at('21:00', 26),
      );
    });

    it('ADM-2 two who change different fields of one shift both keep theirs', async () => {
      await send(people.receiver, edit(usual.tomorrow, { endsAt: at('21:00', 26) }));
      await send(people.head, edit(usual.tomorrow, { person: anna.id }));
      const held = hospital.stored()?.shifts.find(({ id }) => id === usual.tomorrow.id);
      expect(held).toMatchObject({ endsAt: at('21:00', 26), person: anna.id });
    });

    it('copies another week and applies a pattern, leaving what has begun as it is', async () => {
      const monday = turn(bilal, at('08:00', 16), at('20:00', 16));
      const sunday = turn(anna, at('08:00', 22), at('20:00', 22));
      await hospital.putDirectory([rotaOf([monday, sunday], weekBefore)]);
      const response = await send(
        people.head,
        { change: 'copy', from: weekBefore, was: [monday, sunday] },
        {
          change: 'pattern',
          pattern: { tier: 'second', person: anna.id, start: '20:00', end: '08:00', days: [1, 4, 5] },
        },
      );
      expect(response.status).toBe(200);
      const added = hospital.stored()?.shifts.slice(5);
      expect(added?.map(({ tier, startsAt, endsAt }) => [tier, startsAt, endsAt])).toEqual([
        // Sunday the 29th has 23 hours and the same day on the wall.
        ['first', at('08:00', 29), at('20:00', 29)],
        ['second', at('20:00', 26), at('08:00', 27)],
        ['second', at('20:00', 27), at('08:00', 28)],
      ]);
    });

    it('ADM-2 a week that changed since it was shown is not copied', async () => {
      await hospital.putDirectory([rotaOf([turn(anna, at('08:00', 22), at('20:00', 22))], weekBefore)]);
      const response = await send(people.head, { change: 'copy', from: weekBefore, was: [] });
      expect(await refusals(response)).toEqual(['conflict', 'changes.0 changed-meanwhile']);
    });

    it('says gaps, overlaps and double duty, and writes all the same', async () => {
      const response = await send(
        people.head,
        add(turn(bilal, at('12:00', 27), at('22:00', 27))),
        add(turn(anna, at('08:00', 27), at('20:00', 27), 'second')),
      );
      expect(response.status).toBe(200);
      const { problems } = rotaWeekAnswerSchema.parse(await response.json());
      expect(problems.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['overlap', 'double-duty', 'gap']),
      );
    });

    it.each([
      ['ends before it starts', add(turn(anna, at('20:00', 28), at('08:00', 28))), 'ends-before-start'],
      [
        'is longer than a day',
        add(turn(anna, at('08:00', 27), at('09:00', 28), 'second')),
        'longer-than-a-day',
      ],
      ['starts in another week', add(turn(anna, at('08:00', 30), at('20:00', 30))), 'other-week'],
      [
        'starts when the clock shows no such time',
        add(turn(anna, at('03:30', 29), at('12:00', 29)), {
          wall: { startsAt: '2026-03-29T02:30', endsAt: '2026-03-29T12:00' },
        }),
        'no-such-time',
      ],
      [
        'is of a person nobody knows',
        add({ ...saturday, person: departments.surgery.id as never }),
        'unknown-person',
      ],
      [
        'is of a person of another department',
        add(turn(people.surgeon, at('08:00', 28), at('20:00', 28))),
        'not-of-department',
      ],
      ['is of a person who left', add(turn(left, at('08:00', 28), at('20:00', 28))), 'inactive-person'],
      [
        'lies over another of the same person and tier',
        add(turn(anna, at('12:00', 27), at('22:00', 27))),
        'same-person-twice',
      ],
      [
        'says that nobody agreed',
        add({ ...saturday, override: { askedBy: bilal.id, agreedBy: bilal.id } }),
        'not-agreed',
      ],
      ['has begun', add(turn(anna, at('11:00'), at('12:30'), 'second')), 'has-begun'],
    ])('DEP-5 a shift that %s is refused by its row', async (_what, change, code) => {
      const before = hospital.stored();
      const response = await send(
        people.head,
        add(turn(bilal, at('08:00', 28), at('09:00', 28), 'consultant')),
        change,
      );
      expect(await refusals(response)).toEqual(['refused', `changes.1 ${code}`]);
      expect(hospital.stored()).toEqual(before);
    });

    it('a wall that says what the clock shows is taken', async () => {
      const night = turn(bilal, at('20:00', 28), at('08:00', 29));
      const wall = { startsAt: '2026-03-28T20:00', endsAt: '2026-03-29T08:00' };
      expect((await send(people.head, add(night, { wall }))).status).toBe(200);
    });

    it('what was wrong before with somebody else’s shift keeps nobody from mending another', async () => {
      await hospital.putDirectory([
        rotaOf([...Object.values(usual), turn(left, at('08:00', 28), at('20:00', 28))]),
      ]);
      expect((await send(people.head, remove(usual.friday))).status).toBe(200);
    });

    describe('who was on call stays as it was', () => {
      it.each([
        ['a turn that is over is not changed', edit(usual.over, { endsAt: at('21:00', 24) })],
        ['nor taken away', remove(usual.over)],
        ['a running one is not taken away', remove(usual.running)],
        ['nor given to another', edit(usual.running, { person: anna.id }, { isRunning: true })],
        ['nor ended earlier unless it is said', edit(usual.running, { endsAt: at('14:00') })],
        ['nor before now', edit(usual.running, { endsAt: at('11:00') }, { isRunning: true })],
        ['nor made longer', edit(usual.running, { endsAt: at('21:00') }, { isRunning: true })],
        ['one to come is not moved into the past', edit(usual.tonight, { startsAt: at('11:00') })],
      ])('%s', async (_what, change) => {
        expect(await refusals(await send(people.head, change))).toEqual(['refused', 'changes.0 has-begun']);
      });

      const cut = edit(usual.running, { endsAt: at('14:00') }, { isRunning: true });
      const cover: Shift = {
        ...turn(anna, at('14:00'), at('20:00')),
        override: { askedBy: bilal.id, agreedBy: anna.id },
      };
      it('a running one may end earlier when an override has the rest', async () => {
        expect((await send(people.head, cut, add(cover))).status).toBe(200);
        expect(hospital.stored()?.shifts[1]?.endsAt).toBe(at('14:00'));
      });

      it('without one it is refused', async () => {
        expect(await refusals(await send(people.head, cut))).toEqual(['refused', 'changes.0 needs-cover']);
      });
    });

    it('one half of a swap is not taken away alone', async () => {
      const [one, other] = ['swap-a', 'swap-b'];
      const half = (shift: Shift, who: Person, id: string, swappedWith: string): Shift => ({
        ...shift,
        id,
        person: who.id,
        override: { askedBy: anna.id, agreedBy: bilal.id, swappedWith },
      });
      const halves = [half(usual.tomorrow, anna, one, other), half(usual.friday, bilal, other, one)] as const;
      await hospital.putDirectory([rotaOf([...Object.values(usual), ...halves])]);
      expect(await refusals(await send(people.head, remove(halves[0])))).toEqual([
        'refused',
        'changes.0 half-a-swap',
      ]);
      expect((await send(people.head, remove(halves[0]), remove(halves[1]))).status).toBe(200);
    });

    it('an edit that leaves the duty administration without anybody is refused; one that fills a part of a gap is not', async () => {
      const duty = departments.radiology.id;
      const dutyWeek = (...shifts: Shift[]) => ({
        ...rotaOf(shifts),
        id: `rota:${duty}:${week}`,
        department: duty,
      });
      const [first, second] = [
        turn(people.radiologist, at('20:00'), at('08:00', 26)),
        turn(people.radiologist, at('08:00', 26), at('20:00', 26)),
      ];
      await hospital.putDirectory([
        {
          ...people.manager,
          grants: [{ permission: 'manage-departments', from: at('08:00', 1), until: null }],
        },
        dutyWeek(first),
      ]);
      const manager = await hospital.as(people.manager);
      const fill = await manager.post(`/api/rota/${duty}/${week}/edit`, { changes: [add(second)] });
      expect(fill.status).toBe(200);
      const empty = await manager.post(`/api/rota/${duty}/${week}/edit`, { changes: [remove(second)] });
      expect(await refusals(empty)).toEqual(['refused', 'whole duty-gap']);
    });

    it.each([
      ['a doctor of the department', anna],
      ['the receiver of another department', people.surgicalReceiver],
      ['the requesting head', people.requestingHead],
      ['an auditor', people.auditor],
    ])('%s may not', async (_who, who) => {
      const response = await send(who, add(saturday));
      expect(response.status).toBe(403);
      expect(ids()).not.toContain(saturday.id);
    });

    it.each([
      ['nothing', undefined],
      ['an empty list', { changes: [] }],
      ['a change nobody knows', { changes: [{ change: 'burn' }] }],
      [
        'a field in `was` that is not in `becomes`',
        {
          changes: [
            {
              change: 'edit',
              shift: 'a',
              edit: { was: { person: anna.id, tier: 'first' }, becomes: { tier: 'second' } },
            },
          ],
        },
      ],
      ['an id with blanks', { changes: [{ ...add(saturday), shift: 'a b' }] }],
      [
        'a time that is no moment',
        {
          changes: [{ ...add(saturday), fields: { ...fieldsOfShift(saturday), endsAt: '2026-03-29T25:00' } }],
        },
      ],
      ['more than it takes', { changes: Array.from({ length: 401 }, () => remove(usual.friday)) }],
    ])('%s is malformed', async (_what, body) => {
      const session = await hospital.as(people.head);
      const response = await session.post(`${path}/edit`, body);
      expect([400, 415]).toContain(response.status);
    });
  });
});
