import { describe, expect, test } from 'vitest';
import { alertKindSchema, type Alert } from '#shared/alert/alert.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { aboutAlert, alertTitle, alertWord } from '$lib/alarm/alert-words.ts';
import { placeOfAlert } from '#shared/alert/place.ts';
import { pushPayloadSchema } from '#shared/alert/protocol.ts';
import { isUnread, type Reading } from '$lib/alarm/my-alerts.ts';
import { headedBy, undeliveredAlerts } from '$lib/alarm/undelivered-alerts.ts';
import { closeNotifications, replyMark, tagsToClose } from '$lib/alerts/close-notifications.ts';
import { departments, hospital, people, Story } from '#tests/builders.ts';
import { atMinute, buildAlert } from './build-alert.ts';

const me = people.cardiologist.id;
const reading = (changes: Partial<Reading> = {}): Reading => ({
  person: me,
  signedInAt: atMinute(0),
  looked: {},
  isOpenConsult: () => true,
  ...changes,
});

describe('ALE-2 what counts as unread', () => {
  const ended = { isOpenConsult: () => false };
  test.each<[string, Alert, Partial<Reading>, boolean]>([
    ['a call of this shift', buildAlert(['sent push 1 ok'], { plannedMinute: 1 }), {}, true],
    ['shown is not read', buildAlert(['shown push 1'], { plannedMinute: 1 }), {}, true],
    ['opened', buildAlert(['opened push 2']), {}, false],
    ['acted on', buildAlert(['acted push 2 ok']), {}, false],
    ['called off', buildAlert(['stood-down 2']), {}, false],
    ['to somebody else', buildAlert([], { to: people.head.id }), {}, false],
    ['older than this sign-in', buildAlert([]), { signedInAt: atMinute(5) }, false],
    ['a sign-in nobody noted', buildAlert([]), { signedInAt: null }, true],
    ['about a consult that has ended', buildAlert([], { about: 'note' }), ended, false],
    ['the answer, though the consult is completed', buildAlert([], { about: 'completed' }), ended, true],
    ['the cancel itself', buildAlert([], { about: 'cancelled' }), ended, true],
    ['about no consult', buildAlert([], { about: 'rota-gap', consult: null }), ended, true],
  ])('%s', (_name, alert, changes, isNew) => {
    expect(isUnread(alert, reading(changes))).toBe(isNew);
  });

  test('opened here and not at the server yet is read; only shown here is not', () => {
    const alert = buildAlert([]);
    const looked = (fact: 'shown' | 'opened') => ({ [alert.id]: { fact, at: atMinute(1), isSent: false } });
    expect(isUnread(alert, reading({ looked: looked('opened') }))).toBe(false);
    expect(isUnread(alert, reading({ looked: looked('shown') }))).toBe(true);
  });
});

describe('where an alert leads and what it says', () => {
  const about = (kind: Alert['about']): Alert => buildAlert([], { about: kind, consult: null });
  test.each([
    ['rota-gap', '/rota?department=<department>'],
    ['rota-changed', '/rota?department=<department>'],
    ['swap-asked', '/rota?department=<department>'],
    ['swap-declined', '/rota?department=<department>'],
    ['access-requested', '/admin'],
    ['unreachable', '/rota?department=<department>'],
    ['test', '/readiness'],
    ['hand-over', '/'],
  ] as const)('ALE-10 %s about no consult leads to %s', (kind, place) => {
    const alert = about(kind);
    expect(placeOfAlert(alert)).toBe(place.replace('<department>', alert.department));
    expect(pushPayloadSchema.shape.open.safeParse(placeOfAlert(alert)).success).toBe(true);
  });
  test('about a consult it leads there, whatever it is about', () => {
    const alert = buildAlert([], { about: 'hand-over' });
    expect(placeOfAlert(alert)).toBe(`/consult/${String(alert.consult)}`);
  });
  test('ALE-9 that somebody cannot be reached says who, in the app alone', () => {
    const alert = {
      ...about('unreachable'),
      cause: `${people.cardiologist.id}:unreachable:${departments.cardiology.id}:now` as Alert['cause'],
    };
    const nameOf = (id: string): string => (id === people.cardiologist.id ? 'Dr A' : 'somebody else');
    expect(alertTitle(alert, nameOf)).toContain('Dr A');
    expect(alertTitle(about('rota-gap'), nameOf)).toBe(alertWord('rota-gap'));
    expect(alertTitle(buildAlert([], { insteadOf: people.cardiologist.id }), nameOf)).toContain('Dr A');
  });
  test.each(alertKindSchema.options)('%s has words and a second line', (kind) => {
    expect(alertWord(kind).length).toBeGreaterThan(3);
    expect(aboutAlert({ about: kind, as: '' }, 'Cardiology')).toMatch(
      kind === 'test' ? /nothing/i : kind === 'access-requested' ? /Administration/ : /Cardiology/,
    );
  });
});

describe('ALE-4 what a head sees of alerts nobody was shown', () => {
  const story = new Story().submitted();
  const consult = projectConsult(story.events) as Consult;
  const call = (facts: readonly string[], parts: Parameters<typeof buildAlert>[1] = {}): Alert =>
    buildAlert(facts, { consult: consult.id, urgency: consult.urgency, ...parts });
  const listed = (alerts: readonly Alert[], minute: number, consults: readonly Consult[] = [consult]) =>
    undeliveredAlerts(
      () => alerts,
      consults,
      new Set([departments.cardiology.id]),
      people.head.id,
      atMinute(minute),
    );
  const limitMinutes = { emergency: 1, urgent: 5, routine: 60 }[consult.urgency];

  test('a head heads the department and those below it; a doctor none', () => {
    const now = atMinute(0);
    expect([...headedBy(people.head, hospital(), now)]).toContain(departments.cardiology.id);
    expect([...headedBy(people.parentHead, hospital(), now)]).toContain(departments.cardiology.id);
    expect(headedBy(people.cardiologist, hospital(), now).size).toBe(0);
  });

  test('only after it had its time to arrive', () => {
    const alerts = [call(['sent push 0 ok'])];
    expect(listed(alerts, limitMinutes - 0.5)).toEqual([]);
    expect(listed(alerts, limitMinutes)).toMatchObject([
      { since: atMinute(0), people: [{ person: me, hasDevice: true }] },
    ]);
  });

  test('who has no device is told apart from whose device is silent', () => {
    const alerts = [
      call(['sent push 0 none']),
      call(['sent push 2 ok'], { to: people.cardiologist2.id, plannedMinute: 2 }),
    ];
    expect(listed(alerts, limitMinutes)[0]?.people).toEqual([
      { person: me, hasDevice: false },
      { person: people.cardiologist2.id, hasDevice: true },
    ]);
  });

  test('of those called at one moment the assignee stands first: whoever has it is rung first', () => {
    const alerts = [
      call(['sent push 0 ok'], { as: 'receiver', to: people.receiver.id }),
      call(['sent push 0 ok'], { as: 'assignee' }),
    ];
    expect(listed(alerts, limitMinutes)[0]?.people.map(({ person }) => person)).toEqual([
      me,
      people.receiver.id,
    ]);
  });

  test.each([
    ['shown to one of those called', [call(['shown push 1'])]],
    ['opened in the app', [call(['opened in-app 1'])]],
    ['called off', [call(['stood-down 1'])]],
    ['only news', [call(['sent push 0 ok'], { about: 'note' })]],
    ['meant for the reader alone', [call(['sent push 0 ok'], { to: people.head.id })]],
  ])('%s: not listed', (_name, alerts) => expect(listed(alerts, 600)).toEqual([]));

  test('that the reader was shown it does not make it delivered', () => {
    const alerts = [call(['sent push 0 ok']), call(['shown push 1'], { to: people.head.id })];
    expect(listed(alerts, 600)).toHaveLength(1);
  });

  test.each(['redirected', 'info-requested', 'acknowledged'] as const)(
    'that the requester was shown what became of it (%s) does not make the call delivered',
    (about) => {
      const news = call(['shown push 1'], { about, to: people.requester.id, as: 'requester' });
      expect(listed([news, call(['sent push 1 ok'])], 600)).toHaveLength(1);
      expect(listed([news], 600)).toEqual([]);
    },
  );

  test('another department, or a consult that has ended: not listed', () => {
    const elsewhere = { ...consult, receivingDepartment: departments.surgery.id };
    expect(listed([call(['sent push 0 ok'])], 600, [elsewhere])).toEqual([]);
    expect(listed([call(['sent push 0 ok'])], 600, [{ ...consult, status: 'cancelled' }])).toEqual([]);
  });
});

describe('ALE-8 notifications this device closes by itself', () => {
  const state = { person: me, isShared: false, looked: {} };
  const tag = `consult:${String(buildAlert([]).consult)}`;
  const of = (...facts: string[]): Alert => buildAlert(facts);

  test.each<[string, readonly Alert[], boolean]>([
    ['called off', [of('stood-down 1')], true],
    ['opened on another device', [of('opened push 1')], true],
    ['still asking', [of('shown push 1')], false],
    [
      'one of two still asks',
      [of('stood-down 1'), buildAlert(['sent push 0 ok'], { cause: 'other' })],
      false,
    ],
    ["somebody else's", [buildAlert(['stood-down 1'], { to: people.head.id })], false],
  ])('%s', (_name, alerts, closes) => expect(tagsToClose(alerts, state).has(tag)).toBe(closes));

  test('on a shared tablet what one has opened may still call another; a stand-down calls nobody', () => {
    const shared = { ...state, isShared: true };
    expect(tagsToClose([of('opened push 1')], shared).has(tag)).toBe(false);
    expect(tagsToClose([of('stood-down 1')], shared).has(tag)).toBe(true);
  });

  test('opened here closes it here at once', () => {
    const alert = of('sent push 0 ok');
    const looked = { [alert.id]: { fact: 'opened', at: atMinute(1), isSent: false } } as const;
    expect(tagsToClose([alert], { ...state, looked }).has(tag)).toBe(true);
  });

  test('what came of a tap stays until the person puts it away; other consults stay as well', async () => {
    const closed: string[] = [];
    const shown = (name: string, of: string, data: unknown) => ({
      tag: of,
      data,
      close: () => void closed.push(name),
    });
    await closeNotifications(
      () =>
        Promise.resolve([
          shown('the call', tag, { v: 1 }),
          shown('the reply', tag, { v: 1, ...replyMark }),
          shown('another call', 'consult:other', { v: 1 }),
          shown('a stranger', tag, null),
        ]),
      new Set([tag]),
    );
    expect(closed).toEqual(['the call', 'a stranger']);
  });
});
