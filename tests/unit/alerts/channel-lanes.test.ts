import { describe, expect, it } from 'vitest';
import type { AlertAddress, AlertChannel, AlertMessage } from '#server/alerts/channel.ts';
import { lanes, withLanes } from '#server/alerts/channel-lanes.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import { storyStart } from '#tests/builders.ts';

const to: AlertAddress = { device: null, to: 'somewhere' };
const message = (urgency: Urgency): AlertMessage => ({
  type: 'alert',
  alerts: ['a:b:c'],
  idempotencyKey: 'a:b:c:push:0',
  tag: 'consult:x',
  about: 'new-consult',
  urgency,
  departmentName: 'Cardiology',
  language: 'en',
  reference: null,
  open: '/consult/x',
  canBeAcknowledged: false,
  sentAt: storyStart,
});
const channel = (send: AlertChannel['send']): AlertChannel => ({
  name: 'push',
  addressesOf: () => Promise.resolve([to]),
  send,
});

describe('lanes of a channel', () => {
  it('a push service that hangs on thousands of routine messages keeps no emergency waiting', async () => {
    const begun: Urgency[] = [];
    const hanging: (() => void)[] = [];
    const sender = withLanes(
      channel((_to, { urgency }) => {
        begun.push(urgency);
        return urgency === 'emergency'
          ? Promise.resolve({ type: 'ok' })
          : new Promise((resolve) => hanging.push(() => resolve({ type: 'ok' })));
      }),
    );
    const routine = Array.from({ length: 3000 }, () => sender.send(to, message('routine')));
    expect(await sender.send(to, message('emergency'))).toEqual({ type: 'ok' });
    expect(begun.filter((urgency) => urgency === 'routine')).toHaveLength(lanes.routine);
    // Each that ends lets the next begin, until all have been sent.
    let ended = 0;
    const all = Promise.all(routine).then(() => (ended = -1));
    while (ended === 0) {
      for (const end of hanging.splice(0)) end();
      await Promise.resolve();
    }
    await all;
    expect(begun.filter((urgency) => urgency === 'routine')).toHaveLength(3000);
  });

  it('a sender that throws gives its place back', async () => {
    let calls = 0;
    const sender = withLanes(
      channel(() => {
        calls++;
        return Promise.reject(new Error('a bug'));
      }),
    );
    for (let n = 0; n < lanes.urgent * 2; n++)
      await expect(sender.send(to, message('urgent'))).rejects.toThrow('a bug');
    expect(calls).toBe(lanes.urgent * 2);
  });
});
