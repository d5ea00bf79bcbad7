import { describe, expect, test } from 'vitest';
import { judgeEvent, lamportMargin } from '#shared/consult/judge.ts';
import type { AuthoredConsultType, ConsultBody } from '#shared/consult/events.ts';
import type { AuthoredEnvelope, HeldEvent } from '#shared/event/envelope.ts';
import { parseAuthoredEvent } from '#shared/event/parse.ts';
import type { Person } from '#shared/directory/staff.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import {
  authored,
  departments,
  deviceId,
  hospital,
  membership,
  organisation,
  people,
  person,
  sampleBodies,
  story,
  storyStart,
  systemEvent,
} from '#tests/builders.ts';

const written = <T extends AuthoredConsultType>(
  type: T,
  who: Person,
  over: Partial<AuthoredEnvelope> = {},
  body: ConsultBody<T> = sampleBodies[type],
): AuthoredEnvelope =>
  authored(type, body, { author: who.id, device: deviceId(who.name), base: 3, lamport: 2, ...over });
const verdict = (
  event: AuthoredEnvelope,
  who: Person,
  documentEvents: readonly HeldEvent[] = story().submitted().events,
): string => {
  const judgement = judgeEvent({
    event,
    documentEvents,
    person: who,
    directory: hospital(),
    writtenAt: storyStart,
  });
  return judgement.verdict === 'accept' ? 'accept' : judgement.code;
};

describe('judging an act', () => {
  test('takes what is allowed', () => {
    expect(verdict(written('acknowledged', people.cardiologist), people.cardiologist)).toBe('accept');
    expect(
      verdict(written('submitted', people.requester, { base: 0, lamport: 1 }), people.requester, []),
    ).toBe('accept');
  });

  test.each([
    ['in another’s name', written('acknowledged', people.cardiologist), people.cardiologist2, 'not-yours'],
    ['by a third department', written('note-added', people.radiologist), people.radiologist, 'not-allowed'],
    ['a second submission', written('submitted', people.requester), people.requester, 'not-first'],
    [
      'a future base',
      written('seen', people.cardiologist, { base: 4 }),
      people.cardiologist,
      'base-in-the-future',
    ],
    [
      'the highest lamport siblings explain',
      written('seen', people.cardiologist, { lamport: 2 + lamportMargin }),
      people.cardiologist,
      'accept',
    ],
    [
      'a lamport beyond',
      written('seen', people.cardiologist, { lamport: 3 + lamportMargin }),
      people.cardiologist,
      'lamport-out-of-range',
    ],
  ])('%s', (_, event, who, code) => expect(verdict(event, who)).toBe(code));

  test('nothing but a submission comes first', () => {
    expect(verdict(written('note-added', people.requester, { base: 0 }), people.requester, [])).toBe(
      'not-first',
    );
  });

  test('one’s own department is refused', () => {
    const content = { ...sampleBodies.submitted.content, receivingDepartment: departments.medicine.id };
    const event = written('submitted', people.requester, { base: 0, lamport: 1 }, { content, linked: [] });
    expect(verdict(event, people.requester, [])).toBe('own-department');
  });
});

describe('permission is judged as of writing', () => {
  test('on the consult the author had seen: still theirs then, redirected since', () => {
    const told = story().submitted().act('redirected');
    expect(
      verdict(written('note-added', people.cardiologist, { base: 3 }), people.cardiologist, told.events),
    ).toBe('accept');
    expect(
      verdict(written('completed', people.cardiologist, { base: 3 }), people.cardiologist, told.events),
    ).toBe('accept');
    const knowing = written('completed', people.cardiologist, { base: told.lastN });
    expect(verdict(knowing, people.cardiologist, told.events)).toBe('not-allowed');
  });

  test('not on what came to be theirs later', () => {
    const told = story().submitted().act('redirected');
    expect(verdict(written('acknowledged', people.surgeon, { base: 3 }), people.surgeon, told.events)).toBe(
      'not-allowed',
    );
    expect(
      verdict(written('acknowledged', people.surgeon, { base: told.lastN }), people.surgeon, told.events),
    ).toBe('accept');
  });

  test('on one’s own acts of the same tablet, though their stamps came later', () => {
    const first = story().submitted({}, { device: deviceId('requester') });
    const next = written('note-added', people.requester, { base: 0, lamport: 2 });
    expect(verdict(next, people.requester, first.events)).toBe('accept');
    const elsewhere = { ...next, device: deviceId('other tablet') };
    expect(verdict(elsewhere, people.requester, first.events)).toBe('not-allowed');
  });

  test.each([
    [undefined, 71, 'accept'],
    [undefined, 73, 'not-allowed'],
    [168, 167, 'accept'],
    [168, 169, 'not-allowed'],
    [24, 71, 'accept'],
  ])(
    'with a lease of %s hours, on what the author says to have seen, written %i hours after it was taken away: %s',
    (offlineLeaseHours, hours, outcome) => {
      const told = story().submitted().act('redirected');
      const redirectedAt =
        told.events.findLast(({ type }) => type === 'redirected')?.receivedAt ?? storyStart;
      const judgement = judgeEvent({
        event: written('completed', people.cardiologist, { base: 3 }),
        documentEvents: told.events,
        person: people.cardiologist,
        directory: {
          ...hospital(),
          organisation: organisation(offlineLeaseHours === undefined ? {} : { offlineLeaseHours }),
        },
        writtenAt: addMinutes(redirectedAt, hours * 60),
      });
      expect(judgement.verdict === 'accept' ? 'accept' : judgement.code).toBe(outcome);
    },
  );

  test('by the memberships of that moment', () => {
    const moved = person('moved', [
      { ...membership(departments.cardiology.id, 'doctor'), until: addMinutes(storyStart, 10) },
      { ...membership(departments.radiology.id, 'doctor'), from: addMinutes(storyStart, 10) },
    ]);
    const event = written('note-added', moved);
    const asked = { event, documentEvents: story().submitted().events, person: moved, directory: hospital() };
    expect(judgeEvent({ ...asked, writtenAt: storyStart })).toEqual({ verdict: 'accept' });
    expect(judgeEvent({ ...asked, writtenAt: addMinutes(storyStart, 10) })).toEqual({
      verdict: 'refuse',
      code: 'not-allowed',
    });
  });

  test('an act without effect now is taken all the same', () => {
    const told = story().submitted().act('cancelled');
    expect(verdict(written('seen', people.cardiologist, { base: 3 }), people.cardiologist, told.events)).toBe(
      'accept',
    );
    expect(verdict(written('seen', people.cardiologist, { base: 4 }), people.cardiologist, told.events)).toBe(
      'accept',
    );
  });
});

describe('a full document', () => {
  const full = (notes: number): readonly HeldEvent[] => {
    const told = story().submitted();
    for (let i = 0; i < notes; i++) told.act('message-posted', { text: 'x' });
    return told.events;
  };
  const asks = (type: AuthoredConsultType, who: Person, documentEvents: readonly HeldEvent[]): string =>
    verdict(
      written(type, who, { base: documentEvents.length, lamport: documentEvents.length }),
      who,
      documentEvents,
    );

  test('takes what it took below 80 %', () => {
    expect(asks('note-added', people.cardiologist, full(790))).toBe('accept');
  });

  test.each([
    ['seen', people.cardiologist],
    ['completed', people.cardiologist],
    ['cancelled', people.requester],
    ['closed', people.requester],
    ['force-closed', people.manager],
  ] as const)('takes %s from 80 % on and beyond its limit', (type, who) => {
    expect(asks(type, who, full(800))).toBe('accept');
    expect(asks(type, who, full(1100))).toBe('accept');
  });

  test('takes marks on what is there', () => {
    const documentEvents = full(800);
    const note = documentEvents.at(-1)!;
    const event = written(
      'entered-in-error',
      people.cardiologist,
      { base: 803, lamport: 804 },
      { of: note.id, reason: 'x' },
    );
    expect(verdict(event, people.cardiologist, documentEvents)).toBe('accept');
  });

  test.each(['note-added', 'message-posted', 'acknowledged', 'info-requested', 'opened'] as const)(
    'refuses %s from 80 % on',
    (type) => {
      expect(asks(type, people.cardiologist, full(800))).toBe('document-full');
    },
  );

  test('counts bytes as well', () => {
    const told = story().submitted();
    for (let i = 0; i < 55; i++) told.act('note-added', { kind: 'progress', text: 'x'.repeat(7900) });
    expect(asks('note-added', people.cardiologist, told.events)).toBe('document-full');
  });

  test('ALE-6 an escalation that went on for weeks shuts out neither the one who answers nor the one who closes', () => {
    const told = story().submitted();
    const cause = told.last;
    for (let i = 0; i < 2500; i++)
      told.raw({
        ...systemEvent(
          'escalated',
          { clock: cause.id, step: 0, repeat: i, unless: 'acknowledged', notified: [] },
          cause,
          told.lastN + 1,
          storyStart,
        ),
        id: `${cause.id}:${String(i)}:escalated` as HeldEvent['id'],
      });
    const base = told.lastN;
    const judged = (type: AuthoredConsultType, who: Person) =>
      verdict(written(type, who, { base, lamport: 2 }), who, told.events);
    expect(judged('acknowledged', people.cardiologist)).toBe('accept');
    expect(judged('cancelled', people.requester)).toBe('accept');
    const sent = written('acknowledged', people.cardiologist, { base, lamport: base });
    expect(parseAuthoredEvent('consult', sent)).toMatchObject({ ok: true });
  });

  test('does not grow without end', () => {
    expect(asks('seen', people.cardiologist, full(2000))).toBe('document-full');
  });
});
