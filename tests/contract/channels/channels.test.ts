import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AlertAddress, AlertMessage } from '#server/alerts/channel.ts';
import { consultId, eventId, storyStart } from '#tests/builders.ts';
import { alertIdOf } from '#shared/alert/plan.ts';
import { counterparts, origin, reachable, unreachable, type Counterpart } from './counterparts.ts';

const consult = consultId('one');
const alert = alertIdOf(consult, eventId('cause'), reachable);
const message = (over: Partial<AlertMessage> = {}): AlertMessage => ({
  type: 'alert',
  alerts: [alert],
  idempotencyKey: `${alert}:x:0`,
  tag: `consult:${consult}`,
  about: 'assigned',
  urgency: 'emergency',
  departmentName: 'Cardiology <A&E>',
  language: 'en',
  reference: 'CON-2026-000017',
  open: `/consult/${consult}`,
  canBeAcknowledged: true,
  sentAt: storyStart,
  ...over,
});

describe.each(counterparts)('ALE-2 %s', (_name, start) => {
  let other: Counterpart;
  let address: AlertAddress;
  beforeEach(async () => {
    other = await start();
    const [first] = await other.channel.addressesOf(reachable);
    if (first === undefined) throw new Error('no address');
    address = first;
  });
  afterEach(() => other.close());

  it('a person without an address has none', async () => {
    expect(await other.channel.addressesOf(unreachable)).toEqual([]);
  });

  it('what is sent arrives, with the department and a way to open the consult', async () => {
    expect(await other.channel.send(address, message())).toEqual({ type: 'ok' });
    expect(other.faults).toEqual([]);
    const [arrived] = other.arrived();
    expect(arrived?.text).toContain('Cardiology');
    expect(arrived?.text).toContain(`/consult/${consult}`);
    expect(arrived?.text.toLowerCase()).toContain('emergency');
  });

  it('a try whose outcome nobody knows is repeated as the same message, under the same tag', async () => {
    await other.channel.send(address, message());
    await other.channel.send(address, message({ sentAt: storyStart }));
    const [first, again] = other.arrived();
    expect([again?.id, again?.tag]).toEqual([first?.id, first?.tag]);
  });

  it('a dead address is gone, and nothing is thrown', async () => {
    other.refuse('dead');
    expect(await other.channel.send(address, message())).toEqual({ type: 'gone' });
  });

  it('a passing refusal is a failure to be tried again', async () => {
    other.refuse('later');
    expect(await other.channel.send(address, message())).toMatchObject({ type: 'failed', isFinal: false });
    other.refuse(null);
    expect(await other.channel.send(address, message())).toEqual({ type: 'ok' });
  });

  it('a refusal of the message itself is final', async () => {
    other.refuse('never');
    expect(await other.channel.send(address, message())).toMatchObject({ type: 'failed', isFinal: true });
  });

  it('a provider that is not there is a failure, not an exception', async () => {
    await other.close();
    expect(await other.channel.send(address, message())).toMatchObject({ type: 'failed', isFinal: false });
  });

  it('a stand-down closes what was shown, or says that this channel cannot', async () => {
    const outcome = await other.channel.send(address, message({ type: 'stand-down' }));
    if (other.channel.name === 'push') expect(outcome).toEqual({ type: 'ok' });
    else {
      expect(outcome).toEqual({ type: 'none' });
      expect(other.arrived()).toEqual([]);
    }
  });

  it('several routine alerts arrive as one message that says so', async () => {
    const others = ['two', 'three'].map((name) => alertIdOf(consultId(name), eventId(name), reachable));
    await other.channel.send(
      address,
      message({ alerts: [alert, ...others], urgency: 'routine', open: '/alerts', canBeAcknowledged: false }),
    );
    expect(other.arrived()).toHaveLength(1);
    const [arrived] = other.arrived();
    expect(arrived?.text).toMatch(/and 2 more|"count":3/i);
    expect(arrived?.text).toContain('/alerts');
    expect(arrived?.text).not.toContain(origin + '/consult');
  });
});
