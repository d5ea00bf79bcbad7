import { beforeEach, describe, expect, it } from 'vitest';
import { RotaDraft } from '$lib/rota/edit/rota-draft.svelte.ts';
import { serverHeader } from '#shared/sync/protocol.ts';
import { instantOfLocal } from '#shared/directory/local-time.ts';
import { editRotaWeek } from '#shared/directory/rota-edit.ts';
import { rotaEditSchema, type RotaWeekAnswer } from '#shared/directory/rota-protocol.ts';
import type { Shift } from '#shared/directory/rota.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { departments, hospital, organisation, people } from '#tests/builders.ts';
import { rotaWeek, shift } from '../directory/rota-builders.ts';

const timeZone = 'Europe/Berlin';
const at = (time: string, day: number): Instant => instantOfLocal(`2026-03-${String(day)}`, time, timeZone);
const now = at('12:00', 25);
const [anna, bilal] = [people.cardiologist, people.cardiologist2];
const running = shift('first', anna.id, at('08:00', 25), at('20:00', 25));
const tomorrow = shift('first', bilal.id, at('08:00', 26), at('20:00', 26));
const friday = shift('first', anna.id, at('08:00', 27), at('20:00', 27));
const over = shift('first', anna.id, at('08:00', 24), at('20:00', 24));
const directory = hospital({ organisation: organisation({ timeZone }) });

/** The server's own rules over one week in memory. */
function serverOf(shifts: Shift[]) {
  const server = {
    week: rotaWeek(departments.cardiology.id, shifts, '2026-W13'),
    isThere: true,
    request: (path: string, init: RequestInit = {}): Promise<Response> => {
      if (!server.isThere) return Promise.reject(new TypeError('no network'));
      const json = (status: number, body: unknown): Response =>
        new Response(JSON.stringify(body), { status, headers: { [serverHeader]: 'yes' } });
      if (path.endsWith('/edit')) {
        const { changes } = rotaEditSchema.parse(JSON.parse(init.body as string));
        const edited = editRotaWeek(server.week, changes, directory, now);
        if (!edited.ok) {
          const refusals = edited.error.map(({ row, fault }) => ({
            code: fault,
            path: `changes.${String(row)}`,
          }));
          const problem = { type: 'x', title: 'x', requestId: 'x', status: 409, code: 'refused', refusals };
          return Promise.resolve(json(409, problem));
        }
        server.week = edited.value.week;
      }
      return Promise.resolve(json(200, server.answer()));
    },
    answer: (): RotaWeekAnswer => ({ week: server.week, around: [], problems: [], mayEdit: true, asOf: now }),
  };
  return server;
}

describe('a week being edited', () => {
  let server: ReturnType<typeof serverOf>;
  let draft: RotaDraft;
  beforeEach(() => {
    server = serverOf([over, running, tomorrow, friday]);
    held.clear();
    draft = open();
  });
  const held = new Map<string, string>();
  /** As the page does, also when it is loaded again in the same tab. */
  const open = (build = '1'): RotaDraft =>
    new RotaDraft(server.answer(), {
      request: (path, init) => server.request(path, init),
      timeZone,
      now: () => now,
      directory: () => directory,
      keeping: {
        store: {
          getItem: (key) => held.get(key) ?? null,
          setItem: (key, value) => void held.set(key, value),
          removeItem: (key) => void held.delete(key),
        },
        key: 'week',
        build,
      },
    });
  const stored = (id: string): Shift | undefined => server.week.shifts.find((one) => one.id === id);
  const later = { ...tomorrow, endsAt: at('22:00', 26) };

  it('counts what differs and not how often it was touched; put back it is no change', () => {
    draft.put(later);
    draft.put({ ...later, endsAt: at('23:00', 26) });
    draft.remove(friday.id);
    expect(draft.changes.map(({ kind }) => kind)).toEqual(['changed', 'removed']);
    draft.put(tomorrow);
    expect(draft.changes.map(({ kind }) => kind)).toEqual(['removed']);
  });

  it('goes back step by step until it is saved, and then no further', async () => {
    draft.put(later);
    draft.remove(friday.id);
    draft.undo();
    expect(draft.shift(friday.id)).toEqual(friday);
    expect(await draft.save()).toBe(true);
    expect(stored(tomorrow.id)).toEqual(later);
    expect(draft.mayUndo).toBe(false);
    expect(draft.changes).toEqual([]);
    expect(draft.savedAt).toBe(now);
  });

  it('marks the gap and the overlap it makes before anything is saved', () => {
    draft.put({ ...friday, startsAt: at('12:00', 26), endsAt: at('23:00', 26) });
    expect(draft.problems.map(({ type }) => type)).toContain('overlap');
    expect(server.week.shifts).toHaveLength(4);
  });

  it('an impossible turn of one’s own is said at once', () => {
    draft.put({ ...friday, person: people.surgeon.id });
    expect(draft.impossible).toMatchObject([{ type: 'not-of-department', shift: friday.id }]);
  });

  it('without a network nothing is lost, and it is saved at the next try', async () => {
    server.isThere = false;
    draft.put(later);
    expect(await draft.save()).toBe(false);
    expect(draft.failure).toEqual({ type: 'no-answer' });
    expect(draft.changes).toHaveLength(1);
    server.isThere = true;
    expect(await draft.save()).toBe(true);
  });

  it('ADM-2 what met another’s change is put up for choice, the rest goes on', async () => {
    const theirs = { ...tomorrow, endsAt: at('21:00', 26) };
    server.week = { ...server.week, shifts: [over, running, theirs, friday] };
    draft.put(later);
    draft.remove(friday.id);
    expect(await draft.save()).toBe(false);
    expect(draft.meetings).toEqual([{ id: tomorrow.id, mine: later, theirs }]);
    expect(draft.shift(tomorrow.id)).toEqual(theirs);
    expect(draft.changes.map(({ kind }) => kind)).toEqual(['removed']);
  });

  it.each([
    ['theirs', at('21:00', 26)],
    ['mine', at('22:00', 26)],
  ] as const)('ADM-2 choosing %s saves that', async (which, endsAt) => {
    server.week = {
      ...server.week,
      shifts: [over, running, { ...tomorrow, endsAt: at('21:00', 26) }, friday],
    };
    draft.put(later);
    draft.remove(friday.id);
    await draft.save();
    for (const meeting of draft.meetings) draft.choose(meeting, which);
    expect(await draft.save()).toBe(true);
    expect(stored(tomorrow.id)?.endsAt).toBe(endsAt);
    expect(stored(friday.id)).toBeUndefined();
  });

  it('ADM-2 a turn that another took away meanwhile can be put back', async () => {
    server.week = { ...server.week, shifts: [over, running, friday] };
    draft.put(later);
    await draft.save();
    expect(draft.meetings).toEqual([{ id: tomorrow.id, mine: later, theirs: null }]);
    for (const meeting of draft.meetings) draft.choose(meeting, 'mine');
    expect(await draft.save()).toBe(true);
    expect(stored(tomorrow.id)).toEqual(later);
  });

  it('a refusal stands at its turn', async () => {
    draft.put({ ...running, endsAt: at('15:00', 25) });
    expect(await draft.save()).toBe(false);
    expect(draft.refusals.get(running.id)).toMatchObject([{ code: 'needs-cover' }]);
  });

  it('a running turn ends earlier when somebody takes the rest; one that is over is over', async () => {
    expect([draft.stateOf(over), draft.stateOf(running), draft.stateOf(friday)]).toEqual([
      'over',
      'running',
      'to-come',
    ]);
    const cover = {
      ...shift('first', bilal.id, at('15:00', 25), at('20:00', 25)),
      override: { askedBy: anna.id, agreedBy: bilal.id },
    };
    draft.put({ ...running, endsAt: at('15:00', 25) }, cover);
    expect(await draft.save()).toBe(true);
    expect(stored(running.id)?.endsAt).toBe(at('15:00', 25));
  });

  it('a pattern adds the days to come, once', () => {
    const pattern = {
      tier: 'second' as const,
      person: anna.id,
      start: '20:00',
      end: '08:00',
      days: [1, 2, 3, 4, 5],
    };
    expect(draft.addPattern(pattern)).toBe(3);
    expect(draft.addPattern(pattern)).toBe(0);
  });

  it('one line of the changes is taken back alone', () => {
    draft.put(later);
    draft.remove(friday.id);
    const [changed, removed] = draft.changes;
    if (changed === undefined || removed === undefined) throw new Error('no changes');
    draft.revert(removed);
    expect(draft.shift(friday.id)).toEqual(friday);
    draft.revert(changed);
    expect(draft.changes).toEqual([]);
  });

  it('DEP-5 what is not saved is there again after a reload, and only until it is saved or discarded', async () => {
    draft.put(later);
    draft.remove(friday.id);
    const again = open();
    expect(again.isBroughtBack).toBe(true);
    expect(again.changes).toEqual(draft.changes);
    expect(open('2').changes).toEqual([]);
    again.undo();
    expect(open().changes).toEqual(draft.changes);
    expect(await again.save()).toBe(true);
    expect(stored(later.id)).toMatchObject({ endsAt: later.endsAt });
    expect(open().isBroughtBack).toBe(false);
    draft.remove(running.id);
    draft.discard();
    expect(open().changes).toEqual([]);
  });

  it('DEP-5 what somebody changed meanwhile is put up for choice after a reload, however often', () => {
    draft.put(later);
    server.week = {
      ...server.week,
      shifts: server.week.shifts.map((one) =>
        one.id === tomorrow.id ? { ...one, endsAt: at('21:00', 26) } : one,
      ),
    };
    expect(open().meetings).toHaveLength(1);
    const again = open();
    expect(again.meetings.map(({ mine }) => mine?.endsAt)).toEqual([later.endsAt]);
    const [meeting] = again.meetings;
    if (meeting !== undefined) again.choose(meeting, 'mine');
    expect(open().changes.map(({ kind }) => kind)).toEqual(['changed']);
  });
});
