import { describe, expect, it } from 'vitest';
import { instant } from '#shared/lib/instant.ts';
import type { KeyringStatus } from '$lib/keys/keyrings.ts';
import { step, type Door, type DoorEvent } from '$lib/lock/door.ts';
import { people } from '#tests/builders.ts';

const me = people.requester.id;
const other = people.cardiologist.id;
const now = instant('2026-11-22T02:00:00.000Z');
const in15s = instant('2026-11-22T02:00:15.000Z');

const status = (changes: Partial<KeyringStatus> = {}): KeyringStatus => ({
  hasPin: true,
  hasPassword: true,
  wrongTries: 0,
  waitMs: 0,
  lease: 'running',
  leaseEndsAt: instant('2026-11-25T02:00:00.000Z'),
  ...changes,
});
const chosen = (changes: Partial<KeyringStatus> = {}): DoorEvent => ({
  type: 'chosen',
  person: me,
  status: status(changes),
  now,
});
const who: Door = { at: 'who' };
const asking: Door = {
  at: 'asking',
  person: me,
  kind: 'pin',
  hasOther: true,
  said: null,
  blockedUntil: null,
};
const blocked: Door = { ...asking, blockedUntil: in15s };
const trying: Door = { at: 'trying', person: me, kind: 'pin', hasOther: true };
const server = (why: Extract<Door, { at: 'server' }>['why']): Door => ({ at: 'server', person: me, why });
const refused = (failure: Extract<DoorEvent, { type: 'refused' }>['failure']): DoorEvent => ({
  type: 'refused',
  failure,
  now,
});

describe('PEO-7 the door of a locked tablet', () => {
  it.each<[string, Door, DoorEvent, Door]>([
    ['a person with a PIN is asked for it', who, chosen(), asking],
    [
      'without a PIN for the password, and there is no other way',
      who,
      chosen({ hasPin: false }),
      { ...asking, kind: 'password', hasOther: false },
    ],
    ['a wait of before still holds', who, chosen({ wrongTries: 4, waitMs: 15_000 }), blocked],
    [
      'who never signed in since the tablet seals has to, once',
      who,
      chosen({ hasPin: false, hasPassword: false, lease: 'none', leaseEndsAt: null }),
      server('never-signed-in'),
    ],
    [
      'an ended lease locks reading, whatever the PIN',
      who,
      chosen({ lease: 'ended' }),
      server('lease-ended'),
    ],
    [
      'ten wrong tries lead to the server',
      who,
      chosen({ hasPin: false, wrongTries: 10 }),
      server('tries-used-up'),
    ],
    [
      'nothing to open with leads to the server',
      who,
      chosen({ hasPin: false, hasPassword: false }),
      server('no-such-secret'),
    ],
    [
      'somebody else may be chosen while asked',
      asking,
      { ...chosen(), person: other } as DoorEvent,
      { ...asking, person: other },
    ],
    ['back to the list', asking, { type: 'back' }, who],
    ['back from the server', server('forgotten'), { type: 'back' }, who],
    [
      'someone else signs in',
      who,
      { type: 'someone-else' },
      { at: 'server', person: null, why: 'someone-else' },
    ],
    ['the PIN forgotten', asking, { type: 'forgotten' }, server('forgotten')],
    ['the other way', asking, { type: 'other-way' }, { ...asking, kind: 'password' }],
    ['and back again', { ...asking, kind: 'password' }, { type: 'other-way' }, asking],
    ['no other way', { ...asking, hasOther: false }, { type: 'other-way' }, { ...asking, hasOther: false }],
    ['what is typed is tried', asking, { type: 'entered' }, trying],
    ['not before the wait is over', blocked, { type: 'entered' }, blocked],
    ['the wait goes on', blocked, { type: 'time', now }, blocked],
    ['the wait is over to the millisecond', blocked, { type: 'time', now: in15s }, asking],
    [
      'wrong, and one may try again at once',
      trying,
      refused({ type: 'wrong', triesLeft: 8, waitMs: 0 }),
      { ...asking, said: { type: 'wrong', triesLeft: 8 } },
    ],
    [
      'wrong, and one has to wait',
      trying,
      refused({ type: 'wrong', triesLeft: 6, waitMs: 15_000 }),
      { ...blocked, said: { type: 'wrong', triesLeft: 6 } },
    ],
    [
      'the tenth wrong one',
      trying,
      refused({ type: 'wrong', triesLeft: 0, waitMs: 0 }),
      server('tries-used-up'),
    ],
    ['another window used the try', trying, refused({ type: 'wait', waitMs: 15_000 }), blocked],
    [
      'a lease that ends in between',
      trying,
      refused({ type: 'sign-in', why: 'lease-ended' }),
      server('lease-ended'),
    ],
    [
      'a storage that does not answer',
      trying,
      refused({ type: 'storage-failed' }),
      { ...asking, said: { type: 'storage-failed' } },
    ],
  ])('%s', (_words, before, event, after) => {
    expect(step(before, event)).toEqual(after);
  });

  it.each<[string, DoorEvent]>([
    ['back', { type: 'back' }],
    ['another person', chosen()],
    ['someone else', { type: 'someone-else' }],
    ['forgotten', { type: 'forgotten' }],
    ['the other way', { type: 'other-way' }],
    ['a second Enter', { type: 'entered' }],
    ['time', { type: 'time', now }],
  ])('while a key is derived %s changes nothing', (_words, event) => {
    expect(step(trying, event)).toBe(trying);
  });

  it('an answer that comes when nobody waits for it any more changes nothing', () => {
    for (const door of [who, asking, server('forgotten')])
      expect(step(door, refused({ type: 'wrong', triesLeft: 3, waitMs: 0 }))).toBe(door);
  });
});
