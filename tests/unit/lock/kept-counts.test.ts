import { beforeEach, describe, expect, it } from 'vitest';
import { projectConsult } from '#shared/consult/project.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import { countsOf, createCountsHere, type Countable } from '$lib/lock/kept-counts.ts';
import { alarmsOf, waitingOfOthers } from '$lib/lock/locked-alarms.ts';
import type { Delivery, OutboxItem } from '$lib/tablet/tablet.ts';
import {
  authored,
  consultId,
  departments,
  eventId,
  hospital,
  people,
  requestContent,
  story,
  storyStart,
} from '#tests/builders.ts';

const now = storyStart;
const onTablet = (since: Instant): Delivery => ({ state: 'on-this-tablet', since });

function request(name: string, urgency: 'emergency' | 'urgent' | 'routine', delivery: Delivery): OutboxItem {
  const event = authored(
    'submitted',
    { content: requestContent({ urgency }), linked: [] },
    { id: eventId(name), document: consultId(name) },
  );
  return { event, document: 'consult', delivery, attempts: 0 };
}

const consultOf = (urgency: 'emergency' | 'urgent' | 'routine', name: string): Consult => {
  const consult = projectConsult(story(name).submitted({ urgency }).events);
  if (consult === null) throw new Error('no consult');
  return consult;
};

const of = (changes: Partial<Countable> = {}): Countable => ({
  person: people.cardiologist.id,
  directory: hospital(),
  openConsults: [],
  outbox: [],
  settled: new Set(),
  now,
  ...changes,
});

describe('PEO-7 what a locked tablet may say of a person', () => {
  it('counts what waits in their lists by urgency, and nothing of other departments', () => {
    const openConsults = [
      consultOf('emergency', 'a'),
      consultOf('urgent', 'b'),
      consultOf('urgent', 'c'),
      { ...consultOf('routine', 'd'), receivingDepartment: departments.medicine.id },
    ];
    expect(countsOf(of({ openConsults }))).toMatchObject({ emergency: 1, urgent: 2, routine: 0 });
  });

  it('counts what waits to be sent; that something was read is nobody’s worry, what arrived is over', () => {
    const outbox = [
      request('one', 'routine', onTablet(now)),
      request('two', 'routine', { state: 'at-the-server', at: now }),
      {
        ...request('three', 'routine', onTablet(now)),
        event: authored('opened', undefined, { id: eventId('opened') }),
      },
    ];
    expect(countsOf(of({ outbox })).waiting).toEqual([eventId('one')]);
  });

  it('OFF-3 an emergency that has not left becomes an alarm 30 s after it was written, with the number to ring', () => {
    const since = addMs(now, -10_000);
    const { alarms } = countsOf(of({ outbox: [request('e', 'emergency', onTablet(since))] }));
    expect(alarms).toEqual([
      {
        event: eventId('e'),
        alarmAt: addMs(since, 30_000),
        number: departments.cardiology.extension,
      },
    ]);
  });

  it('OFF-3 one that was not accepted is an alarm at once; one somebody dealt with is none', () => {
    const outbox = [
      request('e', 'emergency', { state: 'refused', code: 'not-allowed', kept: 'server' }),
      request('f', 'emergency', onTablet(now)),
    ];
    const { alarms } = countsOf(of({ outbox, settled: new Set([eventId('f')]) }));
    expect(alarms).toMatchObject([{ event: eventId('e'), alarmAt: now }]);
  });

  it('holds no word of a request and no patient', () => {
    const openConsults = [consultOf('emergency', 'a')];
    const outbox = [request('e', 'emergency', onTablet(now))];
    const text = JSON.stringify(countsOf(of({ openConsults, outbox })));
    const { question, reason } = requestContent();
    for (const secret of [question, reason, openConsults[0]?.id ?? '', openConsults[0]?.patient ?? ''])
      expect(text).not.toContain(secret);
  });
});

describe('PEO-7 counts kept beside the sealed records', () => {
  let all: Map<string, string>;
  let isFull: boolean;
  const here = () =>
    createCountsHere({
      getItem: (key) => all.get(key) ?? null,
      setItem(key, value) {
        if (isFull) throw new DOMException('full', 'QuotaExceededError');
        all.set(key, value);
      },
    });
  const person = people.requester.id;
  beforeEach(() => {
    all = new Map();
    isFull = false;
  });

  it('are told after a restart', () => {
    const counts = countsOf(of({ outbox: [request('e', 'emergency', onTablet(now))] }));
    here().keep(person, counts);
    expect(here().of(person)).toEqual(counts);
    expect(here().of(people.cardiologist.id)).toBeNull();
  });

  it('go down when somebody else has sent what waited', () => {
    const outbox = [request('e', 'emergency', onTablet(now)), request('r', 'routine', onTablet(now))];
    here().keep(person, countsOf(of({ outbox })));
    here().left(person, [eventId('e')]);
    expect(here().of(person)).toMatchObject({ waiting: [eventId('r')], alarms: [] });
  });

  it.each(['{', '{"emergency":-1}', '"text"'])('that are spoiled (%s) are as good as none', (text) => {
    all.set(`hc-lock:${person}`, text);
    expect(here().of(person)).toBeNull();
  });

  it('do not fit into a full tablet, and nobody is kept from locking by it', () => {
    isFull = true;
    expect(() => here().keep(person, countsOf(of()))).not.toThrow();
  });
});

describe('PEO-7 the locked screen’s alarm and the count of others', () => {
  const counted = (name: string, since: Instant) => ({
    person: people.requester.id,
    name,
    counts: countsOf(of({ outbox: [request(name, 'emergency', onTablet(since))] })),
  });

  it('OFF-3 sounds for everybody’s at its time, the longest waiting first', () => {
    const both = [counted('late', now), counted('early', addMs(now, -20_000))];
    expect(alarmsOf(both, addMs(now, 9_999))).toEqual([]);
    expect(alarmsOf(both, addMs(now, 10_000)).map(({ name }) => name)).toEqual(['early']);
    expect(alarmsOf(both, addMs(now, 30_000)).map(({ name }) => name)).toEqual(['early', 'late']);
  });

  it('counts what waits of others, not one’s own', () => {
    const [mine, theirs] = [counted('mine', now), counted('theirs', now)];
    const list = [mine, { ...theirs, person: people.cardiologist.id }, { ...theirs, person: people.head.id }];
    expect(waitingOfOthers(list, people.requester.id)).toEqual({ people: 2, items: 2 });
    expect(waitingOfOthers([mine], people.requester.id)).toEqual({ people: 0, items: 0 });
  });
});
