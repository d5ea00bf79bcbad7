import { describe, expect, it } from 'vitest';
import { notLoadedDirectory } from '#shared/directory/build-directory.ts';
import type { Person } from '#shared/directory/staff.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import {
  agedOut,
  inScope,
  scopeChangesAt,
  scopeEpochText,
  scopeKeysOfConsult,
  scopeKeysOfPerson,
  scopeOf,
} from '#shared/sync/scope.ts';
import {
  department,
  departments,
  directoryOf,
  grant,
  hospital,
  membership,
  people,
  person,
  storyStart,
} from '#tests/builders.ts';
import { consultNow } from '#tests/unit/escalation/consult-now.ts';

const keysOf = (who: Person, directory = hospital(), at = storyStart): string[] => {
  const scope = scopeOf(who, directory, at);
  if (!scope.ok) throw new Error(scope.error.type);
  return scopeKeysOfPerson(scope.value);
};
const holds = (who: Person, consult = consultNow(), directory = hospital()): boolean =>
  inScope(keysOf(who, directory), scopeKeysOfConsult(consult));

describe('scope', () => {
  it.each<[string, Person, boolean]>([
    ['requesting department', people.requesterColleague, true],
    ['requesting nurse', people.requestingNurse, true],
    ['receiving department', people.cardiologist, true],
    ['head of the department above', people.parentHead, true],
    ['a third department', people.radiologist, false],
    ['hospital-wide manager', people.manager, true],
    ['auditor, whose reading is online and recorded', people.auditor, false],
  ])('OFF-6 %s', (_title, who, expected) => {
    expect(holds(who)).toBe(expected);
  });

  it('OFF-6 an earlier receiving department keeps it, a joined one has it, and so does one it names', () => {
    expect(holds(people.surgeon)).toBe(false);
    expect(holds(people.surgeon, consultNow({ over: { earlierReceiving: [departments.surgery.id] } }))).toBe(
      true,
    );
    expect(holds(people.surgeon, consultNow({ over: { joinedDepartments: [departments.surgery.id] } }))).toBe(
      true,
    );
    expect(holds(people.radiologist, consultNow({ over: { involved: [people.radiologist.id] } }))).toBe(true);
  });

  it('heads have the departments below at any depth, members do not', () => {
    const grandchild = department('grandchild', { parent: departments.cardiology.id });
    const directory = directoryOf(Object.values(people), [...Object.values(departments), grandchild]);
    const consult = consultNow({ over: { receivingDepartment: grandchild.id } });
    expect(holds(people.parentHead, consult, directory)).toBe(true);
    expect(holds(people.head, consult, directory)).toBe(true);
    expect(holds(people.cardiologist, consult, directory)).toBe(false);
  });

  it('a delegated receiver has the department they receive for', () => {
    const delegated = { ...departments.cardiology, receiver: people.surgeon.id };
    const directory = directoryOf(Object.values(people), [...Object.values(departments), delegated]);
    expect(holds(people.surgeon, consultNow(), directory)).toBe(true);
  });

  it('memberships and grants count by the instant', () => {
    const visitor = person(
      'visitor',
      [membership(departments.surgery.id, 'doctor', { from: storyStart, until: addMinutes(storyStart, 10) })],
      {
        grants: [{ ...grant('manage-hospital-consults'), from: addMinutes(storyStart, 20), until: null }],
      },
    );
    const directory = directoryOf([visitor], Object.values(departments));
    const at = (minutes: number) => keysOf(visitor, directory, addMinutes(storyStart, minutes));
    expect(at(-1)).toEqual([`person:${visitor.id}`]);
    expect(at(0)).toEqual([`department:${departments.surgery.id}`, `person:${visitor.id}`]);
    expect(at(10)).toEqual([`person:${visitor.id}`]);
    expect(at(20)).toEqual(['all']);

    const steps = [storyStart, addMinutes(storyStart, 10), addMinutes(storyStart, 20)];
    expect(scopeChangesAt(visitor, directory, addMinutes(storyStart, -1))).toBe(steps[0]);
    expect(scopeChangesAt(visitor, directory, storyStart)).toBe(steps[1]);
    expect(scopeChangesAt(visitor, directory, addMinutes(storyStart, 10))).toBe(steps[2]);
    expect(scopeChangesAt(visitor, directory, addMinutes(storyStart, 20))).toBeNull();
  });

  it('FM-16 OFF-12 a directory that did not load, or does not know the person, is a failure and never an empty scope', () => {
    expect(scopeOf(people.requester, notLoadedDirectory, storyStart)).toEqual({
      ok: false,
      error: { type: 'directory-not-loaded' },
    });
    expect(scopeOf(people.requester, hospital({ organisation: null }), storyStart)).toEqual({
      ok: false,
      error: { type: 'directory-not-loaded' },
    });
    expect(scopeOf(person('stranger', []), hospital(), storyStart)).toEqual({
      ok: false,
      error: { type: 'unknown-person' },
    });
    const left = { ...people.surgeon, active: false };
    expect(scopeOf(left, directoryOf([left], []), storyStart)).toEqual({
      ok: false,
      error: { type: 'inactive-person' },
    });
  });

  it('the directory’s own record counts, not the copy handed in', () => {
    const forged = { ...people.radiologist, grants: [grant('manage-hospital-consults')] };
    expect(keysOf(forged)).toEqual(keysOf(people.radiologist));
  });

  it.each([
    ['open', { endedAt: null }, false],
    ['ended within the days', { endedAt: addMinutes(storyStart, -30 * 1440) }, false],
    ['ended before them', { endedAt: addMinutes(storyStart, -30 * 1440 - 1) }, true],
  ])('ages out by the server’s time: %s', (_title, over, expected) => {
    expect(agedOut(consultNow({ over }), storyStart, 30)).toBe(expected);
  });

  it('a consult whose follow-up runs does not age out', () => {
    const followUp = {
      plan: { kind: 'regular' as const, everyDays: 2 },
      since: storyStart,
      event: people.head.id as never,
    };
    const over = { endedAt: addMinutes(storyStart, -90 * 1440), followUp };
    expect(agedOut(consultNow({ over }), storyStart, 30)).toBe(false);
  });

  it('the epoch text is one for one scope and another for another', () => {
    expect(scopeEpochText(['b', 'a', 'a'], 30)).toBe(scopeEpochText(['a', 'b'], 30));
    expect(scopeEpochText(['a', 'b'], 30)).not.toBe(scopeEpochText(['a'], 30));
    expect(scopeEpochText(['a'], 30)).not.toBe(scopeEpochText(['a'], 31));
  });
});
