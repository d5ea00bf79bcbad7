import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '#server/compose.ts';
import { openDirectoryCache } from '#server/directory/directory-cache.ts';
import { createRateLimiter } from '#server/http/rate-limit.ts';
import { createLogger } from '#server/ops/logger.ts';
import { openStoreEpoch } from '#server/ops/store-epoch.ts';
import { welcomeLines } from '#server/ops/welcome.ts';
import type { DocumentStore } from '#server/store/port.ts';
import { addMs, instant } from '#shared/lib/instant.ts';
import { chief, doctor, smallHospital } from '#tests/http/people.ts';
import { createTestClock } from '#tests/server.ts';

const at = instant('2026-03-02T08:00:00.000Z');
const logger = createLogger('silent');
let folder: string;
let store: DocumentStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hc-parts-'));
  store = await openStore(
    { type: 'embedded', folder },
    new URL('../../../couchdb', import.meta.url).pathname,
  );
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

describe('the directory in memory', () => {
  it('is whole at once and follows what others write', async () => {
    const database = store.database('directory');
    await database.write(smallHospital.map((document) => ({ id: document.id, body: { ...document } })));
    const cache = await openDirectoryCache({ database, logger });
    expect(cache.current().people.get(chief.id)?.name).toBe('Ines Chief');
    const changed = new Promise<ReadonlySet<string>>((resolve) => cache.onChange(resolve));
    const held = await database.get(doctor.id);
    await database.write([{ id: doctor.id, rev: held?.rev, body: { ...doctor, name: 'Omar Newname' } }]);
    expect([...(await changed)]).toEqual([doctor.id]);
    expect(cache.current().people.get(doctor.id)?.name).toBe('Omar Newname');
    await cache.close();
  });

  it('OFF-12 keeps the last readable state of a document that became unreadable', async () => {
    const database = store.database('directory');
    await database.write(smallHospital.map((document) => ({ id: document.id, body: { ...document } })));
    const cache = await openDirectoryCache({ database, logger });
    const held = await database.get(doctor.id);
    await database.write([{ id: doctor.id, rev: held?.rev, body: { kind: 'person', nonsense: true } }]);
    await cache.caughtUp();
    expect(cache.current().people.get(doctor.id)?.name).toBe('Omar Doctor');
    await cache.close();
  });
});

describe('the store epoch', () => {
  it('is minted once, kept over restarts, and its change is seen by other gateways', async () => {
    const clock = createTestClock();
    const meta = store.database('meta');
    const [one, two] = await Promise.all([
      openStoreEpoch({ meta, clock, logger }),
      openStoreEpoch({ meta, clock, logger }),
    ]);
    expect(one.current()).toBe(two.current());
    const seen = new Promise<string>((resolve) => two.onChange(resolve));
    const next = await one.mint('restored');
    expect(await seen).toBe(next);
    await one.close();
    await two.close();
    const later = await openStoreEpoch({ meta, clock, logger });
    expect(later.current()).toBe(next);
    await later.close();
  });
});

describe('log lines', () => {
  it('OPS-3 carry no names, bodies, tokens or queries, however they got there', () => {
    const lines: string[] = [];
    const log = createLogger('info', { write: (line) => void lines.push(line) });
    const bug = Object.assign(new Error('the store failed'), {
      request: { body: 'Mrs Smith' },
      description: 'Mrs Smith',
    });
    log.error(
      {
        err: bug,
        body: 'Mrs Smith',
        patient: { name: 'Mrs Smith', mrn: 'Mrs Smith' },
        req: { url: '/x?q=Mrs Smith', headers: { cookie: 'Mrs Smith' } },
      },
      'failed',
    );
    expect(lines.join()).not.toContain('Smith');
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'error',
      msg: 'failed',
      err: { type: 'Error', message: 'the store failed' },
    });
  });
});

describe('rate limits', () => {
  it('let a burst through, then the average', () => {
    const limiter = createRateLimiter({ burst: 3, perSecond: 2 });
    expect([1, 2, 3, 4].map(() => limiter.take('a', at))).toEqual([0, 0, 0, 1]);
    expect(limiter.take('b', at)).toBe(0);
    expect([1, 2, 3].map(() => limiter.take('a', addMs(at, 1000)))).toEqual([0, 0, 1]);
  });
});

describe('what the terminal says', () => {
  const said = (publicOrigin: string, host: string | null, isPublicOriginGiven = true) =>
    welcomeLines({ publicOrigin, host, isPublicOriginGiven }, null, null).join('\n');

  it('OPS-1 says that tablets cannot install the app without TLS, unless there is some', () => {
    for (const text of [
      said('http://10.0.0.5:8080', null),
      said('http://localhost:8080', null),
      said('http://localhost:8080', null, false),
    ]) {
      expect(text).toContain('annot install the app');
    }
    expect(said('https://consult.test', null)).not.toContain('TLS');
  });
});
