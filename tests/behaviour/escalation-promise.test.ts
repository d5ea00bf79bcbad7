import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventDocumentSchema } from '#shared/event/envelope.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import type { Person } from '#shared/directory/staff.ts';
import { pushAnswerSchema, type PushOutcome } from '#shared/sync/protocol.ts';
import { storyStart, uuidOf } from '#tests/builders.ts';
import { allReachable, callsOf, told } from './escalation-calls.ts';
import { openWard, staff, type Ward } from './ward.ts';

let ward: Ward;
beforeEach(async () => {
  ward = await openWard();
  await ward.openGateway('one');
});
afterEach(() => ward.close());

const emergency = () => ward.submit('night', { urgency: 'emergency' });
const urgent = () => ward.submit('evening', { urgency: 'urgent' });
const acknowledge = (who: Person, id: ConsultId, promiseMinutes: number) =>
  ward.act(who, id, 'acknowledged', { promiseMinutes, assignSelf: true });

/** What a tablet without a network wrote at `atMinute`, with the consult as it was at `base`; sent now. */
async function sendLate(
  who: Person,
  id: ConsultId,
  { atMinute, base }: { atMinute: number; base: number },
): Promise<PushOutcome> {
  const session = await ward.session(who);
  const event = {
    v: 1,
    id: uuidOf(`late ${who.name} ${atMinute}`),
    document: id,
    type: 'acknowledged',
    author: who.id,
    device: session.device,
    lamport: base + 1,
    base,
    occurredAt: addMinutes(storyStart, atMinute),
    body: { promiseMinutes: 30, assignSelf: true },
  };
  const response = await session.post('/api/sync/push', {
    sentAt: ward.clock.now(),
    unsentAfter: 0,
    items: [{ event, clockJumped: false }],
  });
  for (const gateway of ward.gateways) await gateway.settle();
  const [outcome] = pushAnswerSchema.parse(await response.json()).outcomes;
  if (outcome === undefined) throw new Error('no outcome');
  return outcome;
}

async function eventsHeld(id: ConsultId): Promise<number> {
  const held = await ward.store.database('consults').get(id);
  return eventDocumentSchema.parse(held?.body).events.length;
}

describe('CON-15 FM-46 a promise is the next clock', () => {
  it('a broken promise calls the one who made it, then the second tier and the receiver, then the head', async () => {
    const id = await urgent();
    await ward.pass(5);
    await acknowledge(staff.firstOnCall, id, 15);
    await ward.pass(46);
    const broken = (await callsOf(ward, id)).filter(({ unless }) => unless === 'promise');
    expect(told(broken)).toEqual(['20 first-on-call', '35 second-on-call, receiver', '50 head']);
  });

  it('a promise that is kept calls nobody about it', async () => {
    const id = await urgent();
    await acknowledge(staff.firstOnCall, id, 15);
    await ward.pass(14);
    await ward.act(staff.firstOnCall, id, 'seen', {});
    await ward.pass(60);
    expect((await callsOf(ward, id)).filter(({ unless }) => unless === 'promise')).toEqual([]);
  });

  it('a promise that is moved in time is counted from the new one', async () => {
    const id = await urgent();
    await acknowledge(staff.firstOnCall, id, 15);
    await ward.pass(10);
    await ward.act(staff.firstOnCall, id, 'promise-changed', { promiseMinutes: 30 });
    await ward.pass(29);
    expect((await callsOf(ward, id)).filter(({ unless }) => unless === 'promise')).toEqual([]);
    await ward.pass(1);
    expect(told(await callsOf(ward, id))).toEqual(['40 first-on-call']);
  });

  it('a promise moved again and again silences nothing: the bedside is asked for all the same', async () => {
    const id = await emergency();
    await acknowledge(staff.firstOnCall, id, 60);
    for (let round = 0; round < 3; round++) {
      await ward.pass(10);
      await ward.act(staff.firstOnCall, id, 'promise-changed', { promiseMinutes: 60 });
    }
    expect((await callsOf(ward, id)).map(({ unless }) => unless)).toContain('seen');
  });

  it('"now" that is not now is broken at once, and called once', async () => {
    const id = await urgent();
    await acknowledge(staff.firstOnCall, id, 0);
    await ward.pass(3);
    const broken = (await callsOf(ward, id)).filter(({ unless }) => unless === 'promise');
    expect(broken).toHaveLength(1);
    expect(broken[0]?.names).toEqual(['first-on-call']);
  });
});

describe('CON-5 waiting for information', () => {
  it('the question stops the calls for a visit; when its time has passed the requester is called, then their head', async () => {
    const id = await urgent();
    await acknowledge(staff.firstOnCall, id, 60);
    await ward.act(staff.firstOnCall, id, 'info-requested', { text: 'Latest potassium?' });
    await ward.pass(29);
    expect(await callsOf(ward, id)).toEqual([]);
    await ward.pass(1);
    const [late] = await callsOf(ward, id);
    expect(late).toMatchObject({ minute: 30, unless: 'info' });
    expect(late?.names).toContain('requester');
    await ward.pass(30);
    const heads = (await callsOf(ward, id)).filter(
      ({ unless, minute }) => unless === 'info' && minute === 60,
    );
    expect(heads.map(({ names }) => names)).toEqual([['requesting-head']]);
  });

  it('an answered question wakes nobody, and the visit is expected later by as much as the answer took', async () => {
    const id = await urgent();
    await acknowledge(staff.firstOnCall, id, 60);
    await ward.act(staff.firstOnCall, id, 'info-requested', { text: 'Latest potassium?' });
    await ward.pass(20);
    await ward.act(staff.requester, id, 'info-provided', { text: 'Potassium 3.9.' });
    await ward.pass(59);
    expect(await callsOf(ward, id)).toEqual([]);
    await ward.pass(1);
    expect(told(await callsOf(ward, id))).toEqual(['80 first-on-call']);
  });

  it('when the wait has passed the pause is over, whether or not anybody answered', async () => {
    const id = await emergency();
    await acknowledge(staff.firstOnCall, id, 60);
    await ward.act(staff.firstOnCall, id, 'info-requested', { text: 'Latest potassium?' });
    await ward.pass(45);
    expect((await callsOf(ward, id)).map(({ unless }) => unless)).toContain('seen');
  });
});

describe('FM-47 acts that come late', () => {
  it('a late offline acknowledgement stops further steps and stands people down', async () => {
    await allReachable(ward);
    const id = await emergency();
    const base = await eventsHeld(id);
    await ward.session(staff.secondOnCall);
    await ward.pass(11);
    const before = await callsOf(ward, id);
    expect(before.length).toBe(3);
    ward.sender.sent.length = 0;
    const outcome = await sendLate(staff.secondOnCall, id, { atMinute: 5, base });
    expect(outcome.outcome).toBe('accepted');
    await ward.pass(10);
    expect((await callsOf(ward, id)).filter(({ unless }) => unless === 'acknowledged')).toEqual(before);
    const closed = ward.pushedTo('stand-down');
    expect(closed).toContain('consultant-on-call');
    expect(closed).toContain('receiver');
    expect(ward.pushedTo()).not.toContain('consultant-on-call');
  });

  it('CON-20 two acknowledge at once: the first the server accepted leads, the other is kept and told', async () => {
    await allReachable(ward);
    const id = await emergency();
    const base = await eventsHeld(id);
    await ward.session(staff.firstOnCall);
    await ward.session(staff.secondOnCall);
    await ward.pass(1);
    await sendLate(staff.firstOnCall, id, { atMinute: 1, base });
    ward.sender.sent.length = 0;
    const second = await sendLate(staff.secondOnCall, id, { atMinute: 1, base });
    expect(second.outcome).toBe('accepted');
    const consult = await ward.consult(id);
    expect(consult.acknowledgedBy).toBe(staff.firstOnCall.id);
    const kept = consult.timeline.filter(({ event }) => event.type === 'acknowledged');
    expect(kept.map(({ withoutEffect }) => withoutEffect?.why ?? 'took effect')).toEqual([
      'took effect',
      'someone-else-leads',
    ]);
    expect(ward.pushedTo()).toContain('second-on-call');
    expect(ward.pushedTo()).not.toContain('first-on-call');
  });

  it('an acknowledgement written before the first call arrives after the third: those three stay in the record', async () => {
    const id = await emergency();
    const base = await eventsHeld(id);
    await ward.session(staff.firstOnCall);
    await ward.pass(11);
    await sendLate(staff.firstOnCall, id, { atMinute: 1, base });
    const consult = await ward.consult(id);
    expect(await callsOf(ward, id)).toHaveLength(3);
    expect(consult.acknowledgedBy).toBe(staff.firstOnCall.id);
    expect(consult.clocks?.acknowledged.stoppedAt).toBe(ward.clock.now());
  });
});
