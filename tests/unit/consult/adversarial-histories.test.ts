import { describe, expect, test } from 'vitest';
import { judgeEvent } from '#shared/consult/judge.ts';
import type { AuthoredConsultType, ConsultBody } from '#shared/consult/events.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { Person } from '#shared/directory/staff.ts';
import { dueSteps } from '#shared/escalation/due-steps.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { authored, departments, deviceId, hospital, people, sampleBodies, story } from '#tests/builders.ts';

const projected = (events: Parameters<typeof projectConsult>[0]): Consult => {
  const consult = projectConsult(events);
  if (consult === null) throw new Error('no consult');
  return consult;
};
const effectOf = (consult: Consult, type: AuthoredConsultType) =>
  consult.timeline
    .filter(({ event }) => event.type === type)
    .map(({ withoutEffect }) => withoutEffect?.why ?? null);
const toSurgery = { department: departments.surgery.id, reason: 'Surgical abdomen.' };

describe('histories meant to go wrong', () => {
  test('OFF-5 reopening the first answer does not throw away a second answer its author never saw', () => {
    const told = story().submitted().act('acknowledged').act('completed');
    const seenByBoth = told.lastN;
    told.act('reopened').act('acknowledged').act('completed');
    told.act(
      'reopened',
      { reason: 'Written offline, about the first answer.' },
      {
        by: people.requesterColleague,
        base: seenByBoth,
        lamport: 90,
      },
    );
    const consult = projected(told.events);
    expect(effectOf(consult, 'reopened')).toEqual([null, 'not-now']);
    expect(consult.status).toBe('completed');
  });

  test('OFF-5 reopening takes effect where only the closing was not seen', () => {
    const told = story().submitted().act('acknowledged').act('completed');
    const answered = told.lastN;
    told
      .act('closed')
      .act('reopened', undefined, { by: people.requesterColleague, base: answered, lamport: 90 });
    expect(projected(told.events).status).toBe('submitted');
  });

  test('CON-5 a wait for information in one department does not pause the clocks of the next', () => {
    const told = story()
      .submitted({}, { atMinute: 0 })
      .act('info-requested', undefined, { atMinute: 10 })
      .act('redirected', toSurgery, { atMinute: 45, lateMinutes: 35 });
    const { clocks } = projected(told.events);
    const plain = story()
      .submitted({}, { atMinute: 0 })
      .act('redirected', toSurgery, { atMinute: 45, lateMinutes: 35 });
    expect(clocks?.seen.dueAt).toBe(projected(plain.events).clocks?.seen.dueAt);
  });

  test('CON-15 handing the consult on keeps the promise made to the requester, and its breach is told to the one who has it now', () => {
    const told = story()
      .submitted({}, { atMinute: 0 })
      .act('acknowledged', { promiseMinutes: 15, assignSelf: true }, { atMinute: 1, by: people.cardiologist })
      .act('reassigned', { to: people.cardiologist2.id, reason: '' }, { atMinute: 2 });
    const consult = projected(told.events);
    expect(consult.promise?.dueAt).toBe(addMinutes(told.startAt, 16));
    const due = dueSteps({ consult, fired: new Set(), now: addMinutes(told.startAt, 16) });
    expect(due.find(({ unless }) => unless === 'promise')?.notify).toContainEqual({ who: 'assignee' });
  });

  test('CON-17 declined by one department and then by the next counts as twice, and the head of the second hears it', () => {
    const told = story()
      .submitted()
      .act('declined')
      .act('redirected', toSurgery, { by: people.manager })
      .act('declined', undefined, { by: people.surgicalReceiver });
    const consult = projected(told.events);
    expect(consult).toMatchObject({ status: 'declined', declines: 2 });
    const due = dueSteps({ consult, fired: new Set(), now: addMinutes(told.startAt, 10) });
    expect(due.map(({ unless }) => unless)).toContain('declined-twice');
  });

  test('two redirects at once: the first leads, and an answer from the second department changes nothing', () => {
    const told = story().submitted();
    const seen = told.lastN;
    told.act('redirected', toSurgery, { base: seen });
    told.act(
      'redirected',
      { department: departments.radiology.id, reason: 'CT.' },
      { base: seen, by: people.manager },
    );
    const consult = projected(told.events);
    expect(consult.receivingDepartment).toBe(departments.surgery.id);
    expect(effectOf(consult, 'redirected')).toEqual([null, 'someone-else-leads']);
  });

  test('CON-18 cancelled against completed: the first accepted leads, and the findings of the later one are kept', () => {
    const told = story().submitted().act('acknowledged');
    const seen = told.lastN;
    told.act('cancelled', undefined, { base: seen }).act('completed', undefined, { base: seen });
    const consult = projected(told.events);
    expect(consult.status).toBe('cancelled');
    expect(effectOf(consult, 'completed')).toEqual(['not-now']);
    expect(JSON.stringify(consult.timeline)).toContain(sampleBodies.completed.findings);
  });
});

describe('naming an old base to act with a permission that was lost', () => {
  const weeks = 21 * 1440;
  const act = <T extends AuthoredConsultType>(
    type: T,
    who: Person,
    base: number,
    body: ConsultBody<T> = sampleBodies[type],
  ) => authored(type, body, { author: who.id, device: deviceId(who.name), base, lamport: 5 });
  const judged = (
    event: ReturnType<typeof authored>,
    who: Person,
    told: ReturnType<typeof story>,
    minute: number,
  ) =>
    judgeEvent({
      event,
      documentEvents: told.events,
      person: who,
      directory: hospital(),
      writtenAt: told.minute(minute),
    });
  const redirectedAt = (minute: number) =>
    story().submitted({}, { atMinute: 0 }).act('redirected', toSurgery, { atMinute: minute });

  test('within the time a tablet may be offline it is judged as its author knew it', () => {
    const event = act('message-posted', people.cardiologist, 3);
    expect(judged(event, people.cardiologist, redirectedAt(10), 600)).toEqual({ verdict: 'accept' });
  });

  test('what the server took before that is known to everybody', () => {
    const event = act('message-posted', people.cardiologist, 3);
    expect(judged(event, people.cardiologist, redirectedAt(10), weeks)).toEqual({
      verdict: 'refuse',
      code: 'not-allowed',
    });
    const joins = act('joined', people.cardiologist, 0, {
      department: departments.radiology.id,
      reason: 'Let them read.',
    });
    expect(judged(joins, people.cardiologist, redirectedAt(10), weeks)).toMatchObject({ verdict: 'refuse' });
  });
});
