import { beforeAll, describe, expect, it } from 'vitest';
import { createChainList, type ChainList } from '#server/audit/chain-list.ts';
import { placeFromCursor, searchAudit } from '#server/audit/search.ts';
import { storeOnce } from '#server/audit/store-once.ts';
import type { AuditFilter, AuditRow } from '#shared/audit/protocol.ts';
import { addMs, instant, type Instant } from '#shared/lib/instant.ts';
import { authored, consultId, people, stamped } from '#tests/builders.ts';
import { createMemoryStore, type MemoryStore } from '#tests/simulation/memory-store.ts';
import { createChance } from '#tests/simulation/random.ts';
import { actor, at as from, key, trailOf } from './trail.ts';

interface Told {
  readonly subject: string;
  readonly at: Instant;
}
let store: MemoryStore;
let chains: ChainList;
const told: Told[] = [];

/** Three gateways at once, two ends and new beginnings, requests that end in another order than they began, entries out of documents. */
beforeAll(async () => {
  store = createMemoryStore();
  const database = store.database('audit');
  const chance = createChance('audit');
  const random = () => chance.next();
  const trails = ['c', 'a', 'b'].map((process) => trailOf(database, process));
  let now = from;
  for (let n = 0; n < 1_500; n++) {
    now = addMs(now, Math.floor(random() * 20_000));
    const which = Math.floor(random() * 3);
    const trail = trails[which]!;
    const at = addMs(now, -Math.floor(random() * 3_000));
    if (n % 50 === 7) {
      const { moved } = await storeOnce(database, key, [
        { id: `m${n}`, at, action: 'staff.edit', subjects: [`s${n}`], outcome: 'done', actor },
      ]);
      await trail.linkMoved(now, moved);
    } else
      await trail.recordRead({ ...actor, at }, { action: n % 3 === 0 ? 'x.a' : 'x.b', subjects: [`s${n}`] });
    told.push({ subject: `s${n}`, at });
    if (n % 600 === 599) {
      await trail.close();
      trails[which] = trailOf(database, `d${n}`);
    }
  }
  for (const trail of trails) await trail.close();
  chains = createChainList(database, () => null);
}, 30_000);

async function all(filter: AuditFilter, limit: number): Promise<AuditRow[]> {
  const search = searchAudit(store, chains, filter);
  const rows: AuditRow[] = [];
  for (let cursor: string | null = null; ;) {
    const page = await search.next(limit, cursor === null ? null : placeFromCursor(cursor));
    expect(page.entries.length).toBeLessThanOrEqual(limit);
    rows.push(...page.entries);
    ({ cursor } = page);
    if (cursor === null) return rows;
  }
}
const subjectsOf = (rows: readonly AuditRow[]) => rows.map(({ subjects }) => subjects[0]!);
const between = (low: Instant, high: Instant) => told.filter(({ at }) => at >= low && at <= high);

describe('looking through several chains', () => {
  it.each([30, 200, 1_000])('AUD-1 pages of %i are together everything once, newest first', async (limit) => {
    const rows = await all({}, limit);
    expect(subjectsOf(rows).sort()).toEqual(told.map(({ subject }) => subject).sort());
    for (const [n, row] of rows.entries()) {
      const next = rows[n + 1];
      // What came out of a document stands where it came into the record.
      if (next !== undefined && row.action !== 'staff.edit' && next.action !== 'staff.edit')
        expect(next.at <= row.at).toBe(true);
    }
  });

  it.each([
    [0, 1],
    [100, 900],
    [1_480, 1_499],
  ])('AUD-1 finds what happened between two moments (%i to %i)', async (low, high) => {
    const [first, last] = [told[low]!.at, told[high]!.at];
    const rows = await all({ from: first, to: last }, 100);
    expect(subjectsOf(rows).sort()).toEqual(
      between(first, last)
        .map(({ subject }) => subject)
        .sort(),
    );
  });

  it('finds the few among the many', async () => {
    expect(subjectsOf(await all({ action: 'staff' }, 10))).toHaveLength(30);
    expect(subjectsOf(await all({ subject: 's3' }, 10))).toEqual(['s3']);
    expect(await all({ from: instant('2030-01-01T00:00:00.000Z') }, 10)).toEqual([]);
    expect(await all({ to: instant('2020-01-01T00:00:00.000Z') }, 10)).toEqual([]);
  });

  it('reads no more of the store for the newest page than that page needs', async () => {
    let read = 0;
    const database = store.database('audit');
    const counted = new Proxy(database, {
      get(target, name: keyof typeof database) {
        if (name === 'getMany')
          return (ids: readonly string[]) => ((read += ids.length), target.getMany(ids));
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const watched = { database: () => counted, close: () => Promise.resolve() };
    await chains.list();
    await searchAudit(watched, chains, {}).next(50, null);
    expect(read).toBeLessThan(900);
  });
});

describe('what one person did in the record', () => {
  it('AUD-1 is looked for in the documents changed last, which is said, and in all of them for an export', async () => {
    const hospital = createMemoryStore();
    const doctor = people.requester.id;
    const count = 2_001;
    await hospital.database('consults').write(
      Array.from({ length: count }, (_, at) => {
        const document = consultId(`c${at}`);
        const event = stamped(authored('submitted', undefined, { document }), 1, from);
        return { id: document, body: { kind: 'consult', id: document, events: [event] } };
      }),
    );
    const none = createChainList(hospital.database('audit'), () => null);
    const look = (reach: 'recent' | 'all') =>
      searchAudit(hospital, none, { person: doctor }, reach).next(count, null);
    const [recent, all] = [await look('recent'), await look('all')];
    expect([recent.entries.length, recent.isPartial]).toEqual([count - 1, true]);
    expect([all.entries.length, all.isPartial]).toEqual([count, false]);
  });
});
