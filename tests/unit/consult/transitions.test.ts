import { describe, expect, test } from 'vitest';
import type { Consult } from '#shared/consult/consult.ts';
import { authoredConsultTypes, type AuthoredConsultType } from '#shared/consult/events.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { statusSchema, type Status } from '#shared/consult/vocabulary.ts';
import { people, sampleBodies, story, type Story } from '#tests/builders.ts';

/** How a consult comes to each status, by a way that leaves room for every act to find something to act upon. */
const ways: Readonly<Record<Exclude<Status, 'draft'>, (told: Story) => Story>> = {
  submitted: (told) => told,
  acknowledged: (told) => told.act('acknowledged'),
  'in-progress': (told) => told.act('acknowledged').act('seen'),
  'info-requested': (told) => told.act('acknowledged').act('info-requested'),
  declined: (told) => told.act('declined'),
  completed: (told) => told.act('acknowledged').act('completed'),
  closed: (told) => told.act('acknowledged').act('completed').act('closed'),
  cancelled: (told) => told.act('cancelled'),
};
const statuses = statusSchema.options.filter((status) => status !== 'draft');

/**
 * The table of design §4, written down a second time and by hand: the status after the act, or '-' where it changes nothing.
 * Columns: submitted, acknowledged, in-progress, info-requested (from acknowledged), declined, completed, closed, cancelled.
 */
const S = 'submitted';
const A = 'acknowledged';
const P = 'in-progress';
const I = 'info-requested';
const D = 'declined';
const C = 'completed';
const X = 'closed';
const Z = 'cancelled';
const table: Readonly<Record<AuthoredConsultType, readonly string[]>> = {
  submitted: ['-', '-', '-', '-', '-', '-', '-', '-'],
  acknowledged: [A, '-', '-', '-', '-', '-', '-', '-'],
  'promise-changed': ['-', A, '-', I, '-', '-', '-', '-'],
  assigned: [S, A, '-', I, '-', '-', '-', '-'],
  reassigned: [S, A, P, I, '-', '-', '-', '-'],
  unassigned: ['-', '-', P, '-', '-', '-', '-', '-'],
  seen: [P, P, '-', P, '-', '-', '-', '-'],
  'info-requested': [I, I, I, '-', '-', '-', '-', '-'],
  'info-provided': ['-', '-', '-', A, '-', '-', '-', '-'],
  redirected: [S, S, S, S, S, '-', '-', '-'],
  declined: [D, D, '-', D, '-', '-', '-', '-'],
  resubmitted: ['-', '-', '-', '-', S, '-', '-', '-'],
  completed: ['-', C, C, '-', '-', '-', '-', '-'],
  cancelled: [Z, Z, Z, Z, Z, '-', '-', '-'],
  closed: ['-', '-', '-', '-', X, X, '-', '-'],
  reopened: ['-', '-', '-', '-', '-', S, S, '-'],
  'force-closed': [X, X, X, X, X, X, '-', X],
  'urgency-changed': [S, A, P, I, D, '-', '-', '-'],
  'recommendation-marked': ['-', '-', '-', '-', '-', C, X, '-'],
  'follow-up-recorded': ['-', '-', '-', '-', '-', C, X, '-'],
  'follow-up-ended': ['-', '-', '-', '-', '-', C, X, '-'],
  // Nothing was offered to this doctor.
  'hand-over-confirmed': ['-', '-', '-', '-', '-', '-', '-', '-'],
  joined: [S, A, P, I, D, '-', '-', '-'],
  rang: [S, A, P, I, D, C, X, Z],
  'note-added': [S, A, P, I, D, C, X, Z],
  'message-posted': [S, A, P, I, D, C, X, Z],
  'attachment-added': [S, A, P, I, D, C, X, Z],
  opened: [S, A, P, I, D, C, X, Z],
  corrected: [S, A, P, I, D, C, X, Z],
  'entered-in-error': [S, A, P, I, D, C, X, Z],
};

const project = (told: Story): Consult => {
  const consult = projectConsult(told.events);
  if (consult === null) throw new Error('no consult');
  return consult;
};

describe('every act in every status', () => {
  const rows = authoredConsultTypes.flatMap((type) =>
    statuses.map((status, column) => ({ type, status, after: table[type][column] ?? 'missing' })),
  );
  test.each(rows)('$type in $status → $after', ({ type, status, after }) => {
    const told = ways[status](story().submitted());
    expect(project(told).status).toBe(status);
    const target = told.events[0]!.id;
    const body =
      type === 'corrected' || type === 'entered-in-error'
        ? { ...sampleBodies[type], of: target }
        : sampleBodies[type];
    told.act(type, body);
    const consult = project(told);
    const entry = consult.timeline.find((each) => each.event.id === told.last.id);
    expect(entry?.withoutEffect === null).toBe(after !== '-');
    expect(consult.status).toBe(after === '-' ? status : after);
    expect(consult.timeline).toHaveLength(told.events.length);
  });

  test('the table of this test names every act', () => {
    expect(Object.keys(table).sort()).toEqual([...authoredConsultTypes].sort());
  });
});

describe('information', () => {
  test.each(['submitted', 'acknowledged', 'in-progress'] as const)(
    'given, the consult is %s again',
    (before) => {
      const told = ways[before](story().submitted()).act('info-requested').act('info-provided');
      expect(project(told).status).toBe(before);
    },
  );

  test('an answer to an earlier question does not answer the later one, but its words stay', () => {
    const told = story().submitted().act('info-requested');
    const base = told.lastN;
    told.act('info-provided').act('info-requested', { text: 'And the ECG?' });
    told.act('info-provided', { text: 'Potassium 3.8' }, { by: people.requesterColleague, base });
    const consult = project(told);
    expect(consult.status).toBe('info-requested');
    expect(consult.timeline.at(-1)!.withoutEffect).toMatchObject({ why: 'not-now' });
    expect(consult.notes.map((note) => note.text)).toContain('Potassium 3.8');
  });
});

describe('who has it', () => {
  test('CON-4 acknowledge-and-assign is one act', () => {
    const consult = project(
      story().submitted().act('acknowledged', { promiseMinutes: 15, assignSelf: true }),
    );
    expect(consult).toMatchObject({
      status: 'acknowledged',
      assignee: people.cardiologist.id,
      acknowledgedBy: people.cardiologist.id,
      assignedBy: { automatic: false },
    });
  });

  test('a doctor assigning it to themselves also acknowledges', () => {
    const body = { to: people.cardiologist.id, acknowledges: false };
    const told = story().submitted().act('assigned', body, { by: people.cardiologist });
    expect(project(told)).toMatchObject({ status: 'acknowledged', acknowledgedBy: people.cardiologist.id });
  });

  test('a receiver giving it to somebody acknowledges only when they say so', () => {
    const assigned = (acknowledges: boolean): Consult =>
      project(
        story()
          .submitted()
          .act('assigned', { to: people.cardiologist.id, acknowledges }, { by: people.receiver }),
      );
    expect(assigned(false)).toMatchObject({ status: 'submitted', acknowledgedBy: null });
    expect(assigned(true)).toMatchObject({ status: 'acknowledged', acknowledgedBy: people.receiver.id });
  });

  test('CON-16 an automatic assignment acknowledges nothing', () => {
    const told = story().submitted();
    told.system('auto-assigned', { of: told.last.id, to: people.cardiologist.id, rule: 'on-call' });
    expect(project(told)).toMatchObject({
      status: 'submitted',
      assignee: people.cardiologist.id,
      assignedBy: { automatic: true },
      acknowledgedBy: null,
    });
  });

  test('a doctor takes what a machine gave to another', () => {
    const told = story().submitted();
    told.system('auto-assigned', { of: told.last.id, to: people.cardiologist.id, rule: 'on-call' });
    told.act('acknowledged', { promiseMinutes: 0, assignSelf: true }, { by: people.cardiologist2 });
    expect(project(told)).toMatchObject({ assignee: people.cardiologist2.id, status: 'acknowledged' });
  });

  test('seen at the bedside acknowledges, and the one who was there has it', () => {
    const consult = project(story().submitted().act('seen'));
    expect(consult).toMatchObject({
      status: 'in-progress',
      acknowledgedBy: people.cardiologist.id,
      assignee: people.cardiologist.id,
    });
  });

  test('seen by a senior leaves it with its assignee', () => {
    const told = story().submitted().act('acknowledged', { promiseMinutes: 0, assignSelf: true });
    expect(project(told.act('seen', {}, { by: people.head })).assignee).toBe(people.cardiologist.id);
  });

  test('a hand-over is confirmed by the one it was offered to, nobody else', () => {
    const told = story().submitted().act('acknowledged', { promiseMinutes: 0, assignSelf: true });
    told.system('hand-over-offered', { to: people.cardiologist2.id, until: told.minute(60) });
    expect(project(told).handOver?.to).toBe(people.cardiologist2.id);
    told.act('hand-over-confirmed', {}, { by: people.head });
    expect(project(told).timeline.at(-1)!.withoutEffect).toEqual({ why: 'unknown-target' });
    told.act('hand-over-confirmed', {}, { by: people.cardiologist2 });
    expect(project(told)).toMatchObject({
      assignee: people.cardiologist2.id,
      handOver: null,
      status: 'acknowledged',
    });
  });
});

describe('CON-20 two at once', () => {
  const takes = { promiseMinutes: 15, assignSelf: true };
  test('of two who acknowledge the first accepted leads and both are kept', () => {
    const told = story().submitted();
    const base = told.lastN;
    told.act('acknowledged', takes, { by: people.cardiologist2, base });
    const leading = told.last.id;
    told.act('acknowledged', takes, { by: people.cardiologist, base });
    const consult = project(told);
    expect(consult).toMatchObject({
      assignee: people.cardiologist2.id,
      acknowledgedBy: people.cardiologist2.id,
    });
    const second = consult.timeline.at(-1)!;
    expect(second.withoutEffect).toEqual({ why: 'someone-else-leads', by: leading });
    expect(second.unknownToAuthor).toEqual([leading]);
    expect(consult.promise?.by).toBe(people.cardiologist2.id);
  });

  test('who knew of the first is told that it has happened already', () => {
    const told = story().submitted().act('acknowledged', undefined, { by: people.cardiologist2 });
    const leading = told.last.id;
    told.act('acknowledged');
    expect(project(told).timeline.at(-1)!.withoutEffect).toEqual({
      why: 'already',
      status: 'acknowledged',
      by: leading,
    });
  });

  test('of two receivers who assign the first accepted leads', () => {
    const told = story().submitted();
    const base = told.lastN;
    told.act('assigned', { to: people.cardiologist2.id, acknowledges: false }, { by: people.receiver, base });
    told.act('assigned', { to: people.cardiologist.id, acknowledges: false }, { by: people.head, base });
    const consult = project(told);
    expect(consult.assignee).toBe(people.cardiologist2.id);
    expect(consult.timeline.at(-1)!.withoutEffect?.why).toBe('someone-else-leads');
  });

  test('a doctor who takes it leads over an assignment that nobody has acknowledged', () => {
    const told = story().submitted();
    const base = told.lastN;
    told.act('assigned', { to: people.cardiologist2.id, acknowledges: false }, { by: people.receiver, base });
    told.act('acknowledged', takes, { by: people.cardiologist, base });
    expect(project(told)).toMatchObject({ assignee: people.cardiologist.id, status: 'acknowledged' });
  });

  test('of two redirects the first accepted leads', () => {
    const told = story().submitted();
    const base = told.lastN;
    told.act('redirected', undefined, { by: people.receiver, base });
    told.act(
      'redirected',
      { department: people.radiologist.memberships[0]!.department, reason: 'x' },
      { by: people.head, base },
    );
    const consult = project(told);
    expect(consult.receivingDepartment).toBe(sampleBodies.redirected.department);
    const second = consult.timeline.find((entry) => entry.event.author === people.head.id)!;
    expect(second.withoutEffect?.why).toBe('someone-else-leads');
    expect(consult.snapshot?.event).toContain(told.events.find((each) => each.type === 'redirected')!.id);
  });

  test('cancelled while another completes: the first accepted holds, the other is kept and marked', () => {
    const told = story().submitted().act('acknowledged');
    const base = told.lastN;
    told.act('cancelled', undefined, { base }).act('completed', undefined, { base });
    const consult = project(told);
    expect(consult.status).toBe('cancelled');
    expect(consult.timeline.at(-1)!.withoutEffect).toMatchObject({ why: 'not-now', status: 'cancelled' });
    expect(consult.answer).toBeNull();
  });

  test.each(['acknowledged', 'seen', 'assigned', 'info-requested', 'declined'] as const)(
    '%s by a doctor who did not know of the redirect changes nothing in the other department',
    (type) => {
      const told = story().submitted();
      const base = told.lastN;
      told.act('redirected', undefined, { by: people.head });
      const redirect = told.last.id;
      told.act(type, undefined, { base });
      const consult = project(told);
      expect(consult.status).toBe('submitted');
      expect(consult.clocks?.acknowledged.stoppedAt).toBeNull();
      expect(consult.timeline.at(-1)!.withoutEffect).toMatchObject({ why: 'not-now', by: redirect });
    },
  );

  test('nobody closes an answer they have not seen', () => {
    const told = story().submitted().act('declined', undefined, { by: people.receiver });
    const base = told.lastN;
    told.act('resubmitted').act('acknowledged').act('completed');
    told.act('closed', {}, { by: people.requesterColleague, base });
    expect(project(told).status).toBe('completed');
  });

  test('of two urgency changes at once the more pressing holds', () => {
    const told = story().submitted({ urgency: 'routine' });
    const base = told.lastN;
    told.act('urgency-changed', { to: 'emergency', reason: 'Shock.' }, { base });
    told.act('urgency-changed', { to: 'urgent', reason: 'Fever.' }, { by: people.requesterColleague, base });
    expect(project(told).urgency).toBe('emergency');
  });

  test('what one wrote before on the same tablet is known, accepted or not', () => {
    const told = story().submitted();
    const base = told.lastN;
    told.act('assigned', { to: people.cardiologist.id, acknowledges: false }, { by: people.receiver, base });
    told.act('reassigned', undefined, { by: people.receiver, base });
    expect(project(told).assignee).toBe(people.cardiologist2.id);
  });
});

describe('rounds', () => {
  test('a redirect clears who has it and remembers where it was', () => {
    const told = story().submitted().act('acknowledged', { promiseMinutes: 5, assignSelf: true });
    const consult = project(told.act('redirected', undefined, { by: people.receiver }));
    expect(consult).toMatchObject({
      status: 'submitted',
      assignee: null,
      acknowledgedBy: null,
      promise: null,
      receivingDepartment: sampleBodies.redirected.department,
      earlierReceiving: [people.cardiologist.memberships[0]!.department],
    });
    expect(consult.clocks?.acknowledged.stoppedAt).toBeNull();
  });

  test('back where it was, a department is not an earlier one', () => {
    const cardiology = people.cardiologist.memberships[0]!.department;
    const told = story().submitted().act('redirected', undefined, { by: people.receiver });
    told.act(
      'redirected',
      { department: cardiology, reason: 'Cardiac after all.' },
      { by: people.surgicalReceiver },
    );
    expect(project(told).earlierReceiving).toEqual([sampleBodies.redirected.department]);
  });

  test('CON-17 declines are counted', () => {
    const told = story().submitted().act('declined').act('resubmitted').act('declined');
    expect(project(told)).toMatchObject({ status: 'declined', declines: 2, assignee: null });
  });

  test('opened again, it is nobody’s, runs new clocks and keeps its answer', () => {
    const told = story()
      .submitted()
      .act('acknowledged', { promiseMinutes: 5, assignSelf: true })
      .act('completed');
    expect(project(told).endedAt).not.toBeNull();
    const consult = project(told.act('reopened', undefined, { atMinute: 300 }));
    expect(consult).toMatchObject({
      status: 'submitted',
      assignee: null,
      acknowledgedBy: null,
      endedAt: null,
    });
    expect(consult.answer?.findings).toBe(sampleBodies.completed.findings);
    expect(consult.clocks?.completed).toMatchObject({ startsAt: told.minute(300), stoppedAt: null });
  });

  test('only the first submitted counts', () => {
    const told = story().submitted();
    told.act('submitted', {
      ...sampleBodies.submitted,
      content: { ...sampleBodies.submitted.content, question: 'Other?' },
    });
    const consult = project(told);
    expect(consult.content.question).not.toBe('Other?');
    expect(consult.timeline.find((entry) => entry.event.id === told.last.id)!.withoutEffect?.why).toBe(
      'already',
    );
  });
});
