import { describe, expect, it } from 'vitest';
import { handInAll, type HandInParts } from '$lib/devices/hand-in.ts';
import type { RawRead } from '$lib/rescue/raw-database.ts';
import type { ServerFailure, ServerPort } from '$lib/sync/server-port.ts';
import { err, ok } from '#shared/lib/result.ts';
import { instant } from '#shared/lib/instant.ts';
import type { PushOutcome } from '#shared/sync/protocol.ts';
import { authored, consultId, deviceId, eventId, people, sampleBodies } from '#tests/builders.ts';

const now = instant('2026-03-02T08:00:00.000Z');
let written = 0;
const record = (name: string, author = people.requester.id, accepted: unknown = null) => ({
  id: eventId(name),
  order: ++written,
  record: {
    kind: 'consult',
    event: authored('note-added', sampleBodies['note-added'], {
      id: eventId(name),
      document: consultId('one'),
      author,
      device: deviceId('ward'),
      occurredAt: now,
    }),
    accepted,
    offsetAtWritingMs: null,
  },
});
const reading = (...outbox: readonly unknown[]): RawRead => ({ outbox, workspace: [], lost: 0, whole: true });

type Answer = (id: string) => PushOutcome | ServerFailure;
const setAside: Answer = (id) => ({ id, outcome: 'quarantined', code: 'device-revoked' });
const notYours: Answer = (id) => ({ id, outcome: 'refused', code: 'not-yours', kept: 'tablet' });
const gone: Answer = () => ({ type: 'signed-out' });
const silent: Answer = () => ({ type: 'no-answer' });

/** A server that answers each slot in its own way. */
function serverOf(answers: Readonly<Record<number, Answer>>) {
  const pushed: [number, string[]][] = [];
  const open = (slot: number): ServerPort => {
    const answer = answers[slot] ?? gone;
    const failureOf = (id: string): ServerFailure | null => {
      const said = answer(id);
      return 'type' in said ? said : null;
    };
    return {
      receipts({ ids }: { ids: readonly string[] }) {
        const failure = failureOf('');
        const body = { outcomes: ids.map(() => null), asOf: now };
        return Promise.resolve(
          failure === null ? ok({ body, serverNow: now, roundTripMs: 1 }) : err(failure),
        );
      },
      push({ items }: { items: readonly { event: { id: string } }[] }) {
        const ids = items.map(({ event }) => event.id);
        pushed.push([slot, ids]);
        const failure = failureOf('');
        if (failure !== null) return Promise.resolve(err(failure));
        const outcomes = ids.map((id) => answer(id) as PushOutcome);
        return Promise.resolve(ok({ body: { outcomes, asOf: now }, serverNow: now, roundTripMs: 1 }));
      },
      close: () => undefined,
    } as Partial<ServerPort> as ServerPort;
  };
  return { open, pushed };
}
function parts(
  reads: Readonly<Record<string, RawRead>>,
  people: readonly (Omit<HandInParts['people'][number], 'waiting'> & { waiting?: ReadonlySet<string> })[],
  answers: Readonly<Record<number, Answer>>,
  delivered: ReadonlySet<string> | null = new Set(),
) {
  const server = serverOf(answers);
  return {
    pushed: server.pushed,
    given: {
      people: people.map((each) => ({ waiting: null, ...each })),
      read: (database: string) => Promise.resolve(reads[database] ?? reading()),
      openServer: server.open,
      clock: { now: () => now },
      deliverAll: () => Promise.resolve(delivered),
    } satisfies HandInParts,
  };
}

describe('FM-6 what waits on a withdrawn device is handed in', () => {
  it('of everybody, from every database they have here, each under their own session', async () => {
    const { given, pushed } = parts(
      {
        a: reading(record('a'), record('sent before', people.requester.id, { n: 1, receivedAt: now })),
        'a-1': reading(record('a2')),
        b: reading(record('b', people.cardiologist.id)),
      },
      [
        { slot: 0, databases: ['a', 'a-1'] },
        { slot: 3, databases: ['b'] },
      ],
      { 0: setAside, 3: setAside },
    );
    expect(await handInAll([0, 3], given)).toEqual({ handedIn: 3, lost: 0 });
    expect(pushed).toEqual([
      [0, [eventId('a'), eventId('a2')]],
      [3, [eventId('b')]],
    ]);
  });

  it('under another’s session where their own is gone or there is none', async () => {
    const { given } = parts(
      { a: reading(record('a')), b: reading(record('b', people.cardiologist.id)) },
      [
        { slot: null, databases: ['a'] },
        { slot: 2, databases: ['b'] },
      ],
      { 1: setAside },
    );
    expect(await handInAll([2, 1], given)).toEqual({ handedIn: 2, lost: 0 });
  });

  it('without an answer nothing counts as lost: it is asked again', async () => {
    const { given } = parts({ a: reading(record('a')) }, [{ slot: 0, databases: ['a'] }], { 0: silent });
    expect(await handInAll([0], given)).toBeNull();
  });

  it('counts what nobody takes and what cannot be read', async () => {
    const { given } = parts(
      {
        a: reading(record('a')),
        broken: { outbox: [{ id: 'x', order: 4, record: {} }], workspace: [], lost: 2, whole: false },
      },
      [{ slot: 0, databases: ['a', 'broken'] }],
      { 0: notYours },
    );
    expect(await handInAll([0], given)).toEqual({ handedIn: 0, lost: 1 + 1 + 2 + 1 });
  });

  const sealed = (name: string) => ({ id: eventId(name), order: ++written, record: { sealed: 'aé' } });
  const parcels = (...names: readonly string[]): ReadonlySet<string> =>
    new Set(names.map((name) => eventId(name)));

  it('what lies sealed goes by its parcel; lost is what waited and has none', async () => {
    const { given } = parts(
      { a: reading(sealed('parcelled'), sealed('accepted before'), sealed('alone')) },
      [{ slot: 0, databases: ['a'], waiting: new Set([eventId('parcelled'), eventId('alone')]) }],
      { 0: setAside },
      parcels('parcelled'),
    );
    expect(await handInAll([0], given)).toEqual({ handedIn: 1, lost: 1 });
  });

  it('of sealed records nobody knows anything about, those without a parcel count as lost', async () => {
    const { given } = parts(
      { a: reading(sealed('parcelled'), sealed('unknown')) },
      [{ slot: null, databases: ['a'] }],
      {},
      parcels('parcelled'),
    );
    expect(await handInAll([0], given)).toEqual({ handedIn: 1, lost: 1 });
  });

  it('what a parcel has brought is not brought again', async () => {
    const { given, pushed } = parts(
      { a: reading(record('both')) },
      [{ slot: 0, databases: ['a'] }],
      { 0: setAside },
      parcels('both'),
    );
    expect(await handInAll([0], given)).toEqual({ handedIn: 1, lost: 0 });
    expect(pushed).toEqual([]);
  });

  it('parcels that found no answer are asked about again', async () => {
    const { given } = parts({}, [{ slot: 0, databases: [] }], { 0: setAside }, null);
    expect(await handInAll([0], given)).toBeNull();
  });
});
