import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EscalationPolicy } from '#shared/directory/escalation-policy.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { departments, storyStart } from '#tests/builders.ts';
import { callsOf, told } from './escalation-calls.ts';
import { openWard, staff, type Ward } from './ward.ts';

let ward: Ward;
beforeEach(async () => {
  ward = await openWard();
  await ward.openGateway('one');
});
afterEach(() => ward.close());

const emergency = () => ward.submit('night', { urgency: 'emergency' });

/** Changes one document of the directory as an administrator would, everywhere at once. */
async function change(
  id: string,
  edit: (body: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const directory = ward.store.database('directory');
  const held = await directory.get(id);
  if (held === null) throw new Error('nothing to change');
  await directory.write([{ id, rev: held.rev, body: edit(held.body) }]);
  for (const { server } of ward.gateways) await server.parts.directory.caughtUp();
}
const setPolicy = (policy: EscalationPolicy): Promise<void> =>
  change(departments.cardiology.id, (body) => ({
    ...body,
    policies: { emergency: policy, urgent: policy, routine: policy },
  }));

const duty = (afterMinutes: number): EscalationPolicy['steps'][number] => ({
  afterMinutes,
  unless: 'completed',
  notify: [{ who: 'duty-administrator' }],
  repeatMinutes: 480,
  repeatTimes: null,
});
const step = (
  afterMinutes: number,
  notify: EscalationPolicy['steps'][number]['notify'],
): EscalationPolicy['steps'][number] => ({
  afterMinutes,
  unless: 'acknowledged',
  notify,
  repeatMinutes: null,
  repeatTimes: null,
});

describe('ALE-6 the ladder of an emergency nobody answers', () => {
  it('an emergency unanswered for 10 minutes calls the second tier, once; at 20 the head, once; then the duty administrator', async () => {
    await setPolicy({
      steps: [step(10, [{ who: 'on-call', tier: 'second' }]), step(20, [{ who: 'head' }]), duty(30)],
    });
    const id = await emergency();
    await ward.pass(9);
    expect(await callsOf(ward, id)).toEqual([]);
    await ward.pass(51);
    expect(told(await callsOf(ward, id))).toEqual(['10 second-on-call', '20 head', '30 duty-administrator']);
  });

  it('with the default policy: the one who has it at 3 minutes, with the second tier at 6, consultant and receiver at 10, head, head above, duty administrator', async () => {
    const id = await emergency();
    await ward.pass(31);
    const unanswered = (await callsOf(ward, id)).filter(({ unless }) => unless === 'acknowledged');
    expect(told(unanswered)).toEqual([
      '3 first-on-call',
      '6 first-on-call, second-on-call',
      '10 consultant-on-call, receiver',
      '15 head',
      '20 parent-head',
      '30 duty-administrator',
    ]);
  });

  it('the duty administrator hears a forgotten emergency again and again, and less and less often', async () => {
    const id = await emergency();
    for (let quarter = 0; quarter < 96; quarter++) {
      ward.clock.advance(15 * 60_000);
      for (const gateway of ward.gateways) await gateway.settle();
    }
    const calls = (await callsOf(ward, id)).filter(({ names }) => names.includes('duty-administrator'));
    const minutes = calls.map(({ minute }) => minute);
    expect(minutes.length).toBeGreaterThanOrEqual(8);
    expect(minutes.length).toBeLessThanOrEqual(16);
    const gaps = minutes.slice(1).map((minute, at) => minute - (minutes[at] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(480);
    expect(gaps.at(-1)).toBeGreaterThan(gaps[0] ?? 0);
  }, 60_000);

  it('an urgent request is first asked about at 9 minutes, a routine one not before three hours', async () => {
    const urgent = await ward.submit('urgent', { urgency: 'urgent' });
    const routine = await ward.submit('routine', { urgency: 'routine' });
    await ward.pass(9);
    expect(told(await callsOf(ward, urgent))).toEqual(['9 first-on-call']);
    for (let at = 0; at < 17; at++) await ward.pass(10);
    expect(await callsOf(ward, routine)).toEqual([]);
    await ward.pass(1);
    expect(told(await callsOf(ward, routine))).toEqual(['180 first-on-call']);
  }, 60_000);

  it('ALE-11 every call stands in the timeline with whom it called, in what capacity, and what it waits for', async () => {
    const id = await emergency();
    await ward.pass(10);
    expect((await callsOf(ward, id)).at(-1)).toEqual({
      minute: 10,
      unless: 'acknowledged',
      step: 2,
      repeat: 0,
      names: ['consultant-on-call', 'receiver'],
      as: ['on-call consultant', 'receiver'],
    });
    const { timeline } = await ward.consult(id);
    expect(
      timeline.filter(({ event }) => event.type === 'escalated').every(({ event }) => event.via === 'system'),
    ).toBe(true);
  });

  it('DEP-3 the doctor it was given to by rule is called with the tier on call, and stops nothing by being chosen', async () => {
    await change(departments.cardiology.id, (body) => ({
      ...body,
      assignment: {
        ...(body['assignment'] as object),
        urgent: { mode: 'named', person: staff.cardiologist.id },
      },
    }));
    const id = await ward.submit('night', { urgency: 'urgent' });
    expect((await ward.consult(id)).assignee).toBe(staff.cardiologist.id);
    await ward.pass(18);
    expect(told(await callsOf(ward, id))).toEqual([
      '9 cardiologist, first-on-call',
      '18 cardiologist, second-on-call',
    ]);
  });
});

describe('ALE-6 what ends a ladder', () => {
  it('after the acknowledgement only the bedside is waited for', async () => {
    const id = await emergency();
    await ward.pass(4);
    await ward.act(staff.firstOnCall, id, 'acknowledged', { promiseMinutes: 60, assignSelf: true });
    await ward.pass(26);
    expect(told((await callsOf(ward, id)).slice(1))).toEqual([
      '23 first-on-call',
      '30 first-on-call, second-on-call',
    ]);
  });

  it('somebody at the bedside ends all calls for a visit; the answer is still asked for', async () => {
    const id = await emergency();
    await ward.pass(2);
    await ward.act(staff.firstOnCall, id, 'seen', {});
    await ward.pass(44);
    const calls = await callsOf(ward, id);
    expect(new Set(calls.map(({ unless }) => unless))).toEqual(new Set(['completed']));
    expect(calls[0]?.minute).toBe(45);
  });

  it('an answer ends everything', async () => {
    const id = await emergency();
    await ward.act(staff.firstOnCall, id, 'seen', {});
    await ward.act(staff.firstOnCall, id, 'completed', {
      answers: { kind: 'question' },
      findings: 'No acute coronary syndrome.',
      recommendations: [],
      followUp: { kind: 'none' },
    });
    await ward.pass(130);
    expect(await callsOf(ward, id)).toEqual([]);
    expect(ward.gateways[0]?.product.engine.nextDueAt()).toBeNull();
  });

  it('a cancelled request calls nobody', async () => {
    const id = await emergency();
    await ward.act(staff.requester, id, 'cancelled', { reason: 'Patient transferred.' });
    await ward.pass(130);
    expect(await callsOf(ward, id)).toEqual([]);
  });

  it('a request that stands declined rests for those who answered; the requesting side is asked to go on', async () => {
    const id = await emergency();
    await ward.act(staff.receiver, id, 'declined', {
      wayForward: { way: 'advice-given', advice: 'Repeat troponin.' },
      reason: 'Not cardiac.',
    });
    await ward.pass(95);
    const calls = await callsOf(ward, id);
    expect(new Set(calls.map(({ unless }) => unless))).toEqual(new Set(['completed']));
    expect(calls[0]?.names[0]).toBe('requester');
    expect(calls.flatMap(({ names }) => names)).toContain('requesting-head');
    expect(calls.flatMap(({ names }) => names)).not.toContain('first-on-call');
  });

  it('CON-17 a second decline goes to the head of the department that declined, at once and once', async () => {
    const id = await emergency();
    const decline = () =>
      ward.act(staff.receiver, id, 'declined', {
        wayForward: { way: 'advice-given', advice: 'Repeat troponin.' },
        reason: 'Not cardiac.',
      });
    await decline();
    await ward.act(staff.requester, id, 'resubmitted', { changes: 'Troponin is up.' });
    await decline();
    await ward.pass(20);
    expect(
      (await callsOf(ward, id)).filter(({ unless }) => unless === 'declined-twice').map(({ names }) => names),
    ).toEqual([['head']]);
  });

  it('a reopened request starts its ladder again', async () => {
    const id = await emergency();
    await ward.pass(3);
    await ward.act(staff.requester, id, 'cancelled', { reason: 'Better.' });
    const closed = await ward.consult(id);
    expect(closed.status).toBe('cancelled');
    const outcome = await ward.act(staff.requester, id, 'reopened', { reason: 'Pain again.' });
    const again = (await ward.consult(id)).status;
    await ward.pass(3);
    const expected = outcome.outcome === 'accepted' && again === 'submitted' ? 2 : 1;
    expect(await callsOf(ward, id)).toHaveLength(expected);
  });

  it('a redirected request calls the people of the other department, from its own beginning', async () => {
    const id = await emergency();
    await ward.pass(3);
    await ward.act(staff.receiver, id, 'redirected', {
      department: departments.surgery.id,
      reason: 'Surgical abdomen.',
    });
    await ward.pass(3);
    const calls = await callsOf(ward, id);
    expect(told(calls.slice(0, 1))).toEqual(['3 first-on-call']);
    expect(calls.slice(1).map(({ minute, step: number }) => [minute, number])).toEqual([[6, 0]]);
    expect(calls[1]?.names).not.toContain('first-on-call');
  });

  it('a request that becomes an emergency is called for like one, from that moment', async () => {
    const id = await ward.submit('night', { urgency: 'routine' });
    await ward.pass(20);
    await ward.act(staff.requester, id, 'urgency-changed', { to: 'emergency', reason: 'Now hypotensive.' });
    await ward.pass(6);
    const calls = await callsOf(ward, id);
    expect(calls.length).toBeGreaterThan(0);
    expect(calls[0]?.minute).toBeLessThanOrEqual(26);
  });
});

describe('ALE-11 the policy is fixed, the people are not', () => {
  it('a policy edited mid-case does not change the running one; the next request has the new one', async () => {
    const running = await emergency();
    await setPolicy({ steps: [step(1, [{ who: 'head' }]), duty(30)] });
    await ward.pass(2);
    expect(await callsOf(ward, running)).toEqual([]);
    const next = await ward.submit('next', { urgency: 'emergency' });
    await ward.pass(1);
    expect(told(await callsOf(ward, next))).toEqual(['3 head']);
    expect(told(await callsOf(ward, running))).toEqual(['3 first-on-call']);
  });

  it('a rota changed mid-case is followed: whoever is on call when the step fires is called, beside the one who has it', async () => {
    const id = await emergency();
    await change(`rota:${departments.cardiology.id}:2026-W10`, (body) => ({
      ...body,
      shifts: [
        ...(body['shifts'] as object[]),
        {
          id: 'swap',
          tier: 'first',
          person: staff.cardiologist2.id,
          startsAt: addMinutes(storyStart, 1),
          endsAt: addMinutes(storyStart, 600),
          override: { agreedBy: staff.head.id },
        },
      ],
    }));
    await ward.pass(3);
    expect(told(await callsOf(ward, id))).toEqual(['3 first-on-call, cardiologist-2']);
  });

  it('somebody who has left the hospital is not called; whoever comes in for them is', async () => {
    const id = await emergency();
    await change(staff.consultantOnCall.id, (body) => ({ ...body, active: false }));
    await change(staff.receiver.id, (body) => ({ ...body, active: false }));
    await ward.pass(10);
    expect((await callsOf(ward, id)).at(-1)).toMatchObject({ minute: 10, names: ['head'] });
  });

  it('FM-45 a night without a rota is no dead end: whoever receives for the department is called', async () => {
    await change(`rota:${departments.cardiology.id}:2026-W10`, (body) => ({ ...body, shifts: [] }));
    const id = await emergency();
    await ward.pass(3);
    expect(told(await callsOf(ward, id))).toEqual(['3 receiver']);
  });

  it('FM-45 a policy that names only people who are gone calls the department’s head, and without one the head above', async () => {
    await setPolicy({ steps: [step(3, [{ who: 'named', person: staff.cardiologist2.id }]), duty(30)] });
    await change(staff.cardiologist2.id, (body) => ({ ...body, active: false }));
    const first = await ward.submit('first', { urgency: 'emergency' });
    await ward.pass(3);
    expect(told(await callsOf(ward, first))).toEqual(['3 head']);
    await change(staff.head.id, (body) => ({ ...body, active: false }));
    const id = await emergency();
    await ward.pass(3);
    expect(told(await callsOf(ward, id))).toEqual(['6 parent-head']);
  });

  it('an administrator who would let a policy end in silence is caught by the last resort', async () => {
    await setPolicy({ steps: [step(1, [{ who: 'on-call', tier: 'first' }])] });
    const id = await emergency();
    await ward.pass(125);
    const calls = (await callsOf(ward, id)).filter(({ names }) => names.includes('duty-administrator'));
    expect(calls.map(({ minute }) => minute)).toEqual([60, 90, 120]);
  }, 60_000);
});
