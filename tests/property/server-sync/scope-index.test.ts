import fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seqFromText, type Seq } from '#server/store/port.ts';
import { ConsultIndex, standingOf, type ConsultFacts } from '#server/sync/consult-index.ts';
import { FeedLog } from '#server/sync/feed-log.ts';
import type { HeldScope } from '#server/sync/held-scope.ts';
import { loadSnapshot, saveSnapshot } from '#server/sync/index-snapshot.ts';
import { ScopeIndex } from '#server/sync/scope-index.ts';
import { people } from '#tests/builders.ts';

const keyNames = ['a', 'b', 'c', 'd'];
const facts = fc.record({
  order: fc.integer({ min: 0, max: 3 }),
  endedAtMs: fc.constantFrom(0, 100, 200, 300),
  keys: fc.subarray(keyNames, { minLength: 1 }),
  version: fc.constantFrom('1.a', '2.b', '3.c'),
  patient: fc.constantFrom('p1', 'p2'),
});
const consistent = ({ order, endedAtMs, ...rest }: ConsultFacts): ConsultFacts => ({
  ...rest,
  endedAtMs,
  order: endedAtMs === 0 ? order : 10 + 1000 - endedAtMs,
});
const acts = fc.array(
  fc.record({ id: fc.constantFrom('1', '2', '3', '4', '5', '6', '7'), facts: fc.option(facts, { freq: 5 }) }),
  { maxLength: 40 },
);
const scopeOf = (keys: readonly string[], endedSinceMs: number): HeldScope => ({
  person: people.requester.id,
  keys: new Set(keys),
  epoch: keys.join(),
  endedSinceMs,
  newsSinceMs: 0,
  rota: { from: '2026-W01', until: '2026-W52' },
  changesAt: null,
});

describe('consult index', () => {
  it('holds, in order and once, exactly what a plain look over all consults finds', () => {
    fc.assert(
      fc.property(
        acts,
        fc.subarray(keyNames),
        fc.constantFrom(0, 150, 250),
        fc.nat(40),
        (story, keys, since, loadedUpTo) => {
          const index = new ConsultIndex();
          const plain = new Map<string, ConsultFacts>();
          for (const [at, { id, facts: next }] of story.entries()) {
            index.loading = at < loadedUpTo;
            if (next === null) {
              index.remove(id);
              plain.delete(id);
            } else {
              index.put(id, consistent(next));
              plain.set(id, consistent(next));
            }
          }
          index.loading = false;
          const scope = scopeOf(keys, since);
          const right = [...plain]
            .filter(([, entry]) => standingOf(entry, scope) === 'in')
            .sort(([a, one], [b, other]) => one.order - other.order || (a < b ? -1 : 1));
          const found = [...index.inScopeAfter(scope, -1, '')];
          expect(found.map((entry) => entry.id)).toEqual(right.map(([id]) => id));
          for (const [at, entry] of found.entries()) {
            const rest = [...index.inScopeAfter(scope, entry.order, entry.id)].map((one) => one.id);
            expect(rest).toEqual(right.slice(at + 1).map(([id]) => id));
            expect(entry.version).toBe(plain.get(entry.id)?.version);
          }
          for (const patient of ['p1', 'p2']) {
            const ids = index.ofPatient(patient).map((entry) => entry.id);
            expect(ids.sort()).toEqual(
              [...plain].flatMap(([id, one]) => (one.patient === patient ? [id] : [])).sort(),
            );
          }
        },
      ),
    );
  });

  it('is the same after being saved and read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'scope-index-'));
    const path = join(folder, 'index');
    await fc.assert(
      fc.asyncProperty(acts, async (story) => {
        const index = new ScopeIndex();
        for (const { id, facts: next } of story) if (next !== null) index.consults.put(id, consistent(next));
        index.patients.put('p1', { keys: ['a'], pastKeys: ['b'], version: '1.x', mrn: 'M1' });
        index.alerts.put('1:y', { key: 'person', consult: '1', version: 'v' });
        index.alerts.put('gap:y', { key: 'a', consult: '', version: 'w' });
        index.directory.set('d', 'w');
        const places = { consults: seqFromText('7'), directory: seqFromText('8') };
        await saveSnapshot(path, index, { storeEpoch: 'e', places });
        const read = new ScopeIndex();
        expect(await loadSnapshot(path, read)).toEqual({ storeEpoch: 'e', places });
        const all = scopeOf(keyNames, 0);
        for (const name of ['consults', 'patients', 'alerts', 'directory'] as const) {
          const ids = index.idsInScope(name, all);
          expect(read.idsInScope(name, all)).toEqual(ids);
          expect(ids.map((id) => read.versionOf(name, id))).toEqual(
            ids.map((id) => index.versionOf(name, id)),
          );
        }
        expect(read.patients.withMrn('M1')).toEqual(['p1']);
        expect(read.patients.standing('p1', scopeOf(['b'], 0))).toBe(
          index.patients.standing('p1', scopeOf(['b'], 0)),
        );
      }),
      { numRuns: 25 },
    );
    await rm(folder, { recursive: true });
  });
});

describe('alert index', () => {
  it('finds, by id, by consult and by scope, what a plain look over all alerts finds', () => {
    const alertActs = fc.array(
      fc.record({
        consult: fc.constantFrom('1', '2', ''),
        name: fc.constantFrom('x', 'y'),
        key: fc.constantFrom('a', 'b'),
        version: fc.constantFrom('v', 'w'),
        isRemoved: fc.boolean(),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(alertActs, fc.subarray(['a', 'b', 'c']), (story, keys) => {
        const index = new ScopeIndex();
        index.consults.put('1', { order: 0, endedAtMs: 0, keys: ['c'], version: '1.a', patient: 'p' });
        index.consults.put('2', { order: 1111, endedAtMs: 50, keys: ['c'], version: '1.a', patient: 'p' });
        const plain = new Map<string, { key: string; consult: string; version: string }>();
        for (const { consult, name, key, version, isRemoved } of story) {
          const id = `${consult === '' ? 'gap' : consult}:${name}`;
          if (isRemoved) {
            index.alerts.remove(id);
            plain.delete(id);
          } else {
            index.alerts.put(id, { key, consult, version });
            plain.set(id, { key, consult, version });
          }
        }
        const scope = scopeOf(keys, 100);
        const inScope = ({ key, consult }: { key: string; consult: string }): boolean =>
          consult !== '2' && (keys.includes(key) || (consult === '1' && keys.includes('c')));
        expect(index.alerts.size).toBe(plain.size);
        expect([...index.alerts.all()].map(({ id }) => id).sort()).toEqual([...plain.keys()].sort());
        for (const consult of ['1', '2']) {
          const own = [...plain].flatMap(([id, one]) => (one.consult === consult ? [id] : []));
          expect([...index.alerts.ofConsult(consult)].sort()).toEqual(own.sort());
        }
        for (const id of ['1:x', '2:y', 'gap:x']) {
          expect(index.versionOf('alerts', id)).toBe(plain.get(id)?.version ?? null);
          const held = plain.get(id);
          expect(index.standing('alerts', id, scope) === 'in').toBe(held !== undefined && inScope(held));
        }
        expect(index.idsInScope('alerts', scope)).toEqual(
          [...plain].flatMap(([id, one]) => (inScope(one) ? [id] : [])).sort(),
        );
      }),
    );
  });
});

describe('feed log', () => {
  it('tells everything after a place it knows, whatever was repeated, and nothing it has forgotten', () => {
    const seqs = fc.array(fc.nat(12), { maxLength: 60 });
    fc.assert(
      fc.property(seqs, fc.integer({ min: 1, max: 6 }), (story, capacity) => {
        const log = new FeedLog(capacity, seqFromText('start'));
        const applied: Seq[] = [seqFromText('start')];
        for (const number of story) {
          const seq = seqFromText(String(number));
          log.append(seq, [`id ${number}`]);
          applied.push(seq);
        }
        expect(log.current).toBe(applied.at(-1));
        for (const [at, seq] of applied.entries()) {
          const rows = log.after(seq);
          if (rows === null) {
            expect(log.knows(seq)).toBe(false);
            continue;
          }
          const told = new Set(rows.flatMap((row) => row.ids));
          for (const later of applied.slice(at + 1)) {
            // A place that came again after the log had forgotten its first coming answers from there.
            if (applied.lastIndexOf(seq) === at) expect(told.has(`id ${later}`)).toBe(true);
          }
        }
      }),
    );
  });
});
