import { describe, expect, it } from 'vitest';
import type { Consult, TimelineEntry } from '#shared/consult/consult.ts';
import type { EscalationPolicy, EscalationStep } from '#shared/directory/escalation-policy.ts';
import { escalatedEventId, syntheticStep } from '#shared/escalation/claim.ts';
import { isDueSoonStep } from '#shared/escalation/due-soon-steps.ts';
import {
  dueSteps as allDueSteps,
  nextStepAt,
  type DueStep,
  type EscalationInput,
} from '#shared/escalation/due-steps.ts';
import { eventIdSchema } from '#shared/lib/id.ts';
import { authored, consultId, eventId, people, stamped } from '#tests/builders.ts';
import { consultNow, minute } from './consult-now.ts';

const step = (afterMinutes: number, over: Partial<EscalationStep> = {}): EscalationStep => ({
  afterMinutes,
  unless: 'acknowledged',
  notify: [{ who: 'head' }],
  repeatMinutes: null,
  repeatTimes: null,
  ...over,
});
const duty = (afterMinutes: number, over: Partial<EscalationStep> = {}): EscalationStep =>
  step(afterMinutes, {
    unless: 'completed',
    notify: [{ who: 'duty-administrator' }],
    repeatMinutes: 10,
    ...over,
  });
const policy = (...steps: EscalationStep[]): EscalationPolicy => ({ steps });

/** Without the reminders at 75 %: see due-soon.test.ts. */
const dueSteps = (input: EscalationInput): DueStep[] =>
  allDueSteps(input).filter((due) => !isDueSoonStep(due.step));

/** Plays the scan minute by minute, firing all that is due; answers with what was fired when. */
function play(consultAt: (minute: number) => Consult, minutes: number, scanEvery = 1): string[] {
  const fired = new Set<string>();
  const story: string[] = [];
  for (let now = 0; now <= minutes; now += scanEvery) {
    for (const due of dueSteps({ consult: consultAt(now), fired, now: minute(now) })) {
      expect(fired.has(due.claimId)).toBe(false);
      fired.add(due.claimId);
      story.push(`${now}: ${due.step}/${due.repeat}`);
    }
  }
  return story;
}

describe('due steps', () => {
  it('ALE-6 an emergency nobody acknowledges climbs from the one on call to the duty administrator', () => {
    const consult = consultNow();
    const fired = new Set<string>();
    const told: string[] = [];
    for (let now = 0; now <= 30; now++) {
      for (const due of dueSteps({ consult, fired, now: minute(now) })) {
        fired.add(due.claimId);
        if (due.unless !== 'acknowledged') continue;
        told.push(`${now} ${due.notify.map((one) => ('tier' in one ? one.tier : one.who)).join('+')}`);
      }
    }
    expect(told).toEqual([
      '3 assignee+first',
      '6 assignee+second',
      '10 consultant+receiver',
      '15 head',
      '20 parent-head',
      '30 duty-administrator',
    ]);
  });

  it('counts from the clock start and names the claim by consult, snapshot, step and repeat', () => {
    const consult = consultNow({ policy: policy(step(5), duty(60)) });
    expect(dueSteps({ consult, fired: new Set(), now: minute(4) })).toEqual([]);
    expect(dueSteps({ consult, fired: new Set(), now: minute(5) })).toEqual([
      {
        claimId: `${consultId('one')}:${eventId('snapshot')}:0:0`,
        consult: consultId('one'),
        clock: eventId('snapshot'),
        step: 0,
        repeat: 0,
        unless: 'acknowledged',
        notify: [{ who: 'head' }],
        side: 'receiving',
        dueAt: minute(5),
      },
    ]);
  });

  it('gives every claim an event id the vocabulary takes', () => {
    const anchored = consultNow({
      over: {
        snapshot: { ...consultNow().snapshot!, event: eventIdSchema.parse(`${eventId('x')}:clock-snapshot`) },
      },
    });
    const [due] = dueSteps({ consult: anchored, fired: new Set(), now: minute(3) });
    expect(eventIdSchema.safeParse(escalatedEventId(due!.claimId)).success).toBe(true);
  });

  it('a step that was fired never returns, nor does it after its condition is met', () => {
    const consult = consultNow({ policy: policy(step(5), duty(60)) });
    const claimId = dueSteps({ consult, fired: new Set(), now: minute(5) })[0]!.claimId;
    expect(dueSteps({ consult, fired: new Set([claimId]), now: minute(40) })).toEqual([]);
    const met = consultNow({ policy: policy(step(5), duty(60)), stopped: { acknowledged: 4 } });
    expect(dueSteps({ consult: met, fired: new Set(), now: minute(40) })).toEqual([]);
  });

  it.each(['completed', 'closed', 'cancelled'] as const)(
    'nothing fires and nothing is stored as due once %s',
    (status) => {
      const consult = consultNow({ over: { status } });
      expect(dueSteps({ consult, fired: new Set(), now: minute(10_000) })).toEqual([]);
      expect(nextStepAt({ consult, fired: new Set(), now: minute(0) })).toBeNull();
    },
  );

  it('nothing is due before the server has taken the consult', () => {
    const consult = consultNow({ over: { snapshot: null, clocks: null } });
    expect(nextStepAt({ consult, fired: new Set(), now: minute(99) })).toBeNull();
  });

  it('a new snapshot makes all steps new', () => {
    const before = consultNow({ policy: policy(step(5), duty(60)) });
    const fired = new Set(
      dueSteps({ consult: before, fired: new Set(), now: minute(5) }).map((due) => due.claimId),
    );
    const after = consultNow({
      policy: policy(step(5), duty(60)),
      over: { snapshot: { ...before.snapshot!, event: eventId('snapshot 2') } },
    });
    expect(dueSteps({ consult: after, fired, now: minute(6) }).map((due) => due.step)).toEqual([0]);
  });

  it('repeats until met, as often as allowed', () => {
    const consult = consultNow({ policy: policy(step(5, { repeatMinutes: 5, repeatTimes: 2 }), duty(1000)) });
    expect(play(() => consult, 40)).toEqual(['5: 0/0', '10: 0/1', '15: 0/2']);
  });

  it('#43 after an outage the latest repeat fires once, not a burst of old ones', () => {
    const consult = consultNow({ policy: policy(duty(10)) });
    expect(play(() => consult, 100, 47)).toEqual(['47: 0/3', '94: 0/8']);
  });

  it('#43 after an outage nobody is passed over, and nobody is told by two levels', () => {
    const consult = consultNow({
      policy: policy(
        step(2, { notify: [{ who: 'assignee' }] }),
        step(4, { notify: [{ who: 'receiver' }] }),
        step(6, { notify: [{ who: 'assignee' }, { who: 'head' }] }),
        duty(1000),
      ),
    });
    const due = dueSteps({ consult, fired: new Set(), now: minute(50) });
    expect(due.map((one) => one.step)).toEqual([1, 2]);
    const fired = new Set(due.map((one) => one.claimId));
    expect(dueSteps({ consult, fired, now: minute(51) })).toEqual([]);
  });

  it('a repeat is not silenced by a later step that fired before it', () => {
    const consult = consultNow({
      policy: policy(
        step(5, { repeatMinutes: 5 }),
        step(7, { notify: [{ who: 'head' }, { who: 'receiver' }] }),
        duty(1000),
      ),
    });
    expect(play(() => consult, 20)).toEqual(['5: 0/0', '7: 1/0', '10: 0/1', '15: 0/2', '20: 0/3']);
  });

  it('one person is not told twice in one minute by two clocks', () => {
    const consult = consultNow({ policy: policy(duty(10, { unless: 'acknowledged' }), duty(10)) });
    const due = dueSteps({ consult, fired: new Set(), now: minute(10) });
    expect(due.map((one) => one.step)).toEqual([1]);
    expect(nextStepAt({ consult, fired: new Set(due.map((one) => one.claimId)), now: minute(10) })).toBe(
      minute(20),
    );
  });
});

describe('pauses', () => {
  const wait = { event: eventId('asked'), since: minute(10), dueAt: minute(20) };
  const paced = policy(step(25, { unless: 'seen' }), step(26), duty(500));

  it('CON-5 a wait for information moves the steps of the clocks it pauses, and no other', () => {
    const consult = consultNow({ policy: paced, pausedMinutes: 10 });
    expect(play(() => consult, 60)).toEqual(['26: 1/0', '35: 0/0']);
  });

  it('no paused step fires while the wait lasts, though it was due before', () => {
    const consult = consultNow({
      policy: policy(step(8, { unless: 'seen' }), duty(500)),
      pausedMinutes: 10,
      paused: true,
      over: { status: 'info-requested', infoWait: wait },
    });
    const policySteps = (now: number) =>
      dueSteps({ consult, fired: new Set(), now: minute(now) }).filter((due) => due.unless === 'seen');
    expect(policySteps(19)).toEqual([]);
    expect(policySteps(20)).toHaveLength(1);
  });

  it('CON-5 a wait that passes tells the requesting side, then its head', () => {
    const consult = consultNow({
      policy: policy(duty(500)),
      over: { status: 'info-requested', infoWait: wait },
    });
    const told = (now: number, fired: ReadonlySet<string> = new Set()) =>
      dueSteps({ consult, fired, now: minute(now) });
    expect(told(19)).toEqual([]);
    const [first] = told(20);
    expect(first).toMatchObject({ step: syntheticStep.infoLate, side: 'requesting', unless: 'info' });
    expect(told(30, new Set([first!.claimId]))).toMatchObject([
      { step: syntheticStep.infoLateHead, side: 'requesting', notify: [{ who: 'head' }] },
    ]);
  });
});

describe('steps no policy lists', () => {
  const promise = { by: people.cardiologist.id, dueAt: minute(15), event: eventId('promised') };
  const promised = { policy: policy(duty(500)), stopped: { acknowledged: 1 } };

  it('CON-15 a broken promise reaches the one who made it, then the next tier, then the head', () => {
    const consult = consultNow({ ...promised, over: { promise } });
    expect(play(() => consult, 40)).toEqual(['15: 100/0', '20: 101/0', '25: 102/0']);
    expect(dueSteps({ consult, fired: new Set(), now: minute(15) })[0]!.clock).toBe(promise.event);
  });

  it('CON-15 a promise kept escalates nothing', () => {
    const consult = consultNow({
      ...promised,
      stopped: { acknowledged: 1, seen: 14 },
      over: { promise, status: 'in-progress' },
    });
    expect(play(() => consult, 40)).toEqual([]);
  });

  const declined = (declines: number): Consult => {
    const event = stamped(
      authored('declined', undefined, { id: eventId(`decline ${declines}`) }),
      5,
      minute(12),
    );
    const entry: TimelineEntry = {
      event,
      withoutEffect: null,
      unknownToAuthor: [],
      lateMinutes: 0,
      enteredInErrorBy: null,
      correctedBy: [],
    };
    return consultNow({ over: { status: 'declined', declines, timeline: [entry] } });
  };

  it('CON-17 declined twice goes to the head at once; declined once does not', () => {
    const twice = dueSteps({ consult: declined(2), fired: new Set(), now: minute(12) });
    expect(twice).toMatchObject([
      { step: syntheticStep.declinedTwice, notify: [{ who: 'head' }], side: 'receiving' },
    ]);
    expect(dueSteps({ consult: declined(1), fired: new Set(), now: minute(12) })).toEqual([]);
  });

  it('while declined the policy waits on the requesting side', () => {
    const due = dueSteps({ consult: declined(1), fired: new Set(), now: minute(2000) });
    expect(due.length).toBeGreaterThan(0);
    expect(due.every((one) => one.side === 'requesting' && one.unless === 'completed')).toBe(true);
  });

  it('a policy that ends in silence still ends at the duty administrator', () => {
    const consult = consultNow({ policy: policy(step(5)) });
    expect(play(() => consult, 125)).toEqual(['5: 0/0', '60: 400/0', '90: 400/1', '120: 400/2']);
  });
});

describe('the stored due time', () => {
  it('is the step that comes next, and the overdue one when something waits to fire', () => {
    const consult = consultNow({ policy: policy(step(5), duty(60)) });
    expect(nextStepAt({ consult, fired: new Set(), now: minute(0) })).toBe(minute(5));
    expect(nextStepAt({ consult, fired: new Set(), now: minute(9) })).toBe(minute(5));
    const fired = new Set(
      allDueSteps({ consult, fired: new Set(), now: minute(9) }).map((due) => due.claimId),
    );
    // The reminder for the bedside, which no policy lists.
    expect(nextStepAt({ consult, fired, now: minute(9) })).toBe(minute(22.5));
    const late = new Set(allDueSteps({ consult, fired, now: minute(50) }).map(({ claimId }) => claimId));
    expect(nextStepAt({ consult, fired: new Set([...fired, ...late]), now: minute(50) })).toBe(minute(60));
  });
});
