import { describe, expect, test } from 'vitest';
import { breaches, clockOf, isPausedAt, nextDue, timeLeftMinutes } from '#shared/consult/clocks.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { people, story, storyStart, type Story } from '#tests/builders.ts';

const at = (minutes: number) => addMinutes(storyStart, minutes);
const project = (told: Story): Consult => {
  const consult = projectConsult(told.events);
  if (consult === null) throw new Error('no consult');
  return consult;
};
// Urgent in every story: acknowledged 30, seen 120, completed 240 minutes.
const dues = (consult: Consult) => ({
  acknowledged: consult.clocks?.acknowledged.dueAt,
  seen: consult.clocks?.seen.dueAt,
  completed: consult.clocks?.completed.dueAt,
});

describe('CON-5 three clocks', () => {
  test('run from the submission, each with its own due time', () => {
    expect(dues(project(story().submitted()))).toEqual({
      acknowledged: at(30),
      seen: at(120),
      completed: at(240),
    });
  });

  test('a consult that waited 40 minutes on an offline tablet arrives with 40 minutes on it', () => {
    const consult = project(story().submitted({}, { lateMinutes: 40 }));
    expect(dues(consult)).toEqual({ acknowledged: at(-10), seen: at(80), completed: at(200) });
    expect(consult.timeline[0]!.lateMinutes).toBe(40);
    expect(breaches(consult, at(0)).map((due) => due.clock)).toEqual(['acknowledged']);
  });

  test('before the server has it, none runs', () => {
    const consult = project(story().submitted({}, { unsent: true }));
    expect(consult).toMatchObject({
      clocks: null,
      submittedAt: null,
      changedAt: null,
      lastN: 0,
      reference: null,
    });
    expect(nextDue(consult)).toBeNull();
    expect(timeLeftMinutes(consult, at(0))).toBeNull();
  });

  test('each stops by the act that fulfils it, at the server’s time', () => {
    const told = story().submitted().act('acknowledged', undefined, { atMinute: 10, lateMinutes: 3 });
    told.act('seen', undefined, { atMinute: 50 }).act('completed', undefined, { atMinute: 90 });
    const { clocks } = project(told);
    expect(clocks?.acknowledged.stoppedAt).toBe(at(10));
    expect(clocks?.seen.stoppedAt).toBe(at(50));
    expect(clocks?.completed.stoppedAt).toBe(at(90));
  });

  test('completion without a visit stops them all, and nothing is overdue after it', () => {
    const told = story().submitted().act('acknowledged').act('completed', undefined, { atMinute: 400 });
    const consult = project(told);
    expect(consult.clocks?.seen.stoppedAt).toBe(at(400));
    expect(breaches(consult, at(10_000))).toEqual([]);
    expect(nextDue(consult)).toBeNull();
  });

  test.each(['cancelled', 'force-closed'] as const)('%s ends every clock', (type) => {
    const consult = project(story().submitted().act(type));
    expect(breaches(consult, at(10_000))).toEqual([]);
    expect(consult.clocks?.acknowledged.stoppedAt).not.toBeNull();
  });

  test('a declined consult is still open: its clocks run on, so that nobody forgets it', () => {
    const consult = project(story().submitted().act('declined'));
    expect(breaches(consult, at(241)).map((due) => due.clock)).toEqual(['acknowledged', 'seen', 'completed']);
  });
});

describe('CON-5 re-basing', () => {
  test('on a change of urgency; what was done stays done', () => {
    const told = story().submitted().act('acknowledged', undefined, { atMinute: 5 });
    const consult = project(told.act('urgency-changed', undefined, { atMinute: 20 }));
    expect(dues(consult)).toEqual({ acknowledged: at(30), seen: at(50), completed: at(80) });
    expect(consult.clocks?.acknowledged.stoppedAt).toBe(at(5));
    expect(consult.snapshot?.event).toBe(`${told.last.id}:clock-snapshot`);
  });

  test('on a change of department; nothing is done yet there', () => {
    const told = story().submitted().act('acknowledged').act('seen');
    const consult = project(told.act('redirected', undefined, { atMinute: 60 }));
    expect(dues(consult)).toEqual({ acknowledged: at(90), seen: at(180), completed: at(300) });
    expect(Object.values(consult.clocks ?? {}).map((clock) => clock.stoppedAt)).toEqual([null, null, null]);
  });

  test('a snapshot of an act that changed nothing re-bases nothing', () => {
    const told = story().submitted().act('acknowledged');
    told.act('resubmitted', undefined, { atMinute: 70 });
    expect(dues(project(told)).acknowledged).toBe(at(30));
  });
});

describe('CON-5 waiting for information', () => {
  const asked = (minute: number): Story =>
    story()
      .submitted()
      .act('acknowledged', { promiseMinutes: 60, assignSelf: true }, { atMinute: 5 })
      .act('info-requested', undefined, { atMinute: minute });

  test('pauses seen and completed, and runs its own clock: the acknowledge target', () => {
    const consult = project(asked(20));
    expect(consult.infoWait).toMatchObject({ since: at(20), dueAt: at(50) });
    expect(dues(consult)).toEqual({ acknowledged: at(30), seen: at(150), completed: at(270) });
    expect(consult.clocks?.seen.paused).toBe(true);
    expect(consult.clocks?.acknowledged.paused).toBe(false);
    expect(nextDue(consult)).toEqual({ clock: 'info', dueAt: at(50) });
    expect(breaches(consult, at(50)).map((due) => due.clock)).toEqual(['info']);
  });

  test('the answer ends the pause, and only the time waited is added', () => {
    const consult = project(asked(20).act('info-provided', undefined, { atMinute: 30 }));
    expect(consult.infoWait).toBeNull();
    expect(dues(consult)).toMatchObject({ seen: at(130), completed: at(250) });
    expect(consult.clocks?.seen.paused).toBe(false);
  });

  test('when the wait runs out the pause ends, answer or not', () => {
    const consult = project(asked(20));
    expect(isPausedAt(consult, 'seen', at(49))).toBe(true);
    expect(isPausedAt(consult, 'seen', at(50))).toBe(false);
    expect(isPausedAt(consult, 'acknowledged', at(49))).toBe(false);
    const late = project(asked(20).act('info-provided', undefined, { atMinute: 110 }));
    expect(dues(late)).toEqual(dues(consult));
  });

  test('the promise is paused too', () => {
    expect(project(asked(20)).promise?.dueAt).toBe(at(5 + 60 + 30));
    const answered = asked(20).act('info-provided', undefined, { atMinute: 30 });
    expect(project(answered).promise?.dueAt).toBe(at(5 + 60 + 10));
  });

  test('two waits add up', () => {
    const told = asked(20).act('info-provided', undefined, { atMinute: 30 });
    told.act('info-requested', undefined, { atMinute: 40 }).act('info-provided', undefined, { atMinute: 45 });
    expect(dues(project(told))).toMatchObject({ seen: at(135), completed: at(255) });
  });

  test('asking does not undo a breach', () => {
    const consult = project(asked(125));
    expect(dues(consult)).toMatchObject({ seen: at(120), completed: at(270) });
    expect(breaches(consult, at(130)).map((due) => due.clock)).toContain('seen');
  });

  test('a clock that has stopped is not moved by a later wait', () => {
    const told = story().submitted().act('seen', undefined, { atMinute: 10 });
    const consult = project(told.act('info-requested', undefined, { atMinute: 20 }));
    expect(dues(consult)).toMatchObject({ seen: at(120), completed: at(270) });
    expect(consult.clocks?.seen.paused).toBe(false);
  });

  test('seeing the patient ends the wait', () => {
    const consult = project(asked(20).act('seen', undefined, { atMinute: 30 }));
    expect(consult).toMatchObject({ status: 'in-progress', infoWait: null });
    expect(dues(consult).completed).toBe(at(250));
  });

  test('new clocks do not inherit an old pause', () => {
    const told = asked(20).act('info-provided', undefined, { atMinute: 30 });
    expect(dues(project(told.act('redirected', undefined, { atMinute: 60 })))).toMatchObject({
      seen: at(180),
    });
  });

  test('new clocks during a wait are paused for what is left of it', () => {
    const told = asked(20).act('urgency-changed', { to: 'emergency', reason: 'x' }, { atMinute: 40 });
    expect(dues(project(told))).toMatchObject({ seen: at(40 + 30 + 10), completed: at(40 + 60 + 10) });
  });

  test('asked before anybody acknowledged, only acknowledging stops that clock', () => {
    const told = story().submitted().act('info-requested', undefined, { atMinute: 5 });
    expect(project(told).clocks?.acknowledged).toMatchObject({
      dueAt: at(30),
      stoppedAt: null,
      paused: false,
    });
    told.act('acknowledged', { promiseMinutes: 0, assignSelf: true }, { atMinute: 8 });
    expect(project(told)).toMatchObject({ status: 'info-requested' });
    expect(project(told).clocks?.acknowledged.stoppedAt).toBe(at(8));
    expect(project(told.act('info-provided')).status).toBe('acknowledged');
  });
});

describe('CON-15 promises', () => {
  test('the promise is the next clock, from when it was written', () => {
    const told = story().submitted();
    told.act('acknowledged', { promiseMinutes: 15, assignSelf: true }, { atMinute: 20, lateMinutes: 10 });
    const consult = project(told);
    expect(consult.promise).toMatchObject({ by: people.cardiologist.id, dueAt: at(25), event: told.last.id });
    expect(nextDue(consult)).toEqual({ clock: 'promise', dueAt: at(25) });
    expect(timeLeftMinutes(consult, at(20))).toBe(5);
    expect(timeLeftMinutes(consult, at(26))).toBe(-1);
  });

  test('can be changed, and is kept by coming', () => {
    const told = story()
      .submitted()
      .act('acknowledged', { promiseMinutes: 15, assignSelf: true }, { atMinute: 1 });
    expect(
      project(told.act('promise-changed', { promiseMinutes: 45 }, { atMinute: 10 })).promise?.dueAt,
    ).toBe(at(55));
    expect(project(told.act('seen', undefined, { atMinute: 20 })).promise).toBeNull();
  });

  test('giving the consult to another does not take it back', () => {
    const told = story()
      .submitted()
      .act('acknowledged', { promiseMinutes: 15, assignSelf: true }, { atMinute: 1 });
    expect(project(told.act('reassigned')).promise?.dueAt).toBe(at(16));
    expect(project(told.act('unassigned')).promise?.dueAt).toBe(at(16));
  });
});

describe('CON-16 only people stop clocks', () => {
  test('neither automatic assignment, escalation nor an offer stops one', () => {
    const told = story().submitted();
    const cause = told.last;
    told.system('auto-assigned', { of: cause.id, to: people.cardiologist.id, rule: 'on-call' });
    told.system('escalated', {
      clock: cause.id,
      step: 0,
      repeat: 0,
      unless: 'acknowledged',
      notified: [{ person: people.head.id, as: 'head' }],
    });
    told.system('hand-over-offered', { to: people.cardiologist2.id, until: at(60) });
    const consult = project(told);
    expect(Object.values(consult.clocks ?? {}).map((clock) => clock.stoppedAt)).toEqual([null, null, null]);
    expect(consult.involved).toEqual(
      expect.arrayContaining([people.cardiologist.id, people.head.id, people.cardiologist2.id]),
    );
  });

  test('an act in the server’s own name is not believed', () => {
    const told = story().submitted();
    told.raw({ ...story().submitted().act('acknowledged').last, author: 'system', n: 9 });
    const consult = project(told);
    expect(consult.status).toBe('submitted');
    expect(consult.timeline.at(-1)!.withoutEffect).toEqual({ why: 'needs-newer-app' });
  });

  test('a fact of the server in a person’s name is not believed either', () => {
    const told = story().submitted();
    const snapshot = told.events.find((event) => event.type === 'clock-snapshot')!;
    told.raw({
      ...snapshot,
      id: `${snapshot.id}:x` as never,
      n: 9,
      author: people.requester.id,
      body: { ...snapshot.body, startsAt: at(500) },
    });
    expect(dues(project(told)).acknowledged).toBe(at(30));
  });
});

test('a wait that ends before the clock starts moves nothing', () => {
  const wait = { since: at(-20), dueAt: at(10), until: at(-5) };
  expect(clockOf(at(0), 30, null, [wait]).dueAt).toBe(at(30));
});
