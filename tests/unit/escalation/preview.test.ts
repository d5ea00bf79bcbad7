import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Tier } from '#shared/directory/escalation-policy.ts';
import type { RotaWeek } from '#shared/directory/rota.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { playPolicy } from '#shared/escalation/preview.ts';
import { departmentId, departments, hospital, organisation, people, storyStart } from '#tests/builders.ts';
import { minute } from './consult-now.ts';

const shift = (tier: Tier, person: PersonId, from: number, until: number): RotaWeek['shifts'][number] => ({
  id: `${tier}-${from}`,
  tier,
  person,
  startsAt: minute(from),
  endsAt: minute(until),
  override: null,
});
const week = (department: RotaWeek['department'], shifts: RotaWeek['shifts']): RotaWeek => ({
  kind: 'rota-week',
  id: `rota:${department}:2026-W10`,
  department,
  week: '2026-W10',
  shifts,
});

/** Cardiology: the first tier changes after five minutes; Radiology's manager is on duty for the house. */
const tonight = (): Directory => {
  const held = new Map(hospital().departments);
  held.set(departments.cardiology.id, {
    ...departments.cardiology,
    head: people.head.id,
    policies: {
      emergency: defaultPolicy('emergency'),
      urgent: defaultPolicy('urgent'),
      routine: defaultPolicy('routine'),
    },
  });
  return hospital({
    departments: held,
    organisation: organisation({ dutyAdministration: departments.radiology.id }),
    rotaWeeks: [
      week(departments.cardiology.id, [
        shift('first', people.cardiologist.id, -600, 5),
        shift('first', people.cardiologist2.id, 5, 3000),
      ]),
      week(departments.radiology.id, [shift('first', people.manager.id, -600, 3000)]),
    ],
  });
};
const played = (over: Partial<Parameters<typeof playPolicy>[0]> = {}) =>
  playPolicy({
    department: departments.cardiology.id,
    urgency: 'emergency',
    directory: tonight(),
    from: storyStart,
    ...over,
  });

describe('DEP-7 playing a policy against the rota', () => {
  it('says who would be woken when, earliest first, resolved from the rota of that moment', () => {
    const calls = played({ minutes: 31 });
    expect(calls[0]).toMatchObject({
      afterMinutes: 3,
      unless: 'acknowledged',
      people: [{ person: people.cardiologist.id }],
    });
    expect(calls.find(({ afterMinutes }) => afterMinutes === 15)?.people).toEqual([
      { person: people.head.id, as: 'head' },
    ]);
    expect(calls.find(({ afterMinutes }) => afterMinutes === 30)?.people).toContainEqual({
      person: people.manager.id,
      as: 'duty-administrator',
    });
    expect(calls.map(({ at }) => at)).toEqual([...calls.map(({ at }) => at)].sort());
  });

  it('a step nobody stands behind shows who comes in for them', () => {
    const consultants = played().find(({ afterMinutes }) => afterMinutes === 10);
    // Nobody holds the consultant tier and no receiver is named: the head receives.
    expect(consultants?.people).toEqual([{ person: people.head.id, as: 'receiver' }]);
  });

  it('a policy that is not stored yet can be played', () => {
    const calls = played({
      policy: {
        steps: [
          {
            afterMinutes: 7,
            unless: 'completed',
            notify: [{ who: 'duty-administrator' }],
            repeatMinutes: 60,
            repeatTimes: null,
          },
        ],
      },
      minutes: 200,
    });
    const listed = calls.filter(({ step }) => step === 0);
    expect(listed.map(({ afterMinutes }) => afterMinutes)).toEqual([7, 67, 127, 187]);
    // The reminders at 75 % of each target ring too, whatever the policy lists.
    expect(calls.filter(({ step }) => step !== 0).map(({ afterMinutes }) => afterMinutes)).toEqual([
      7.5, 22.5, 45,
    ]);
  });

  it('a forgotten emergency of the default policy makes at most 40 calls in its first day and three in its second', () => {
    expect(played().length).toBeLessThanOrEqual(40);
    const second = played({ minutes: 2880 }).filter(({ at }) => at >= addMinutes(storyStart, 1440));
    expect(second).toHaveLength(3);
    expect(second.every(({ people: told }) => told[0]?.person === people.manager.id)).toBe(true);
  });

  it('a department nobody knows has nothing to play', () => {
    expect(played({ department: departmentId('nowhere') })).toEqual([]);
  });
});
