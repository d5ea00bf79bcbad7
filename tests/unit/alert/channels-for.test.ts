import { describe, expect, it } from 'vitest';
import type { Alert } from '#shared/alert/alert.ts';
import { channelsFor, quietUntil } from '#shared/alert/channels-for.ts';
import { defaultAlertPreferences, type AlertPreferences } from '#shared/alert/preferences.ts';
import { addMinutes, instant } from '#shared/lib/instant.ts';
import { departments, directoryOf, organisation, people, storyStart } from '#tests/builders.ts';
import { rotaWeek, shift } from '#tests/unit/directory/rota-builders.ts';

const onCall = people.cardiologist;
const offDuty = people.cardiologist2;
const directory = {
  ...directoryOf(Object.values(people), Object.values(departments), {
    rotaWeeks: [
      rotaWeek(departments.cardiology.id, [
        shift('second', onCall.id, addMinutes(storyStart, -600), addMinutes(storyStart, 6000)),
      ]),
    ],
  }),
  organisation: { ...organisation(), timeZone: 'Asia/Karachi' },
};
type Asked = Pick<Alert, 'recipient' | 'about' | 'urgency' | 'department' | 'insteadOf'>;
const asked = (over: Partial<Asked> = {}): Asked => ({
  recipient: onCall.id,
  about: 'new-consult',
  urgency: 'emergency',
  department: departments.cardiology.id,
  ...over,
});
const mute: AlertPreferences = {
  channels: { emergency: [], urgent: [], routine: [] },
  quietHours: { from: '22:00', until: '07:00' },
};
const channels = (alert: Asked, preferences: AlertPreferences, at = storyStart) =>
  channelsFor(alert, preferences, directory, at).channels;

describe('ALE-2 which channels an alert takes', () => {
  it.each<[string, Asked, AlertPreferences, readonly string[]]>([
    [
      'as the person wishes, in that order',
      asked({ urgency: 'urgent' }),
      { ...mute, channels: { ...mute.channels, urgent: ['email', 'push'] } },
      ['email', 'push'],
    ],
    [
      'the defaults for an urgent one',
      asked({ urgency: 'urgent' }),
      defaultAlertPreferences,
      ['push', 'sms', 'email'],
    ],
    ['the defaults for a routine one', asked({ urgency: 'routine' }), defaultAlertPreferences, ['push']],
    ['nobody mutes an emergency they are on call for', asked(), mute, ['push', 'sms', 'email']],
    [
      'what they wished comes first all the same',
      asked(),
      { ...mute, channels: { ...mute.channels, emergency: ['email'] } },
      ['email', 'push', 'sms'],
    ],
    ['an emergency of somebody off duty may be muted', asked({ recipient: offDuty.id }), mute, []],
    ['on call elsewhere is not on call here', asked({ department: departments.surgery.id }), mute, []],
    ['an urgent one may be muted', asked({ urgency: 'urgent' }), mute, []],
    [
      'what escalation sends may not',
      asked({ urgency: 'urgent', about: 'escalated', recipient: offDuty.id }),
      mute,
      ['push', 'sms', 'email'],
    ],
    ['nor a broken target', asked({ urgency: 'urgent', about: 'breached' }), mute, ['push', 'sms', 'email']],
    [
      'nor a call instead of somebody silent',
      asked({ urgency: 'urgent', recipient: offDuty.id, insteadOf: onCall.id }),
      mute,
      ['push', 'sms', 'email'],
    ],
    ['a routine escalation may be muted', asked({ urgency: 'routine', about: 'escalated' }), mute, []],
    [
      'a channel wished for twice is taken once',
      asked({ urgency: 'routine' }),
      { ...mute, channels: { ...mute.channels, routine: ['push', 'push'] } },
      ['push'],
    ],
    [
      'a test takes all there are',
      asked({ about: 'test', urgency: 'urgent', recipient: offDuty.id }),
      mute,
      ['push', 'sms', 'email'],
    ],
  ])('%s', (_why, alert, preferences, expected) => expect(channels(alert, preferences)).toEqual(expected));

  // 19:00 UTC is midnight in Karachi.
  const midnight = instant('2026-03-02T19:00:00.000Z');
  const sevenInTheMorning = instant('2026-03-03T02:00:00.000Z');
  it.each<[string, Asked, typeof midnight | null]>([
    ['a routine one is held back until they end', asked({ urgency: 'routine' }), sevenInTheMorning],
    ['an urgent one is not', asked({ urgency: 'urgent' }), null],
    ['an emergency is not', asked(), null],
    ['a routine escalation is', asked({ urgency: 'routine', about: 'escalated' }), sevenInTheMorning],
  ])('quiet hours: %s', (_why, alert, expected) =>
    expect(channelsFor(alert, mute, directory, midnight).notBefore).toBe(expected),
  );
});

describe('ALE-2 quiet hours', () => {
  const night = { from: '22:00', until: '07:00' };
  it.each<[string, AlertPreferences['quietHours'], string, string, string | null]>([
    ['none', null, '2026-03-02T19:00:00.000Z', 'UTC', null],
    ['in the evening', night, '2026-03-02T22:00:00.000Z', 'UTC', '2026-03-03T07:00:00.000Z'],
    ['after midnight', night, '2026-03-03T06:59:59.999Z', 'UTC', '2026-03-03T07:00:00.000Z'],
    ['over', night, '2026-03-03T07:00:00.000Z', 'UTC', null],
    ['not yet', night, '2026-03-02T21:59:59.000Z', 'UTC', null],
    [
      'at noon, the same day',
      { from: '12:00', until: '14:30' },
      '2026-03-02T12:00:00.000Z',
      'UTC',
      '2026-03-02T14:30:00.000Z',
    ],
    [
      'begins where it ends: never',
      { from: '07:00', until: '07:00' },
      '2026-03-03T03:00:00.000Z',
      'UTC',
      null,
    ],
    [
      'Karachi is five hours ahead',
      night,
      '2026-03-02T17:30:00.000Z',
      'Asia/Karachi',
      '2026-03-03T02:00:00.000Z',
    ],
    [
      'the night in which summer time begins is an hour shorter',
      night,
      '2026-03-28T22:00:00.000Z',
      'Europe/Berlin',
      '2026-03-29T05:00:00.000Z',
    ],
    [
      'the night in which it ends is an hour longer',
      night,
      '2026-10-24T21:00:00.000Z',
      'Europe/Berlin',
      '2026-10-25T06:00:00.000Z',
    ],
  ])('%s', (_why, hours, at, zone, expected) => expect(quietUntil(hours, instant(at), zone)).toBe(expected));
});
