import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AlertFact } from '#shared/alert/alert.ts';
import type { DeviceId } from '#shared/lib/id.ts';
import { instant, msToInstant } from '#shared/lib/instant.ts';
import { mergeAlertFacts } from '#server/store/merge/alert.ts';
import { lostEditsOf } from '#server/store/merge/directory.ts';
import { documentMerges } from '#server/store/merge/document-merges.ts';
import { databaseNames, type DatabaseName } from '#server/store/port.ts';

type Body = Record<string, unknown>;

const merged = (database: DatabaseName, first: Body, ...rest: Body[]): Body => {
  const leaf = (body: Body, index: number) => ({ id: 'one', rev: `1-${'fedcba'[index]!.repeat(32)}`, body });
  return documentMerges[database]([leaf(first, 0), ...rest.map((body, index) => leaf(body, index + 1))]);
};

const at = (minute: number) => msToInstant(Date.UTC(2026, 0, 1, 0, minute));

const event = (id: string, extra: Body = {}): Body => ({
  v: 1,
  id: `${id.repeat(8)}-0000-4000-8000-000000000000`,
  document: '00000000-0000-4000-8000-000000000001',
  type: 'note-added',
  author: 'a',
  device: null,
  lamport: 1,
  base: 0,
  occurredAt: at(0),
  body: {},
  ...extra,
});
const consult = (...events: Body[]): Body => ({
  kind: 'consult',
  id: '00000000-0000-4000-8000-000000000001',
  events,
});

describe('each kind of document', () => {
  test('has a merge', () => {
    expect(Object.keys(documentMerges).sort()).toEqual([...databaseNames].sort());
  });

  test.each(['consults', 'patients'] as const)(
    '%s: the union of events, the smallest stamps, fields of a newer build kept',
    (database) => {
      const a = event('a', { n: 1, receivedAt: at(1), newer: 'kept' });
      const merge = merged(
        database,
        consult(a, event('b', { n: 2, receivedAt: at(2) })),
        consult(event('c', { n: 2, receivedAt: at(3) }), a),
        {
          ...consult(event('b', { n: 3, receivedAt: at(2) })),
          newerField: 1,
        },
      );
      expect(merge).toMatchObject({ newerField: 1, events: [{ ...a }, { n: 2 }, { n: 2 }] });
      expect(merge['events']).toHaveLength(3);
    },
  );

  test.each<[DatabaseName, Body, Body, Body]>([
    [
      'accounts',
      { kind: 'session', seenAt: at(9) },
      { kind: 'session', revokedAt: at(1), by: 'head' },
      { kind: 'session', revokedAt: at(1), by: 'head' },
    ],
    [
      'accounts',
      { kind: 'link', usedAt: at(3) },
      { kind: 'link', usedAt: at(2) },
      { kind: 'link', usedAt: at(2) },
    ],
    [
      'accounts',
      { kind: 'device', revokedAt: at(5) },
      { kind: 'device' },
      { kind: 'device', revokedAt: at(5) },
    ],
    [
      'accounts',
      { kind: 'session', seenAt: at(9) },
      { kind: 'session', seenAt: at(8) },
      { kind: 'session', seenAt: at(9) },
    ],
    [
      'quarantine',
      { kind: 'quarantined-event' },
      { kind: 'quarantined-event', releasedAt: at(4), by: 'p' },
      { kind: 'quarantined-event', releasedAt: at(4), by: 'p' },
    ],
  ])(
    '%s: what ended beats what lives, the earliest end stays (%j and %j)',
    (database, winner, loser, expected) => {
      expect(merged(database, winner, loser)).toEqual(expected);
    },
  );

  test('a session revoked in one leaf and signed out in another keeps both', () => {
    const result = merged(
      'accounts',
      { kind: 'session', signedOutAt: at(2), by: 'x' },
      { kind: 'session', revokedAt: at(1), by: 'y' },
    );
    expect(result).toEqual({ kind: 'session', by: 'y', revokedAt: at(1), signedOutAt: at(2) });
  });

  test('a device that was revoked in one leaf stays so; who used it and when it was heard of comes from all', () => {
    const user = (person: string, last: number, unsent: number | null = null) => ({
      person,
      firstAt: at(0),
      lastAt: at(last),
      unsent,
      unsentAt: unsent === null ? null : at(last),
      arrivedSince: 0,
    });
    const heard = { kind: 'device', registeredAt: at(1), lastContactAt: at(9), revokedAt: null };
    const revoked = {
      kind: 'device',
      registeredAt: at(0),
      lastContactAt: at(3),
      revokedAt: at(5),
      revokedBy: 'x',
    };
    const expected = {
      kind: 'device',
      registeredAt: at(0),
      lastContactAt: at(9),
      revokedAt: at(5),
      revokedBy: 'x',
      users: [user('a', 9, 2), user('b', 3)],
    };
    const [first, second] = [
      { ...heard, users: [user('a', 9, 2)] },
      { ...revoked, users: [user('b', 3), user('a', 2, 7)] },
    ];
    expect(merged('accounts', first, second)).toEqual(expected);
    expect(merged('accounts', second, first)).toEqual(expected);
  });

  test('claims: the smallest leaf leads, whichever the store prefers', () => {
    const [a, b, c] = [{ holder: 'a' }, { holder: 'b' }, { holder: 'c' }];
    for (const [first, ...rest] of [
      [a, b, c],
      [c, b, a],
      [b, c, a],
    ]) {
      expect(merged('claims', first!, ...rest)).toEqual(a);
    }
  });

  test('directory: the winner stays, each loser is kept once for the administrator and never applied', () => {
    const [ward, office, lab] = [
      { kind: 'department', name: 'Ward' },
      { kind: 'department', name: 'Office' },
      { kind: 'department', name: 'Lab' },
    ];
    const once = merged('directory', ward, office, lab);
    expect(once).toMatchObject(ward);
    expect(lostEditsOf(once)).toEqual([lab, office]);
    expect(merged('directory', once, office)).toEqual(once);
    expect(
      lostEditsOf(merged('directory', { ...ward, lostEdits: [lab] }, { ...office, lostEdits: [ward] })),
    ).toEqual([lab, office]);
    expect(merged('directory', ward, { ...ward })).toEqual(ward);
  });

  test('an account is no session: nothing of the losing edit is applied', () => {
    const result = merged(
      'accounts',
      { kind: 'account', email: 'a@example.org' },
      { kind: 'account', email: 'b@example.org', disabledAt: at(1) },
    );
    expect(result).toMatchObject({ kind: 'account', email: 'a@example.org', disabledAt: at(1) });
    expect(lostEditsOf(result)).toEqual([{ kind: 'account', email: 'b@example.org', disabledAt: at(1) }]);
  });
});

describe('facts of alerts', () => {
  const device = '00000000-0000-4000-8000-00000000000a' as DeviceId;
  const fact: fc.Arbitrary<AlertFact> = fc.record({
    fact: fc.constantFrom('planned', 'sent', 'shown', 'opened'),
    channel: fc.constantFrom('push', null),
    device: fc.constantFrom(device, null),
    attempt: fc.integer({ min: 0, max: 1 }),
    outcome: fc.constantFrom('ok', 'failed', null),
    at: fc.integer({ min: 0, max: 3 }).map(at),
  });
  const facts = fc.array(fact, { maxLength: 6 }).map((list) => mergeAlertFacts(list));

  test('merge the same in any order, any grouping, any number of times', () => {
    fc.assert(
      fc.property(facts, facts, facts, (a, b, c) => {
        const all = mergeAlertFacts(a, b, c);
        expect(mergeAlertFacts(b, a)).toEqual(mergeAlertFacts(a, b));
        expect(mergeAlertFacts(mergeAlertFacts(a, b), c)).toEqual(all);
        expect(mergeAlertFacts(a, mergeAlertFacts(b, c))).toEqual(all);
        expect(mergeAlertFacts(all, a)).toEqual(all);
      }),
    );
  });

  test('FM-28 what was shown in one copy and opened in another is both, at the earliest time', () => {
    const shown = (minute: number): AlertFact => ({
      fact: 'shown',
      channel: 'push',
      device,
      attempt: 0,
      outcome: 'ok',
      at: at(minute),
    });
    const opened: AlertFact = { ...shown(4), fact: 'opened' };
    const result = merged(
      'alerts',
      { kind: 'alert', facts: [shown(3)] },
      { kind: 'alert', facts: [shown(2), opened] },
    );
    expect(result).toEqual({ kind: 'alert', facts: [shown(2), opened] });
    expect(instant('2026-01-01T00:02:00.000Z')).toBe(at(2));
  });
});
