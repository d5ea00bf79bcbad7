import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertSchema } from '#shared/alert/alert.ts';
import {
  designDocumentsFolder,
  installDesignDocuments,
  loadDesignDocuments,
  type DesignDocument,
  type DesignTarget,
  type DesignViews,
} from '#server/store/design-documents.ts';
import { databaseNames } from '#server/store/port.ts';
import { storedKinds } from '#server/store/stored-kinds.ts';
import { couchHarness, embeddedHarness, type StoreHarness } from './harness.ts';

const indexOf = (map: string): DesignDocument[] => [
  { database: 'claims', name: 'claims', views: { 'by-holder': { map } } },
];
const first = 'function map(doc) { emit(doc.holder, null); }';
const second = 'function map(doc) { emit([doc.holder, doc.at], null); }';

describe.each([
  ['embedded store', embeddedHarness],
  ['CouchDB adapter', couchHarness],
])('design documents in the %s', (_title, createHarness: () => Promise<StoreHarness>) => {
  let harness: StoreHarness;
  beforeAll(async () => {
    harness = await createHarness();
  });
  afterAll(() => harness.discard());

  test('FM-56 are installed, upgraded and removed by opening, and nothing staged is left', async () => {
    const keys: unknown[] = [];
    for (const map of [first, second, second]) {
      const store = await harness.open(indexOf(map));
      await store.database('claims').write([{ id: 'one', body: { holder: 'g', at: 1 } }]);
      keys.push((await store.database('claims').view('claims/by-holder')).map(({ key }) => key));
      await expect(store.database('claims').view('claims-staged/by-holder')).rejects.toThrow();
      await store.close();
    }
    expect(keys).toEqual([['g'], [['g', 1]], [['g', 1]]]);

    const store = await harness.open([]);
    await expect(store.database('claims').view('claims/by-holder')).rejects.toThrow();
    expect(
      (await store.database('claims').changes({ since: null, limit: 9 })).changes.map(({ id }) => id),
    ).toEqual(['one']);
    await store.close();
  });

  test('two gateways may install at once', async () => {
    if (!('server' in harness)) return;
    const stores = await Promise.all([1, 2, 3].map(() => harness.open(indexOf(first))));
    for (const store of stores) {
      expect(await store.database('claims').view('claims/by-holder')).toHaveLength(1);
      await store.close();
    }
  });
});

test('FM-56 an index is built beside the old one before it takes its place', async () => {
  const steps: string[] = [];
  const held = new Map<string, { rev: string; views: DesignViews }>([
    ['claims', { rev: '1', views: { old: { map: first } } }],
  ]);
  const target: DesignTarget = {
    read: (name) => Promise.resolve(held.get(name) ?? null),
    put(name, rev, views) {
      steps.push(`put ${name}`);
      held.set(name, { rev: `${rev ?? ''}+`, views });
      return Promise.resolve(true);
    },
    remove(name) {
      steps.push(`remove ${name}`);
      held.delete(name);
      return Promise.resolve();
    },
    names: () => Promise.resolve([...held.keys()]),
    warm(name, view) {
      steps.push(`warm ${name}/${view}`);
      return Promise.resolve();
    },
    cleanUp() {
      steps.push('clean up');
      return Promise.resolve();
    },
  };
  await installDesignDocuments(target, indexOf(second));
  expect(steps).toEqual([
    'put claims-staged',
    'warm claims-staged/by-holder',
    'put claims',
    'remove claims-staged',
    'clean up',
  ]);
  steps.length = 0;
  await installDesignDocuments(target, indexOf(second));
  expect(steps).toEqual([]);
});

describe('the sources in couchdb/', () => {
  test('hold the views the server asks for', async () => {
    const views = (await loadDesignDocuments()).flatMap(({ name, views: byName }) =>
      Object.keys(byName).map((view) => `${name}/${view}`),
    );
    expect(views.sort()).toEqual([
      'accounts/by-email',
      'alerts/by-consult',
      'audit/by-time',
      'quarantine/by-department',
    ]);
  });

  test('name only kinds that the server stores', async () => {
    const named = (await loadDesignDocuments()).flatMap(({ views }) =>
      Object.values(views).flatMap(({ map }) =>
        [...map.matchAll(/doc\.kind [!=]== '([^']+)'/g)].map((match) => match[1]),
      ),
    );
    expect(named).toHaveLength(4);
    for (const kind of named) expect(storedKinds).toContain(kind);
    expect(alertSchema.shape.kind.value).toBe(storedKinds.find((kind) => kind === 'alert'));
  });

  test('decide nothing: no validator, update, filter or rewrite beside the views', async () => {
    for (const { database, name } of await loadDesignDocuments()) {
      expect(databaseNames).toContain(database);
      const folder = join(designDocumentsFolder, database, name);
      await expect(readFile(join(folder, 'validate_doc_update.js'))).rejects.toThrow();
    }
  });

  test('lock every database to the server alone', async () => {
    const security: unknown = JSON.parse(
      await readFile(join(designDocumentsFolder, 'security.json'), 'utf8'),
    );
    expect(security).toEqual({
      admins: { names: [], roles: ['_admin'] },
      members: { names: [], roles: ['_admin'] },
    });
  });
});
