import { describe, expect, it } from 'vitest';
import { planAlerts, alertOf } from '#shared/alert/plan.ts';
import { standDown } from '#shared/alert/stand-down.ts';
import { addFact } from '#shared/alert/receipts.ts';
import { alertSchema } from '#shared/alert/alert.ts';
import { authoredConsultTypes, systemConsultTypes } from '#shared/consult/events.ts';
import { syntheticStep } from '#shared/escalation/claim.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { departments, directoryOf, eventId, people, story, storyStart, type Story } from '#tests/builders.ts';
import { rotaWeek, shift } from '#tests/unit/directory/rota-builders.ts';

const directory: Directory = directoryOf(
  Object.values(people),
  [
    departments.medicine,
    { ...departments.cardiology, head: people.head.id, receiver: people.receiver.id },
    { ...departments.surgery, receiver: people.surgicalReceiver.id },
    departments.heartCentre,
    departments.radiology,
  ],
  {
    rotaWeeks: [
      rotaWeek(departments.cardiology.id, [
        shift('first', people.cardiologist.id, addMinutes(storyStart, -600), addMinutes(storyStart, 6000)),
      ]),
    ],
  },
);
const names = new Map(Object.entries(people).map(([name, { id }]) => [id, name]));

/** Alerts planned for what the story's last act and its system events did, as "name: about". */
function told(
  tale: Story,
  isNew = (event: HeldEvent): boolean => event.id.startsWith(tale.last.id),
): string[] {
  const consult = projectConsult(tale.events)!;
  const newEvents = tale.events.filter(isNew);
  return planAlerts({ consult, newEvents, directory, at: storyStart })
    .map(({ recipient, about }) => `${names.get(recipient) ?? recipient}: ${about}`)
    .sort();
}
const submitted = () => story().submitted();
const taken = () => submitted().act('acknowledged', { promiseMinutes: 15, assignSelf: true });
const answered = () => taken().act('completed');

/** A step of a policy that begins before the target (0) and at it (1). */
function escalatedTo(tale: Story, step: number, as: 'assignee' | 'head'): Story {
  const snapshot = tale.events.find((event) => event.type === 'clock-snapshot')!;
  // The second stands at every target there is, or beyond.
  const steps = [5, 2000].map((afterMinutes) => ({
    afterMinutes,
    unless: 'acknowledged',
    notify: [{ who: 'head' }],
    repeatMinutes: null,
    repeatTimes: null,
  }));
  Object.assign(snapshot.body, { policy: { steps } });
  return tale.system('escalated', {
    clock: snapshot.id,
    step,
    repeat: 0,
    unless: 'acknowledged',
    notified: [{ person: as === 'head' ? people.head.id : people.cardiologist.id, as }],
  });
}

describe('who is told what', () => {
  it.each<[string, () => Story, string[]]>([
    [
      'a new consult: on call and receiver',
      submitted,
      ['cardiologist: new-consult', 'receiver: new-consult'],
    ],
    [
      'one assigned by the department’s rule: that doctor hears it once',
      () =>
        submitted().system('auto-assigned', {
          of: submitted().last.id,
          to: people.cardiologist.id,
          rule: 'on-call',
        }),
      ['cardiologist: assigned', 'receiver: new-consult'],
    ],
    ['acknowledged', () => submitted().act('acknowledged'), ['requester: acknowledged']],
    [
      'taken from the one a machine chose',
      () =>
        submitted()
          .system('auto-assigned', { of: submitted().last.id, to: people.cardiologist2.id, rule: 'on-call' })
          .act('acknowledged', { promiseMinutes: 5, assignSelf: true }),
      ['cardiologist2: reassigned-away', 'requester: acknowledged'],
    ],
    [
      'assigned',
      () =>
        submitted().act(
          'assigned',
          { to: people.cardiologist2.id, acknowledges: false },
          { by: people.receiver },
        ),
      ['cardiologist2: assigned'],
    ],
    [
      'reassigned, both',
      () => taken().act('reassigned', { to: people.cardiologist2.id, reason: '' }, { by: people.head }),
      ['cardiologist2: reassigned', 'cardiologist: reassigned-away'],
    ],
    [
      'unassigned, back to the pool',
      () => taken().act('unassigned', { reason: 'x' }, { by: people.head }),
      ['cardiologist: reassigned-away', 'receiver: new-consult'],
    ],
    ['seen at once', () => submitted().act('seen'), ['requester: acknowledged']],
    ['seen after being acknowledged', () => taken().act('seen'), []],
    ['a note of the receiving side', () => taken().act('note-added'), ['requester: note']],
    [
      'a message of the requesting side',
      () => taken().act('message-posted', { text: 'x' }, { by: people.requester }),
      ['cardiologist: message'],
    ],
    [
      'a message before anyone has it',
      () => submitted().act('message-posted', { text: 'x' }, { by: people.requester }),
      ['cardiologist: message', 'receiver: message'],
    ],
    [
      'a colleague’s note: requester and assignee',
      () => taken().act('note-added', undefined, { by: people.requesterColleague }),
      ['cardiologist: note', 'requester: note'],
    ],
    ['information asked', () => taken().act('info-requested'), ['requester: info-requested']],
    [
      'information given',
      () => taken().act('info-requested').act('info-provided'),
      ['cardiologist: info-provided'],
    ],
    [
      'redirected',
      () => taken().act('redirected', undefined, { by: people.receiver }),
      ['cardiologist: redirected', 'requester: redirected', 'surgicalReceiver: new-consult'],
    ],
    [
      'declined',
      () => submitted().act('declined', undefined, { by: people.receiver }),
      ['requester: declined'],
    ],
    [
      'resubmitted',
      () => submitted().act('declined', undefined, { by: people.receiver }).act('resubmitted'),
      ['cardiologist: new-consult', 'receiver: new-consult'],
    ],
    ['completed', answered, ['requester: completed']],
    ['closed', () => answered().act('closed'), ['cardiologist: closed']],
    [
      'reopened',
      () => answered().act('closed').act('reopened'),
      ['cardiologist: reopened', 'receiver: reopened'],
    ],
    ['cancelled: the one walking there', () => taken().act('cancelled'), ['cardiologist: cancelled']],
    [
      'cancelled by a colleague',
      () => taken().act('cancelled', undefined, { by: people.requesterColleague }),
      ['cardiologist: cancelled', 'requester: cancelled'],
    ],
    [
      'force-closed',
      () => taken().act('force-closed', undefined, { by: people.manager }),
      ['cardiologist: closed', 'requester: closed'],
    ],
    [
      'more urgent',
      () => taken().act('urgency-changed', { to: 'emergency', reason: 'x' }),
      ['cardiologist: new-consult'],
    ],
    ['less urgent', () => taken().act('urgency-changed', { to: 'routine', reason: 'x' }), []],
    [
      'advice declined',
      () => answered().act('recommendation-marked', { recommendation: 'r1', as: 'declined', reason: 'x' }),
      ['cardiologist: note'],
    ],
    ['advice accepted', () => answered().act('recommendation-marked'), []],
    ['opened', () => submitted().act('opened'), []],
    ['rang', () => submitted().act('rang'), []],
  ])('ALE-1 %s', (_title, tale, expected) => {
    expect(told(tale())).toEqual(expected);
  });

  it.each<[string, () => Story, string, string[]]>([
    [
      'due soon: the assignee, before the target',
      () => escalatedTo(taken(), 0, 'assignee'),
      'escalated',
      ['cardiologist: due-soon'],
    ],
    [
      'breached: the assignee, at the target',
      () => escalatedTo(taken(), 1, 'assignee'),
      'escalated',
      ['cardiologist: breached'],
    ],
    [
      'escalated: whoever stands above',
      () => escalatedTo(taken(), 1, 'head'),
      'escalated',
      ['head: escalated'],
    ],
    [
      'the reminder at 75 %: whoever has it',
      () => escalatedTo(taken(), syntheticStep.dueSoonSeen, 'assignee'),
      'escalated',
      ['cardiologist: due-soon'],
    ],
    [
      'the reminder at 75 %: whoever hears it instead, for it is due soon to them as well',
      () => escalatedTo(taken(), syntheticStep.dueSoonSeen, 'head'),
      'escalated',
      ['head: due-soon'],
    ],
    [
      'a stand-in is named: nobody, the alert they stand in for is theirs already',
      () => escalatedTo(taken(), syntheticStep.standIn, 'head'),
      'escalated',
      [],
    ],
    [
      'follow-up due: whoever answered',
      () => {
        const tale = answered();
        return tale.system('follow-up-due', { of: tale.last.id, dueAt: storyStart });
      },
      'follow-up-due',
      ['cardiologist: follow-up-due'],
    ],
    [
      'offered at hand-over: the incoming doctor',
      () =>
        taken().system('hand-over-offered', {
          to: people.cardiologist2.id,
          until: addMinutes(storyStart, 30),
        }),
      'hand-over-offered',
      ['cardiologist2: hand-over'],
    ],
  ])('ALE-1 what the server itself says, %s', (_title, made, type, expected) => {
    const tale = made();
    expect(told(tale, (event) => event.type === type)).toEqual(expected);
  });

  it('ALE-1 no type of event is left without a rule', () => {
    const tale = taken();
    const consult = projectConsult(tale.events)!;
    const [entry] = consult.timeline;
    for (const type of [...authoredConsultTypes, ...systemConsultTypes]) {
      const event = { ...entry!.event, type };
      const asked = { ...consult, timeline: [{ ...entry!, event }] };
      expect(
        () => planAlerts({ consult: asked, newEvents: [event], directory, at: storyStart }),
        type,
      ).not.toThrow();
    }
  });

  it('#15 an event of a newer build alerts nobody', () => {
    const tale = submitted();
    tale.raw({ ...tale.last, id: eventId('newer'), type: 'toString', n: 9, body: {} });
    expect(told(tale)).toEqual([]);
  });

  it('escalated people are told in the capacity of the step', () => {
    const tale = submitted();
    const snapshot = tale.events.find((event) => event.type === 'clock-snapshot')!;
    tale.system('escalated', {
      clock: snapshot.id,
      step: 0,
      repeat: 0,
      unless: 'acknowledged',
      notified: [
        { person: people.cardiologist.id, as: 'on-call first' },
        { person: people.head.id, as: 'head' },
      ],
    });
    expect(told(tale)).toContain('head: escalated');
    expect(told(tale)).toContain('cardiologist: due-soon');
  });

  it('CON-20 two acknowledge at once: the second is told who has it', () => {
    const tale = taken().act(
      'acknowledged',
      { promiseMinutes: 5, assignSelf: true },
      { by: people.cardiologist2, base: 3, lamport: 2 },
    );
    expect(told(tale)).toEqual(['cardiologist2: reassigned-away']);
  });

  it('CON-18 taken after the cancel: both are told', () => {
    const tale = submitted()
      .act('cancelled')
      .act('acknowledged', { promiseMinutes: 5, assignSelf: true }, { base: 3, lamport: 2 });
    expect(told(tale)).toEqual(['cardiologist: cancelled', 'requester: acknowledged']);
  });

  it('#45 a department with nobody on call and no receiver still tells somebody', () => {
    const tale = story().submitted({ receivingDepartment: departments.radiology.id });
    expect(told(tale).length).toBeGreaterThan(0);
  });

  it('an alert is a document the schema takes, and planning again gives the same ids', () => {
    const tale = submitted();
    const plan = () =>
      planAlerts({
        consult: projectConsult(tale.events)!,
        newEvents: tale.events,
        directory,
        at: storyStart,
      });
    for (const planned of plan())
      expect(alertSchema.safeParse(alertOf(planned, storyStart)).error).toBeUndefined();
    expect(plan()).toEqual(plan());
    expect(plan()[0]!.id).toBe(`${tale.id}:${tale.last.id}:${people.cardiologist.id}`);
  });
});

describe('stand-down', () => {
  /** Alerts planned along the story, then what the last act stands down, as "name: about". */
  function stoodDown(tale: Story): string[] {
    const consult = projectConsult(tale.events)!;
    const alerts = planAlerts({ consult, newEvents: tale.events, directory, at: storyStart }).map((planned) =>
      alertOf(planned, storyStart),
    );
    const newEvents = tale.events.filter((event) => event.id.startsWith(tale.last.id));
    const ids = standDown({ consult, newEvents, alerts });
    return alerts
      .filter((alert) => ids.includes(alert.id))
      .map(({ recipient, about }) => `${names.get(recipient) ?? ''}: ${about}`)
      .sort();
  }

  it.each<[string, () => Story, string[]]>([
    ['taken', taken, ['cardiologist: new-consult', 'receiver: new-consult']],
    ['cancelled', () => submitted().act('cancelled'), ['cardiologist: new-consult', 'receiver: new-consult']],
    [
      'information given',
      () => taken().act('info-requested').act('info-provided'),
      ['requester: info-requested'],
    ],
    [
      'handed to another',
      () =>
        submitted()
          .act('assigned', { to: people.cardiologist2.id, acknowledges: false }, { by: people.receiver })
          .act('reassigned', { to: people.cardiologist.id, reason: '' }, { by: people.receiver }),
      ['cardiologist2: assigned'],
    ],
    ['a note changes nothing', () => submitted().act('note-added'), []],
  ])('ALE-8 %s', (_title, tale, expected) => {
    expect(stoodDown(tale())).toEqual(expected);
  });

  it('an act without effect stands nobody down', () => {
    const tale = submitted().act('cancelled').act('reopened');
    expect(stoodDown(tale)).toEqual([]);
  });

  it('is said once', () => {
    const tale = taken();
    const consult = projectConsult(tale.events)!;
    const alerts = planAlerts({ consult, newEvents: tale.events, directory, at: storyStart })
      .map((planned) => alertOf(planned, storyStart))
      .map((alert) =>
        addFact(alert, {
          fact: 'stood-down',
          channel: null,
          device: null,
          attempt: 0,
          outcome: null,
          at: storyStart,
        }),
      );
    expect(standDown({ consult, newEvents: [tale.last], alerts })).toEqual([]);
  });
});
