import { describe, expect, it } from 'vitest';
import type { Department } from '#shared/directory/department.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { EscalationRecipient } from '#shared/directory/escalation-policy.ts';
import { recipientsOf } from '#shared/escalation/recipients.ts';
import type { DueStep } from '#shared/escalation/due-steps.ts';
import {
  consultId,
  departments,
  directoryOf,
  eventId,
  membership,
  organisation,
  people,
  person,
} from '#tests/builders.ts';
import { rotaWeek, shift } from '#tests/unit/directory/rota-builders.ts';
import { consultNow, minute } from './consult-now.ts';

const administrator = person('administrator', [membership(departments.radiology.id, 'administrator')]);
const everyone = [...Object.values(people), administrator];
/** Nobody leads Cardiology, nor holds that role in it. */
const headless: Partial<Directory> = {
  people: new Map(everyone.filter((one) => one.id !== people.head.id).map((one) => [one.id, one])),
};

function directory(cardiology: Partial<Department> = {}, over: Partial<Directory> = {}): Directory {
  return directoryOf(
    everyone,
    [
      { ...departments.medicine, head: people.requestingHead.id },
      { ...departments.cardiology, head: people.head.id, receiver: people.receiver.id, ...cardiology },
      { ...departments.heartCentre, head: people.parentHead.id },
      departments.radiology,
    ],
    {
      rotaWeeks: [
        rotaWeek(departments.cardiology.id, [
          shift('first', people.cardiologist.id, minute(-60), minute(60)),
          shift('first', people.cardiologist2.id, minute(60), minute(600)),
        ]),
        rotaWeek(departments.radiology.id, [shift('first', people.manager.id, minute(-60), minute(600))]),
      ],
      organisation: organisation({ dutyAdministration: departments.radiology.id }),
      ...over,
    },
  );
}

const due = (notify: EscalationRecipient[], side: DueStep['side'] = 'receiving'): DueStep => ({
  claimId: 'claim',
  consult: consultId('one'),
  clock: eventId('snapshot'),
  step: 0,
  repeat: 0,
  unless: 'acknowledged',
  notify,
  side,
  dueAt: minute(0),
});

describe('recipients', () => {
  it.each<[string, EscalationRecipient, DueStep['side'], string]>([
    ['the assignee', { who: 'assignee' }, 'receiving', people.cardiologist2.id],
    ['the requester on the requesting side', { who: 'assignee' }, 'requesting', people.requester.id],
    ['the tier on call', { who: 'on-call', tier: 'first' }, 'receiving', people.cardiologist.id],
    ['the delegated receiver', { who: 'receiver' }, 'receiving', people.receiver.id],
    ['the head', { who: 'head' }, 'receiving', people.head.id],
    ['the requesting head', { who: 'head' }, 'requesting', people.requestingHead.id],
    ['the head above', { who: 'parent-head' }, 'receiving', people.parentHead.id],
    ['the duty administrator', { who: 'duty-administrator' }, 'receiving', people.manager.id],
    ['a named person', { who: 'named', person: people.surgeon.id }, 'receiving', people.surgeon.id],
  ])('%s', (_title, recipient, side, expected) => {
    const consult = consultNow({ over: { assignee: people.cardiologist2.id } });
    expect(
      recipientsOf(due([recipient], side), consult, directory(), minute(5)).map((one) => one.person),
    ).toEqual([expected]);
  });

  it('FM-44 are resolved at the moment the step fires', () => {
    const onCall = due([{ who: 'on-call', tier: 'first' }]);
    expect(recipientsOf(onCall, consultNow(), directory(), minute(59))[0]!.person).toBe(
      people.cardiologist.id,
    );
    expect(recipientsOf(onCall, consultNow(), directory(), minute(60))[0]!.person).toBe(
      people.cardiologist2.id,
    );
  });

  it('are named once, in the first capacity', () => {
    const step = due([{ who: 'assignee' }, { who: 'on-call', tier: 'first' }]);
    const consult = consultNow({ over: { assignee: people.cardiologist.id } });
    expect(recipientsOf(step, consult, directory(), minute(5))).toEqual([
      { person: people.cardiologist.id, as: 'assignee' },
    ]);
  });

  const nobodyOnCall = due([{ who: 'on-call', tier: 'second' }]);
  it.each<[string, Directory, string, string]>([
    ['head', directory(), people.head.id, 'head'],
    ['parent head', directory({}, headless), people.parentHead.id, 'parent-head'],
    ['duty administrator', directory({ parent: null }, headless), people.manager.id, 'duty-administrator'],
    [
      'any administrator',
      directory({ parent: null }, { ...headless, rotaWeeks: [] }),
      administrator.id,
      'administrator',
    ],
  ])('#45 nobody on call: %s', (_title, given, expected, as) => {
    const found = recipientsOf(nobodyOnCall, consultNow(), given, minute(5));
    expect(found).toContainEqual({ person: expected, as });
  });

  it('#45 one who left is not told; somebody is', () => {
    const given = directory();
    const people2 = new Map(given.people);
    people2.set(people.cardiologist.id, { ...people.cardiologist, active: false });
    const found = recipientsOf(
      due([{ who: 'assignee' }]),
      consultNow({ over: { assignee: people.cardiologist.id } }),
      { ...given, people: people2 },
      minute(5),
    );
    expect(found).toEqual([{ person: people.head.id, as: 'head' }]);
  });
});
