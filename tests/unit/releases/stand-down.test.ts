import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadStaticFiles } from '#server/http/static-files.ts';
import { startTestServer } from '#tests/server.ts';

const source = readFileSync(new URL('../../../client/static/stand-down.js', import.meta.url), 'utf8');

interface Lifecycle {
  waitUntil(work: Promise<unknown>): void;
}

/** A browser whose worker is this file. */
function worker(cacheNames: readonly string[]) {
  const held = new Set(cacheNames);
  const done: string[] = [];
  const listeners = new Map<string, (event: Lifecycle) => void>();
  const caches = {
    keys: () => Promise.resolve([...held]),
    delete: (name: string) => Promise.resolve(held.delete(name)),
  };
  const self = {
    addEventListener: (type: string, run: (event: Lifecycle) => void) => listeners.set(type, run),
    skipWaiting: () => done.push('skip waiting'),
    registration: { unregister: () => Promise.resolve(done.push('unregistered') > 0) },
    clients: {
      matchAll: () =>
        Promise.resolve([
          { url: '/consult/one', navigate: (url: string) => Promise.resolve(done.push(`opens ${url}`)) },
        ]),
    },
  };
  runInContext(source, createContext({ self, caches, Promise }));
  async function tell(type: 'install' | 'activate'): Promise<void> {
    const work: Promise<unknown>[] = [];
    listeners.get(type)?.({ waitUntil: (one) => void work.push(one) });
    await Promise.all(work);
  }
  return { done, held, tell };
}

describe('FM-52 a service worker that has to go', () => {
  it('does not wait, deletes every copy of the app, goes, and has the pages opened from the server', async () => {
    const { done, held, tell } = worker(['workbox-precache-v2', 'first-page-1']);
    await tell('install');
    await tell('activate');
    expect(done).toEqual(['skip waiting', 'unregistered', 'opens /consult/one']);
    expect(held.size).toBe(0);
  });

  it('opens no page again where there was nothing to delete: else it would do so without end', async () => {
    const { done, tell } = worker([]);
    await tell('activate');
    expect(done).toEqual(['unregistered']);
  });

  it('knows nothing of the databases in which words lie', () => {
    expect(source).not.toMatch(/indexedDB|localStorage|Clear-Site-Data/i);
  });
});

describe('FM-52 a server that is told to', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hc-static-'));
    writeFileSync(join(folder, 'index.html'), '<!doctype html>');
    writeFileSync(join(folder, 'service-worker.js'), 'the app’s own');
    writeFileSync(join(folder, 'stand-down.js'), source);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([true, false])('serves it in place of the app’s own: %s', async (standsDownWorker) => {
    const server = await startTestServer({
      directory: [],
      modules: [],
      staticFiles: loadStaticFiles(folder, { standsDownWorker }),
    });
    const answer = await server.app.request('/service-worker.js');
    expect(await answer.text()).toBe(standsDownWorker ? source : 'the app’s own');
    expect(answer.headers.get('content-type')).toContain('text/javascript');
    // A browser that keeps it would never hear of the next one.
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    await server.close();
  });
});
