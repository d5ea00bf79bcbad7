import { describe, expect, test } from 'vitest';
import { alertSchema, type Alert } from '#shared/alert/alert.ts';
import type { Consult } from '#shared/consult/consult.ts';
import {
  authoredConsultTypes,
  systemConsultTypes,
  type AuthoredConsultType,
  type ConsultBody,
  type SystemConsultType,
} from '#shared/consult/events.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { syntheticStep } from '#shared/escalation/claim.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { chaptersOf, shiftOf } from '$lib/consult/story/chapters.ts';
import { storyOf } from '$lib/consult/story/story.ts';
import type { StoryLine } from '$lib/consult/story/story-line.ts';
import { createTimes } from '$lib/time/times.ts';
import { authored, departments, eventId, people, sampleBodies, stamped, Story } from '#tests/builders.ts';

const times = createTimes('en', 'Asia/Karachi');
const names = new Map<string, string>(Object.values(people).map(({ id, name }) => [id, name]));
const departmentNames = new Map<string, string>(Object.values(departments).map(({ id, name }) => [id, name]));

function tell(story: Story, alerts: readonly Alert[] = []): StoryLine[] {
  const consult = projectConsult(story.events);
  if (consult === null) throw new Error('no consult');
  return storyOf({
    consult,
    alerts,
    nameOf: (person) => names.get(person) ?? 'somebody',
    departmentName: (department: Consult['receivingDepartment']) => departmentNames.get(department) ?? '?',
    times,
  });
}
const lineOf = (story: Story, type: string): StoryLine | undefined =>
  tell(story).findLast(({ entry }) => entry?.event.type === type);

/** Everything that has to happen before an act means something. */
const before: Partial<Record<AuthoredConsultType, (story: Story) => Story>> = {
  'info-provided': (story) => story.act('acknowledged').act('info-requested'),
  resubmitted: (story) => story.act('declined'),
  'recommendation-marked': (story) => story.act('seen').act('completed'),
  closed: (story) => story.act('seen').act('completed'),
  reopened: (story) => story.act('seen').act('completed').act('closed'),
  'follow-up-recorded': (story) => story.act('seen').act('completed'),
  'follow-up-ended': (story) => story.act('seen').act('completed'),
  'promise-changed': (story) => story.act('acknowledged'),
  reassigned: (story) => story.act('assigned'),
  unassigned: (story) => story.act('assigned'),
  completed: (story) => story.act('seen'),
};

/** What each act says; null: another line, the banner or a remark says it. */
const sentences: Readonly<Record<AuthoredConsultType, readonly [words: string, text: string | null] | null>> =
  {
    submitted: ['requester asked cardiology.', null],
    resubmitted: ['requester asked again.', 'ECG repeated.'],
    'info-provided': ['requester answered:', 'Potassium 3.9.'],
    'urgency-changed': ['requester changed the urgency to Emergency.', 'Now hypotensive.'],
    'recommendation-marked': ['requester accepted “Echo tomorrow”.', null],
    closed: ['requester accepted the answer and closed the consult.', null],
    reopened: ['requester opened it again.', 'Pain again.'],
    cancelled: ['requester cancelled the request.', 'Patient transferred.'],
    rang: ['requester rang Extension 4410.', 'Answered, coming.'],
    acknowledged: ['cardiologist is coming within 15 min.', null],
    'promise-changed': ['cardiologist now comes within 30 min.', null],
    assigned: ['receiver gave it to cardiologist.', null],
    reassigned: ['receiver gave it to cardiologist-2.', null],
    unassigned: ['receiver handed it back to the department.', 'Called to theatre.'],
    seen: ['cardiologist saw the patient.', null],
    'info-requested': ['cardiologist asks:', 'Latest potassium?'],
    redirected: ['receiver passed it to surgery.', 'Surgical abdomen.'],
    declined: ['receiver declined.', 'Not cardiac.\nAdvice: Repeat troponin in 3 h.'],
    completed: ['cardiologist answered the question.', null],
    'follow-up-recorded': ['cardiologist saw the patient again:', 'Stable.'],
    'follow-up-ended': ['cardiologist ended the follow-up.', 'Discharged.'],
    'hand-over-confirmed': ['cardiologist took it over.', null],
    'note-added': ['cardiologist noted:', 'Pain free.'],
    'message-posted': ['cardiologist wrote:', 'On my way.'],
    'attachment-added': ['cardiologist added a picture or file.', 'ECG'],
    joined: ['cardiologist joined for surgery.', 'Same question.'],
    opened: ['cardiologist opened it.', null],
    corrected: null,
    'entered-in-error': null,
    'force-closed': ['manager closed it for everyone.', 'Duplicate left open.'],
  };

describe('the story of a consult', () => {
  test.each(authoredConsultTypes)('%s is told in one plain sentence with the words as written', (type) => {
    const story = (before[type] ?? ((each: Story) => each))(new Story().submitted());
    if (type !== 'submitted') story.act(type);
    const line = lineOf(story, type);
    const expected = sentences[type];
    if (expected === null) expect(line).toBeUndefined();
    else expect({ words: line?.words, text: line?.text }).toEqual({ words: expected[0], text: expected[1] });
  });

  const submit = (): Story => new Story().submitted();
  const systemSentences: readonly [SystemConsultType, (story: Story) => Story, string | null][] = [
    ['numbered', (story) => story, null],
    ['clock-snapshot', (story) => story, 'To be seen by 15:00.'],
    [
      'auto-assigned',
      (story) =>
        story.system('auto-assigned', { of: story.last.id, to: people.cardiologist.id, rule: 'on-call' }),
      'Given to cardiologist by the department’s rule. Nobody has taken it yet.',
    ],
    ['arrived-late', () => new Story().submitted({}, { lateMinutes: 7 }), null],
    [
      'hand-over-offered',
      (story) =>
        story.system('hand-over-offered', {
          to: people.cardiologist2.id,
          until: '2026-03-02T12:00:00.000Z' as Instant,
        }),
      'Offered to cardiologist-2 at the change of shift.',
    ],
    [
      'follow-up-due',
      (story) =>
        story
          .act('seen')
          .act('completed')
          .system('follow-up-due', { of: story.last.id, dueAt: '2026-03-02T12:00:00.000Z' as Instant }),
      'A follow-up visit is due.',
    ],
    [
      'patient-kept-apart',
      (story) =>
        story.system('patient-kept-apart', {
          of: story.last.id,
          patient: sampleBodies.submitted.content.patient,
        }),
      'Asked about a patient of another department: the patient’s own record stays there.',
    ],
    [
      'assignee-left',
      (story) => story.act('assigned').system('assignee-left', { person: people.cardiologist.id }),
      'cardiologist left the hospital’s staff: back with the department.',
    ],
    [
      'patient-relinked',
      (story) => story.system('patient-relinked', { patient: sampleBodies.submitted.content.patient }),
      'The patient’s two records were joined.',
    ],
  ];
  test.each(systemSentences)(
    '%s, the system’s own, is told quietly or by another line',
    (type, make, words) => {
      const line = lineOf(make(submit()), type);
      expect(line?.words ?? null).toBe(words);
      if (words !== null) expect(line?.quiet).toBe(true);
    },
  );
  test('no fact of the system is without a sentence or a reason to have none', () => {
    expect([...systemSentences.map(([type]) => type), 'escalated'].sort()).toEqual(
      [...systemConsultTypes].sort(),
    );
  });

  test.each<[ConsultBody<'escalated'>['unless'], string]>([
    ['acknowledged', 'Not taken in time: calling head, receiver.'],
    ['seen', 'Not seen in time: calling head, receiver.'],
    ['completed', 'Not answered in time: calling head, receiver.'],
    ['promise', 'Promised visit is late: calling head, receiver.'],
    ['info', 'Question not answered in time: calling head, receiver.'],
    ['declined-twice', 'Declined twice: calling head, receiver.'],
  ])('an escalation because of %s names the reason and the people', (unless, words) => {
    const story = submit();
    const clock = story.events.find(({ type }) => type === 'clock-snapshot')!.id;
    story.system('escalated', {
      clock,
      // No policy has so many.
      step: 99,
      repeat: 0,
      unless,
      notified: [
        { person: people.head.id, as: 'head' },
        { person: people.receiver.id, as: 'receiver' },
      ],
    });
    expect(lineOf(story, 'escalated')).toMatchObject({ words, quiet: true });
  });

  test.each<[string, number, ConsultBody<'escalated'>['unless'], string]>([
    ['before the target', 0, 'acknowledged', 'Not taken yet: calling head.'],
    [
      'the reminder to take it',
      syntheticStep.dueSoonAcknowledged,
      'acknowledged',
      'Not taken yet, and soon due: reminding head.',
    ],
    [
      'the reminder to see the patient',
      syntheticStep.dueSoonSeen,
      'seen',
      'Not seen yet, and soon due: reminding head.',
    ],
    [
      'the reminder to answer',
      syntheticStep.dueSoonCompleted,
      'completed',
      'Not answered yet, and soon due: reminding head.',
    ],
    [
      'a stand-in who is named, so that they hold it',
      syntheticStep.standIn,
      'acknowledged',
      'Called in place of somebody who does not answer: head, who may read this consult now.',
    ],
  ])('a call is told as what it is: %s', (_name, step, unless, words) => {
    const story = submit();
    const clock = story.events.find(({ type }) => type === 'clock-snapshot')!.id;
    const notified = [{ person: people.head.id, as: 'head' }];
    story.system('escalated', { clock, step, repeat: 0, unless, notified });
    expect(lineOf(story, 'escalated')).toMatchObject({ words, quiet: true });
  });

  test.each<[string, AuthoredConsultType, Partial<ConsultBody<AuthoredConsultType>>, string]>([
    [
      'coming at once',
      'acknowledged',
      { promiseMinutes: 0, assignSelf: true },
      'cardiologist is coming now.',
    ],
    [
      'two hours',
      'acknowledged',
      { promiseMinutes: 125, assignSelf: true },
      'cardiologist is coming within 2 h 5 min.',
    ],
    ['an assessment', 'note-added', { kind: 'assessment', text: 'x' }, 'cardiologist assessed:'],
    ['a plan', 'note-added', { kind: 'plan', text: 'x' }, 'cardiologist plans:'],
    ['advice', 'note-added', { kind: 'recommendation', text: 'x' }, 'cardiologist recommends:'],
  ])('%s has its own words', (_name, type, body, words) => {
    const story = submit().act(type, body as never);
    expect(lineOf(story, type)?.words).toBe(words);
  });

  test('somebody who takes it for themselves took it; nobody gave it', () => {
    const story = submit().act(
      'assigned',
      { to: people.cardiologist.id, acknowledges: true },
      { by: people.cardiologist },
    );
    expect(lineOf(story, 'assigned')?.words).toBe('cardiologist took it.');
  });

  test.each<[ConsultBody<'declined'>['wayForward'], string]>([
    [{ way: 'agreed-by-phone', with: 'Dr Khan' }, 'Not cardiac.\nAgreed by phone with Dr Khan.'],
    [
      { way: 'other-department', department: departments.surgery.id },
      'Not cardiac.\nsurgery should see the patient.',
    ],
  ])('a way forward is said with the reason', (wayForward, text) => {
    expect(lineOf(submit().act('declined', { wayForward, reason: 'Not cardiac.' }), 'declined')?.text).toBe(
      text,
    );
  });
});

describe('what could not be known', () => {
  test('CON-8 two take it at once: the second is told who leads', () => {
    const story = new Story().submitted();
    const seen = story.lastN;
    story
      .act('acknowledged', sampleBodies.acknowledged, { by: people.cardiologist, base: seen })
      .act('acknowledged', sampleBodies.acknowledged, { by: people.cardiologist2, base: seen });
    expect(lineOf(story, 'acknowledged')?.remarks).toEqual([
      'cardiologist had it a moment earlier and leads. cardiologist-2 is told.',
    ]);
  });

  test('CON-8 taken after it was cancelled: how long after, and who is to be told', () => {
    const story = new Story().submitted();
    const seen = story.lastN;
    story
      .act('cancelled', sampleBodies.cancelled, { atMinute: 10 })
      .act('acknowledged', sampleBodies.acknowledged, { atMinute: 14, base: seen });
    expect(lineOf(story, 'acknowledged')?.remarks).toEqual([
      'That was 4 min after it was cancelled, so it changed nothing. Please tell cardiologist that the visit is no longer needed.',
    ]);
  });

  test('cancelled without knowing that the patient was seen meanwhile', () => {
    const story = new Story().submitted();
    const seen = story.lastN;
    story.act('seen').act('cancelled', sampleBodies.cancelled, { base: seen });
    expect(lineOf(story, 'cancelled')?.remarks).toEqual([
      'Written without knowing: cardiologist saw the patient.',
    ]);
  });

  test('OFF-13 what waited on its tablet says how long', () => {
    const story = new Story().submitted({}, { lateMinutes: 40 });
    expect(lineOf(story, 'submitted')?.remarks).toEqual(['Written 40 min before it reached the server.']);
  });

  test('that somebody only opened it meanwhile is nobody’s remark', () => {
    const story = new Story().submitted();
    const seen = story.lastN;
    story.act('opened').act('note-added', sampleBodies['note-added'], { base: seen });
    expect(lineOf(story, 'note-added')?.remarks).toEqual([]);
  });

  test('an act of a newer app is named, kept, and says what to do', () => {
    const story = new Story().submitted();
    story.raw(
      stamped(
        {
          ...authored(
            'seen',
            {},
            { id: eventId('newer'), author: people.cardiologist.id, base: story.lastN },
          ),
          type: 'tele-visited',
          document: story.id,
        },
        story.lastN + 1,
        story.minute(5),
      ),
    );
    expect(tell(story).at(-1)).toMatchObject({
      words: 'cardiologist wrote something that needs a newer app.',
      remarks: ['This app cannot read it. Update the app.'],
    });
  });
});

describe('corrections', () => {
  test('a correction stands beside the words it corrects, which stay', () => {
    const story = new Story().submitted().act('note-added');
    const of = story.last.id;
    story.act('corrected', { of, text: 'Left, not right.' }, { by: people.cardiologist });
    expect(lineOf(story, 'note-added')).toMatchObject({
      text: 'Pain free.',
      inError: false,
      remarks: ['Corrected: Left, not right.'],
    });
  });

  test('what was entered in error is struck through with the reason', () => {
    const story = new Story().submitted().act('note-added');
    const of = story.last.id;
    story.act('entered-in-error', { of, reason: 'Wrong patient.' }, { by: people.cardiologist });
    expect(lineOf(story, 'note-added')).toMatchObject({
      text: 'Pain free.',
      inError: true,
      remarks: ['Entered in error, cardiologist: Wrong patient.'],
    });
  });
});

describe('alerts in the story', () => {
  const alert = (facts: readonly (readonly [string, number, string?])[], plannedMinute = 0): Alert =>
    alertSchema.parse({
      kind: 'alert',
      as: 'on-call',
      id: `${new Story().id}:${eventId('cause')}:${people.cardiologist.id}`,
      consult: new Story().id,
      cause: eventId('cause'),
      recipient: people.cardiologist.id,
      about: 'new-consult',
      urgency: 'urgent',
      department: departments.cardiology.id,
      plannedAt: addMinutes(new Story().startAt, plannedMinute),
      facts: facts.map(([fact, minute, outcome]) => ({
        fact,
        channel: fact === 'planned' ? null : 'push',
        device: null,
        attempt: 0,
        outcome: outcome ?? null,
        at: addMinutes(new Story().startAt, minute),
      })),
    });

  test.each<[string, readonly (readonly [string, number, string?])[], string]>([
    ['only planned', [['planned', 0]], 'Alert to cardiologist, not sent yet'],
    [
      'sent',
      [
        ['planned', 0],
        ['sent', 0, 'ok'],
      ],
      'Push to cardiologist, not shown yet',
    ],
    [
      'shown',
      [
        ['planned', 0],
        ['sent', 0, 'ok'],
        ['shown', 1],
      ],
      'Push to cardiologist · shown 13:01',
    ],
    [
      'opened',
      [
        ['shown', 1],
        ['opened', 4],
      ],
      'Alert to cardiologist · shown 13:01 · opened 13:04',
    ],
    [
      'acted on',
      [
        ['shown', 1],
        ['acted', 3],
      ],
      'Alert to cardiologist · shown 13:01 · opened 13:03',
    ],
    [
      'no channel',
      [
        ['planned', 0],
        ['sent', 0, 'none'],
      ],
      'No device of cardiologist to send to',
    ],
  ])('ALE-5 an alert %s is one line that grows', (_name, facts, words) => {
    const lines = tell(new Story().submitted(), [alert(facts)]);
    expect(lines.filter(({ entry }) => entry === null).map((line) => line.words)).toEqual([words]);
  });

  test('CON-16 an alert says acknowledged when its person acknowledged, and not for a message of theirs', () => {
    const facts: Parameters<typeof alert>[0] = [
      ['shown', 1],
      ['acted', 3],
    ];
    const says = (story: Story): string[] =>
      tell(story, [alert(facts)])
        .filter(({ entry }) => entry === null)
        .map((line) => line.words);
    const submitted = new Story().submitted();
    expect(
      says(submitted.act('message-posted', { text: 'Which bed?' }, { by: people.cardiologist })),
    ).toEqual(['Alert to cardiologist · shown 13:01 · opened 13:03']);
    expect(says(submitted.act('acknowledged', undefined, { by: people.cardiologist })).join()).toMatch(
      /acknowledged \d\d:\d\d/,
    );
  });

  test('the same alert said again in a row is one line', () => {
    const twice = alert(
      [
        ['planned', 1],
        ['sent', 1, 'none'],
      ],
      1,
    );
    const lines = tell(new Story().submitted(), [twice, { ...twice, id: `${twice.id}-again` }]);
    expect(lines.filter(({ entry }) => entry === null)).toHaveLength(1);
  });

  test('an alert stands after what it is about and before what came later; what is unsent stands last', () => {
    const story = new Story()
      .submitted()
      .act('acknowledged', sampleBodies.acknowledged, { atMinute: 5 })
      .act('note-added', sampleBodies['note-added'], { unsent: true });
    const order = tell(story, [alert([['planned', 1]], 1)]).map(({ entry }) => entry?.event.type ?? 'alert');
    expect(order).toEqual(['submitted', 'clock-snapshot', 'alert', 'acknowledged', 'note-added']);
  });
});

describe('shifts', () => {
  test.each([
    [0, 'night'],
    [7, 'night'],
    [8, 'morning'],
    [13, 'morning'],
    [14, 'evening'],
    [19, 'evening'],
    [20, 'night'],
    [23, 'night'],
  ] as const)('%i h belongs to the %s', (hour, shift) => expect(shiftOf(hour)).toBe(shift));

  test('a night that goes past midnight is one chapter, the next night another', () => {
    // 18:00Z is 23:00 in Karachi.
    const story = new Story('night', '2026-03-02T18:00:00.000Z' as Instant)
      .submitted()
      .act('acknowledged', sampleBodies.acknowledged, { atMinute: 120 })
      .act('note-added', sampleBodies['note-added'], { atMinute: 24 * 60 });
    const chapters = chaptersOf(tell(story), times);
    expect(chapters.map(({ shift, lines }) => [shift, lines.at(-1)?.entry?.event.type])).toEqual([
      ['night', 'acknowledged'],
      ['night', 'note-added'],
    ]);
  });
});
