import { describe, expect, it } from 'vitest';
import type { Alert, AlertFact } from '#shared/alert/alert.ts';
import { alertOf } from '#shared/alert/plan.ts';
import { nextAttempt, retryDelaysSeconds } from '#shared/alert/retry.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import { addMs } from '#shared/lib/instant.ts';
import { consultId, departments, deviceId, eventId, people, storyStart } from '#tests/builders.ts';

const after = (seconds: number) => addMs(storyStart, seconds * 1000);
const phone = deviceId('phone');
const tablet = deviceId('tablet');
const sent = (
  device: AlertFact['device'],
  outcome: AlertFact['outcome'],
  attempt = 0,
  over: Partial<AlertFact> = {},
): AlertFact => ({
  fact: 'sent',
  channel: 'push',
  device,
  attempt,
  outcome,
  at: after(attempt * 10),
  ...over,
});
const shown: AlertFact = {
  fact: 'shown',
  channel: 'push',
  device: phone,
  attempt: 0,
  outcome: null,
  at: after(5),
};
const stoodDown: AlertFact = { ...shown, fact: 'stood-down', channel: 'in-app', outcome: 'ok' };

function alert(urgency: Urgency, ...facts: AlertFact[]): Alert {
  const made = alertOf(
    {
      id: 'a',
      consult: consultId('one'),
      cause: eventId('cause'),
      recipient: people.cardiologist.id,
      as: 'assignee',
      about: 'assigned',
      urgency,
      department: departments.cardiology.id,
    },
    storyStart,
  );
  return { ...made, facts: [...made.facts, ...facts] };
}

describe('ALE-12 when an alert is sent again', () => {
  it.each([
    ['never tried', alert('routine'), { at: after(15), devices: null }],
    ['taken', alert('emergency', sent(phone, 'ok')), null],
    [
      'an emergency that was not taken',
      alert('emergency', sent(phone, 'failed')),
      { at: after(10), devices: [phone] },
    ],
    ['an urgent one', alert('urgent', sent(phone, 'failed')), { at: after(60), devices: [phone] }],
    ['a routine one', alert('routine', sent(phone, 'failed')), null],
    [
      'the second time',
      alert('emergency', sent(phone, 'failed'), sent(phone, 'failed', 1)),
      { at: after(30), devices: [phone] },
    ],
    ['taken the second time', alert('emergency', sent(phone, 'failed'), sent(phone, 'ok', 1)), null],
    [
      'one device of two',
      alert('emergency', sent(tablet, 'ok'), sent(phone, 'failed')),
      { at: after(10), devices: [phone] },
    ],
    [
      'shown meanwhile on another device',
      alert('emergency', sent(tablet, 'ok'), sent(phone, 'failed'), shown),
      null,
    ],
    ['stood down meanwhile', alert('emergency', sent(phone, 'failed'), stoodDown), null],
    ['a dead subscription', alert('emergency', sent(phone, 'gone')), null],
    ['nobody to send to', alert('emergency', sent(null, 'none')), null],
    ['refused for good', alert('emergency', sent(phone, 'failed', 0, { isFinal: true })), null],
    [
      'asked to wait',
      alert('emergency', sent(phone, 'failed', 0, { retryAfterSeconds: 90 })),
      { at: after(90), devices: [phone] },
    ],
    [
      'asked to wait too long',
      alert('emergency', sent(phone, 'failed', 0, { retryAfterSeconds: 3600 })),
      { at: after(300), devices: [phone] },
    ],
  ])('%s', (_why, held, expected) => expect(nextAttempt(held)).toEqual(expected));

  it('ends when the attempts are used up', () => {
    const tried = retryDelaysSeconds.emergency.map((_, attempt) => sent(phone, 'failed', attempt));
    expect(nextAttempt(alert('emergency', ...tried))).not.toBeNull();
    expect(nextAttempt(alert('emergency', ...tried, sent(phone, 'failed', tried.length)))).toBeNull();
  });
});
