import { describe, expect, it } from 'vitest';
import { urgencies, type Urgency } from '#shared/consult/vocabulary.ts';
import { assign, type AssignmentInput } from '#shared/directory/assignment.ts';
import type { AssignmentMode, Department } from '#shared/directory/department.ts';
import type { RotaWeek } from '#shared/directory/rota.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import {
  department,
  directoryOf,
  membership,
  organisation,
  people,
  person,
  storyStart,
} from '#tests/builders.ts';
import { rotaWeek, shift } from './rota-builders.ts';

const home = department('home');
const designations = [
  { code: 'house-officer', name: 'House Officer', rank: 1, clinical: true },
  { code: 'registrar', name: 'Registrar', rank: 8, clinical: true },
  { code: 'professor', name: 'Professor', rank: 12, clinical: true },
  { code: 'ward-clerk', name: 'Ward Clerk', rank: null, clinical: false },
];
const junior = person('junior', [membership(home.id, 'doctor')], { designation: 'house-officer' });
const middle = person('middle', [membership(home.id, 'doctor')]);
const senior = person('senior', [membership(home.id, 'doctor')], { designation: 'professor' });
const clerk = person('clerk', [membership(home.id, 'clerk')], { designation: 'ward-clerk' });
const gone = person('gone', [membership(home.id, 'doctor')], { active: false });
const moved = person('moved', [membership(home.id, 'doctor', { until: storyStart })]);
const head = person('the head', [membership(home.id, 'head')], { designation: 'professor' });
const delegate = person('delegate', [membership(home.id, 'receiver')]);
const doctors = [junior, middle, senior];
const byId = [...doctors].sort((a, b) => (a.id < b.id ? -1 : 1)).map((one) => one.id);

const rota = (...onFirst: (typeof junior)[]): RotaWeek[] => [
  rotaWeek(
    home.id,
    onFirst.map((one) => shift('first', one.id, addMinutes(storyStart, -60), addMinutes(storyStart, 60))),
  ),
];

function input(
  mode: AssignmentMode,
  urgency: Urgency,
  over: Partial<AssignmentInput> & { home?: Partial<Department>; rotaWeeks?: RotaWeek[] } = {},
): AssignmentInput {
  const { home: changes = {}, rotaWeeks = [], ...rest } = over;
  const own = {
    ...home,
    head: head.id,
    assignment: { emergency: mode, urgent: mode, routine: mode },
    ...changes,
  };
  return {
    department: home.id,
    urgency,
    requester: people.requester.id,
    preferredDoctor: null,
    directory: directoryOf([...doctors, clerk, gone, moved, head, delegate, people.requester], [own], {
      rotaWeeks,
      organisation: organisation({ designations }),
    }),
    openConsults: new Map(),
    at: storyStart,
    lastRoundRobin: null,
    ...rest,
  };
}

describe('assignment', () => {
  it('DEP-3 manual leaves it in the pool, but an emergency always has someone', () => {
    expect(assign(input({ mode: 'manual' }, 'urgent'))).toBeNull();
    expect(assign(input({ mode: 'manual' }, 'routine', { rotaWeeks: rota(junior) }))).toBeNull();
    const emergency = (over: Parameters<typeof input>[2]) =>
      assign(input({ mode: 'manual' }, 'emergency', over));
    expect(emergency({ rotaWeeks: rota(junior), home: { receiver: delegate.id } })).toEqual({
      to: junior.id,
      rule: 'on-call',
    });
    expect(emergency({ home: { receiver: delegate.id } })).toEqual({ to: delegate.id, rule: 'receiver' });
    expect(emergency({})).toEqual({ to: head.id, rule: 'head' });
  });

  it('DEP-3 an emergency that the head alone could have, and asks, goes to the most senior doctor', () => {
    for (const mode of ['manual', 'on-call'] as const)
      expect(assign(input({ mode }, 'emergency', { requester: head.id }))).toEqual({
        to: senior.id,
        rule: 'seniority',
      });
    expect(assign(input({ mode: 'manual' }, 'urgent', { requester: head.id }))).toBeNull();
  });

  it('DEP-3 an emergency in a department without rota, receiver and head goes to a doctor, with or without a rank', () => {
    const visiting = { code: 'visiting', name: 'Visiting', rank: null, clinical: true };
    const unranked = person('unranked', [membership(home.id, 'doctor')], { designation: visiting.code });
    const there = (...who: (typeof junior)[]) =>
      directoryOf([...who, clerk], [{ ...home, head: null, receiver: null }], {
        organisation: organisation({ designations: [...designations, visiting] }),
      });
    const toWhom = (directory: AssignmentInput['directory'], urgency: Urgency = 'emergency') =>
      assign(input({ mode: 'manual' }, urgency, { directory }))?.to;
    expect(toWhom(there(junior, senior, unranked))).toBe(senior.id);
    expect(toWhom(there(unranked))).toBe(unranked.id);
    expect(toWhom(there(senior), 'urgent')).toBeUndefined();
    expect(toWhom(there())).toBeUndefined();
  });

  it.each<AssignmentMode>([
    { mode: 'manual' },
    { mode: 'on-call' },
    { mode: 'named', person: gone.id },
    { mode: 'named', person: moved.id },
  ])('DEP-3 an emergency that $mode finds nobody for goes to the head', (mode) => {
    expect(assign(input(mode, 'emergency'))).toEqual({ to: head.id, rule: 'head' });
    expect(assign(input(mode, 'routine'))).toBeNull();
  });

  it('DEP-3 on-call takes the first tier, else the next one up', () => {
    expect(assign(input({ mode: 'on-call' }, 'urgent', { rotaWeeks: rota(middle) }))).toEqual({
      to: middle.id,
      rule: 'on-call',
    });
    const second = [rotaWeek(home.id, [shift('second', senior.id, storyStart, addMinutes(storyStart, 60))])];
    expect(assign(input({ mode: 'on-call' }, 'urgent', { rotaWeeks: second }))).toEqual({
      to: senior.id,
      rule: 'on-call',
    });
  });

  it('DEP-3 round robin goes through the doctors and begins again', () => {
    const turns: (string | undefined)[] = [];
    let last: AssignmentInput['lastRoundRobin'] = null;
    for (let turn = 0; turn < 4; turn++) {
      last = assign(input({ mode: 'round-robin' }, 'routine', { lastRoundRobin: last }))?.to ?? null;
      turns.push(last ?? undefined);
    }
    expect(turns).toEqual([...byId, byId[0]]);
  });

  it('DEP-3 least loaded; the junior of two with the same load', () => {
    const loads = new Map([
      [junior.id, 3],
      [middle.id, 1],
      [senior.id, 1],
    ]);
    expect(assign(input({ mode: 'least-loaded' }, 'urgent', { openConsults: loads }))?.to).toBe(middle.id);
    expect(assign(input({ mode: 'least-loaded' }, 'urgent'))?.to).toBe(junior.id);
  });

  it.each<[Urgency, string]>([
    ['routine', junior.id],
    ['urgent', senior.id],
    ['emergency', senior.id],
  ])('DEP-3 seniority: %s', (urgency, expected) => {
    expect(assign(input({ mode: 'seniority' }, urgency))).toEqual({ to: expected, rule: 'seniority' });
  });

  it.each(urgencies)('never the requester: %s', (urgency) => {
    const over = { requester: senior.id, rotaWeeks: rota(senior) };
    for (const mode of ['on-call', 'round-robin', 'least-loaded', 'seniority', 'manual'] as const) {
      expect(assign(input({ mode }, urgency, over))?.to).not.toBe(senior.id);
    }
    expect(assign(input({ mode: 'named', person: senior.id }, urgency, over))?.to).not.toBe(senior.id);
  });

  it('a doctor asked for by name comes first; for anything pressing only while on call', () => {
    const wish = { preferredDoctor: senior.id };
    expect(assign(input({ mode: 'least-loaded' }, 'routine', wish))).toEqual({
      to: senior.id,
      rule: 'preferred',
    });
    expect(assign(input({ mode: 'on-call' }, 'emergency', { ...wish, rotaWeeks: rota(junior) }))?.to).toBe(
      junior.id,
    );
    expect(assign(input({ mode: 'on-call' }, 'emergency', { ...wish, rotaWeeks: rota(senior) }))).toEqual({
      to: senior.id,
      rule: 'preferred',
    });
    expect(assign(input({ mode: 'manual' }, 'routine', wish))).toBeNull();
  });

  it('wishes for one who left, moved or is no doctor are passed over', () => {
    for (const preferredDoctor of [gone.id, moved.id, clerk.id]) {
      expect(assign(input({ mode: 'least-loaded' }, 'routine', { preferredDoctor }))?.rule).toBe(
        'least-loaded',
      );
    }
  });
});
