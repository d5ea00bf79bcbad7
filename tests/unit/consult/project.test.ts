import { describe, expect, test } from 'vitest';
import { projectConsult } from '#shared/consult/project.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { eventId, patientId, people, sampleBodies, story, type Story } from '#tests/builders.ts';

const project = (told: Story): Consult => {
  const consult = projectConsult(told.events);
  if (consult === null) throw new Error('no consult');
  return consult;
};
const entryOf = (consult: Consult, event: HeldEvent) =>
  consult.timeline.find((each) => each.event.id === event.id)!;
const answered = (): Story => story().submitted().act('acknowledged').act('completed');

describe('projecting a consult', () => {
  test('there is none without a submission', () => {
    expect(projectConsult([])).toBeNull();
    expect(projectConsult(story().submitted().act('note-added').events.slice(1))).toBeNull();
  });

  test('a submission this build cannot read makes none', () => {
    const [submitted] = story().submitted().events;
    expect(projectConsult([{ ...submitted!, body: { content: { patient: 7 } } }])).toBeNull();
    expect(projectConsult([{ ...submitted!, v: 2 }])).toBeNull();
  });

  test('holds what was asked, by whom, and its reference', () => {
    expect(project(story().submitted({ preferredDoctor: people.cardiologist2.id }))).toMatchObject({
      status: 'submitted',
      reference: 'CARD-26-00412',
      requester: people.requester.id,
      involved: [people.requester.id, people.cardiologist2.id],
      lastN: 3,
      lastLamport: 1,
      declines: 0,
      endedAt: null,
    });
  });

  test('unites the pulled and the unsent copy of one act', () => {
    const told = story().submitted().act('note-added');
    const { n: _n, receivedAt: _receivedAt, via: _via, seal: _seal, ...unsent } = told.last;
    const consult = projectConsult([unsent, ...told.events, unsent])!;
    expect(consult.timeline).toHaveLength(told.events.length);
    expect(consult.timeline.at(-1)!.event.n).toBe(told.lastN);
  });

  test('an act in the outbox takes effect at once, and comes last', () => {
    const told = story().submitted().act('acknowledged', undefined, { unsent: true });
    told.act('message-posted', undefined, { base: 3, lamport: 2 });
    const consult = project(told);
    expect(consult.status).toBe('acknowledged');
    expect(consult.timeline.at(-1)!.event.type).toBe('acknowledged');
    expect(consult.changedAt).toBe(told.minute(2));
  });

  test('what the author could not know is said, without one’s own acts, mere reading and bookkeeping', () => {
    const told = story().submitted();
    const base = told.lastN;
    told.act('opened', {}, { by: people.head }).act('message-posted');
    const message = told.last;
    told.act('note-added', undefined, { by: people.requester });
    told.act('urgency-changed', undefined, { base });
    expect(entryOf(project(told), told.last).unknownToAuthor).toEqual([message.id]);
  });

  test('CON-6 corrected and entered in error annotate, and change nothing else', () => {
    const told = answered();
    const answer = told.last;
    told
      .act('corrected', { of: answer.id, text: 'Left.' })
      .act('entered-in-error', { of: answer.id, reason: 'Wrong.' });
    const consult = project(told);
    const entry = entryOf(consult, answer);
    expect(entry.correctedBy).toHaveLength(1);
    expect(entry.enteredInErrorBy).toBe(told.last.id);
    expect(entry.withoutEffect).toBeNull();
    expect(consult.status).toBe('completed');
  });

  test('FM-29 a note entered in error keeps its words and says so', () => {
    const told = story().submitted().act('note-added');
    const note = told.last;
    told.act('entered-in-error', { of: note.id, reason: 'Wrong patient.' });
    expect(project(told).notes).toEqual([
      expect.objectContaining({ event: note.id, text: 'Pain free.', enteredInErrorBy: told.last.id }),
    ]);
  });

  test('a mark that points nowhere is kept and says so; when its target comes later, that is marked all the same', () => {
    const told = story()
      .submitted()
      .act('note-added', undefined, { id: eventId('target') });
    const target = told.last;
    const mark = story()
      .submitted()
      .act('entered-in-error', { of: eventId('target'), reason: 'x' }, { id: eventId('mark') }).last;
    const alone = projectConsult([...told.events.filter((event) => event !== target), { ...mark, n: 4 }])!;
    expect(entryOf(alone, mark).withoutEffect).toEqual({ why: 'unknown-target' });
    const both = projectConsult([
      ...told.events.filter((event) => event !== target),
      { ...mark, n: 4 },
      { ...target, n: 5 },
    ])!;
    expect(entryOf(both, mark).withoutEffect).toEqual({ why: 'unknown-target' });
    expect(entryOf(both, target).enteredInErrorBy).toBe(mark.id);
  });

  test('CON-14 recommendations carry their marks', () => {
    const told = answered().act('recommendation-marked', {
      recommendation: 'r1',
      as: 'declined',
      reason: 'Allergic.',
    });
    expect(project(told).recommendations).toEqual([
      expect.objectContaining({ id: 'r1', mark: 'declined', markReason: 'Allergic.' }),
    ]);
    told.act('recommendation-marked', { recommendation: 'r1', as: 'done' });
    expect(project(told).recommendations[0]).toMatchObject({ mark: 'done', markReason: null });
    told.act('recommendation-marked', { recommendation: 'none', as: 'done' });
    expect(project(told).timeline.at(-1)!.withoutEffect).toEqual({ why: 'unknown-target' });
  });

  test('CON-7 a follow-up runs until it ends', () => {
    const told = answered();
    expect(project(told).followUp?.plan).toEqual({ kind: 'regular', everyDays: 2 });
    told.act('follow-up-recorded', { findings: 'Stable.', next: { kind: 'regular', everyDays: 5 } });
    expect(project(told).followUp).toMatchObject({ plan: { everyDays: 5 }, event: told.last.id });
    expect(project(told.act('closed')).followUp).not.toBeNull();
    expect(project(told.act('follow-up-ended')).followUp).toBeNull();
  });

  test('CON-19 a department joins once', () => {
    const told = story().submitted().act('joined', undefined, { by: people.requesterColleague });
    told.act('joined', undefined, { by: people.cardiologist });
    const consult = project(told);
    expect(consult.joinedDepartments).toEqual([sampleBodies.joined.department]);
    expect(consult.involved).toContain(people.requesterColleague.id);
    expect(consult.timeline.at(-1)!.withoutEffect?.why).toBe('already');
  });

  test('opened counts once per person', () => {
    const told = story().submitted().act('opened');
    const first = told.last.id;
    told.act('opened');
    const consult = project(told);
    expect([...consult.openedBy]).toEqual([[people.cardiologist.id, first]]);
    expect(consult.timeline.at(-1)!.withoutEffect).toMatchObject({ why: 'already', by: first });
  });

  test('follows its patient to another record', () => {
    const told = story()
      .submitted()
      .system('patient-relinked', { patient: patientId('two') });
    const consult = project(told);
    expect(consult.patient).toBe(patientId('two'));
    expect(consult.content.patient).toBe(patientId('one'));
  });

  test('says how full it is', () => {
    expect(project(story().submitted()).fullness).toBeGreaterThan(0);
    const long = story().submitted();
    for (let i = 0; i < 60; i++) long.act('note-added', { kind: 'progress', text: 'x'.repeat(7900) });
    expect(project(long).fullness).toBeGreaterThan(0.8);
  });
});

describe('events of a newer build', () => {
  const foreign = (over: Partial<HeldEvent>): HeldEvent => ({
    ...story().submitted().act('seen').last,
    n: 9,
    id: eventId('new'),
    ...over,
  });

  test.each([
    ['a type', foreign({ type: 'teleported', body: { where: 1 } })],
    ['a body', foreign({ body: null as never })],
    ['a body with other fields', foreign({ type: 'assigned', body: { toTeam: 'x' } })],
    ['an envelope', foreign({ v: 2 })],
    ['a type with an inherited name', foreign({ type: 'constructor' })],
    [
      'a moment no clock knows',
      foreign({
        type: 'clock-snapshot',
        author: 'system',
        body: { ...story().submitted().events[2]!.body, startsAt: 'soon' },
      }),
    ],
    [
      'a promise beyond all time',
      foreign({ type: 'acknowledged', body: { promiseMinutes: 1e300, assignSelf: true } }),
    ],
  ])('%s this build does not know is kept, shown and changes nothing', (_, event) => {
    const told = story().submitted().raw(event);
    const consult = project(told);
    expect(consult.status).toBe('submitted');
    expect(consult.timeline.at(-1)).toMatchObject({ event, withoutEffect: { why: 'needs-newer-app' } });
  });

  test('fields this build does not know are no hindrance', () => {
    const told = story()
      .submitted()
      .act('acknowledged', { promiseMinutes: 5, assignSelf: true, byVoice: true } as never);
    expect(project(told).status).toBe('acknowledged');
  });
});
