import { describe, expect, test } from 'vitest';
import type { Alert } from '#shared/alert/alert.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { acknowledgementsIn, alertPassages } from '$lib/consult/alerts/alert-story.ts';
import { createTimes } from '$lib/time/times.ts';
import type { personId } from '#tests/builders.ts';
import { people, Story } from '#tests/builders.ts';
import { atMinute, buildAlert, type AlertParts, type FactText } from './build-alert.ts';

const names = new Map<string, string>([
  [people.cardiologist.id, 'Dr A'],
  [people.cardiologist2.id, 'Dr B'],
  [people.head.id, 'Dr Siddiq'],
]);
const sources = {
  nameOf: (person: string) => names.get(person) ?? 'somebody',
  times: createTimes('en', 'Asia/Karachi'),
  acknowledgedAt: () => null,
};
const told = (alerts: readonly Alert[], acknowledged: Instant | null = null): string[] =>
  alertPassages(alerts, { ...sources, acknowledgedAt: () => acknowledged }).map(({ words }) => words);
const a = (...facts: FactText[]): Alert => buildAlert(facts);
const to = (
  person: { id: ReturnType<typeof personId> },
  plannedMinute: number,
  ...facts: FactText[]
): Alert =>
  buildAlert(facts, {
    to: person.id,
    plannedMinute,
    as: person.id === people.cardiologist.id ? 'on-call first' : 'receiver',
  });
const instead = (plannedMinute: number, ...facts: FactText[]): Alert =>
  buildAlert(facts, {
    to: people.cardiologist2.id,
    plannedMinute,
    as: 'on-call second',
    insteadOf: people.cardiologist.id,
  });
const about = (parts: AlertParts, ...facts: FactText[]): Alert => buildAlert(facts, parts);

// The story starts at 13:00 in Karachi.
describe('ALE-11 the alerts of a consult in plain words', () => {
  test.each<[string, readonly Alert[], string]>([
    ['planned and not sent', [a('planned 0')], 'Alert to Dr A, not sent yet'],
    ['sent and nothing more', [a('planned 0', 'sent push 0 ok')], 'Push to Dr A, not shown yet'],
    ['shown', [a('sent push 0 ok', 'shown push 1')], 'Push to Dr A · shown 13:01'],
    [
      'shown and opened',
      [a('sent push 0 ok', 'shown push 1', 'opened push 4')],
      'Push to Dr A · shown 13:01 · opened 13:04',
    ],
    [
      'an act that takes nothing on, such as a message, is no acknowledgement',
      [a('sent push 0 ok', 'shown push 1', 'acted 3')],
      'Push to Dr A · shown 13:01 · opened 13:03',
    ],
    [
      'an act on news is no acknowledgement',
      [about({ about: 'note' }, 'sent push 0 ok', 'acted 3')],
      'Push to Dr A · opened 13:03',
    ],
    [
      'a device that was quicker than the answer of its service: sent first all the same',
      [a('planned 0', 'shown push 0.01', 'sent push 0.02 ok')],
      'Push to Dr A · shown 13:00',
    ],
    ['no device at all', [a('sent push 0 none')], 'No device of Dr A to send to'],
    ['a dead device', [a('sent push 0 gone phone')], 'Push to Dr A, not sent: the device is gone'],
    [
      'one of two devices took it',
      [a('sent push 0 gone phone', 'sent push 0 ok tablet', 'shown push 1')],
      'Push to Dr A · shown 13:01',
    ],
    [
      'the service did not take it, then did',
      [a('sent push#0 0 failed', 'sent push#1 1 ok', 'shown push 1')],
      'Push to Dr A, not sent: the service did not take it · 13:01 push again · shown 13:01',
    ],
    [
      'the next channel of the same person',
      [a('sent push#0 2 ok', 'sent sms#1 4 ok')],
      '13:02 push to Dr A, not shown · 13:04 SMS, not shown yet',
    ],
    [
      'an e-mail beside the push',
      [a('sent push 0 ok', 'sent email 0 ok', 'shown push 0')],
      'E-mail to Dr A · push · shown 13:00',
    ],
    [
      'called off before it was shown',
      [a('sent push 0 ok', 'stood-down 6')],
      'Push to Dr A, not shown · called off 13:06',
    ],
    [
      'called off after it was shown',
      [a('sent push 0 ok', 'shown push 1', 'stood-down 6')],
      'Push to Dr A · shown 13:01',
    ],
    ['looked at in the app alone', [a('planned 0', 'opened in-app 2')], 'Alert to Dr A · opened 13:02'],
    [
      'two people at once',
      [
        to(people.cardiologist, 0, 'sent push 0 ok', 'shown push 1'),
        to(people.cardiologist2, 0, 'sent push 0 ok'),
      ],
      'Push to Dr A · push to Dr B, not shown yet · shown to Dr A 13:01',
    ],
    [
      'the next person, because the first was not reached',
      [
        to(people.cardiologist, 2, 'sent push#0 2 ok', 'sent sms#1 4 ok'),
        instead(7, 'sent push 7 ok', 'shown push 8', 'opened push 9'),
      ],
      'Push to Dr A, not shown · 13:04 SMS, not shown · 13:07 Dr B called instead · shown 13:08 · opened 13:09',
    ],
    [
      'the next person has no device either',
      [to(people.cardiologist, 0, 'sent push 0 ok'), instead(3, 'sent push 3 none')],
      'Push to Dr A, not shown · 13:03 Dr B to be called instead, but has no device',
    ],
    [
      'a late receipt stays where it happened',
      [
        to(people.cardiologist, 0, 'sent push 0 ok', 'shown push 9'),
        instead(3, 'sent push 3 ok', 'shown push 4'),
      ],
      'Push to Dr A, not shown · 13:03 Dr B called instead · shown 13:04 · shown to Dr A 13:09',
    ],
    [
      'a person called later, but not in place of anybody',
      [
        to(people.cardiologist, 0, 'sent push 0 ok', 'shown push 1'),
        to(people.cardiologist2, 3, 'sent push 3 ok'),
      ],
      'Push to Dr A · shown 13:01 · 13:03 push to Dr B, not shown yet',
    ],
  ])('%s', (_name, alerts, words) => {
    expect(told(alerts)).toEqual([words]);
  });

  test('acknowledged from the notification', () =>
    expect(told([a('sent push 0 ok', 'shown push 1', 'acted push 3 ok')], atMinute(3))).toEqual([
      'Push to Dr A · shown 13:01 · acknowledged 13:03',
    ]));

  test('CON-16 only who said that they have it has acknowledged, at the moment they said so', () => {
    const tale = new Story()
      .submitted()
      .act('message-posted', { text: 'Which ward?' }, { by: people.cardiologist })
      .act('assigned', { to: people.cardiologist2.id, acknowledges: false }, { by: people.receiver })
      .act('acknowledged', { promiseMinutes: 15, assignSelf: false }, { by: people.cardiologist2 });
    const consult = projectConsult(tale.events);
    if (consult === null) throw new Error('no consult');
    const acknowledgedAt = acknowledgementsIn(consult);
    expect(acknowledgedAt(people.cardiologist.id, atMinute(0))).toBeNull();
    expect(acknowledgedAt(people.receiver.id, atMinute(0))).toBeNull();
    expect(acknowledgedAt(people.cardiologist2.id, atMinute(0))).toBe(tale.last.receivedAt);
    expect(acknowledgedAt(people.cardiologist2.id, atMinute(600))).toBeNull();
  });

  test('one passage for each cause, in the order they were planned', () => {
    const later = about({ cause: 'reminder', plannedMinute: 10 }, 'sent push 10 ok');
    expect(told([later, a('sent push 0 ok', 'shown push 1')])).toEqual([
      'Push to Dr A · shown 13:01',
      'Push to Dr A, not shown yet',
    ]);
  });

  test('what the server derived from an act in the same write is told with it', () => {
    const asked = a('sent push 0 ok', 'shown push 1');
    const given = to(people.cardiologist2, 0, 'sent push 0 ok', 'shown push 0');
    const derived = { ...given, cause: `${asked.cause}:auto-assigned` as Alert['cause'] };
    expect(told([asked, derived])).toEqual([
      'Push to Dr A · push to Dr B · shown 13:00 · shown to Dr A 13:01',
    ]);
  });

  test('the order the facts are held in changes nothing', () => {
    const facts = ['sent push#0 0 ok', 'sent sms#1 2 ok', 'shown push 3', 'opened push 4'];
    expect(told([a(...facts.toReversed())])).toEqual(told([a(...facts)]));
  });

  test('it stands at the moment the first of them was planned', () => {
    const [passage] = alertPassages([to(people.head, 5), to(people.cardiologist, 2)], sources);
    expect(passage?.at).toBe(atMinute(2));
  });

  test('nothing sent says nothing', () => expect(told([])).toEqual([]));
});
