import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright';
import { appFolder, openBrowser, rowSelector, signIn, whyNoApp } from '../browser/browser.ts';
import { homeDepartment } from '../corpus.ts';
import { fixtureOf } from '../fixture.ts';
import { isDoctor } from '../hospital.ts';
import { information, kilobytes, notRun, type Measure, type Row } from '../measure.ts';
import { createBenchServer } from '../server/bench-server.ts';

/*
 * Every page, script, style and font a new browser asks for until the sign-in screen stands there, and until the inbox does after signing in;
 * each file of the build compressed by gzip at its best. The service worker is off: it fetches what later screens need, behind the first.
 */

const target = '≤ 200 KB';
const counted = new Set(['.html', '.js', '.css', '.woff2']);

interface Loaded {
  readonly path: string;
  readonly bytes: number;
}

const fileOf = (path: string): string | null => {
  const file = join(appFolder, counted.has(extname(path)) ? path : path === '/' ? 'index.html' : '');
  return existsSync(file) && counted.has(extname(file)) ? file : null;
};

function listen(page: Page): () => Loaded[] {
  const paths = new Set<string>();
  page.on('request', (request) => paths.add(new URL(request.url()).pathname));
  return () =>
    [...paths].flatMap((path) => {
      const file = fileOf(path);
      return file === null ? [] : [{ path, bytes: gzipSync(readFileSync(file), { level: 9 }).length }];
    });
}

const sum = (loaded: readonly Loaded[]): number => loaded.reduce((bytes, one) => bytes + one.bytes, 0);
const isFont = ({ path }: Loaded): boolean => path.endsWith('.woff2');
const holdsPouch = ({ path }: Loaded): boolean => {
  const file = fileOf(path);
  return file !== null && path.endsWith('.js') && readFileSync(file, 'utf8').includes('_pouch_');
};

export const shell: Measure = {
  name: 'shell',
  async run(options) {
    const whyNot = await whyNoApp();
    if (whyNot !== null) return [notRun('app shell to first screen, gzip', whyNot, target)];
    const fixture = await fixtureOf(options, 'tablet');
    const server = await createBenchServer();
    await server.start(fixture.folder);
    const account = await server.call('givePassword', {
      person: fixture.hospital.teams[homeDepartment]!.filter(isDoctor)[6]!,
    });
    const context = await openBrowser(join(options.workFolder, 'shell-profile'), { serviceWorkers: 'block' });
    try {
      const page = context.pages()[0] ?? (await context.newPage());
      const loadedNow = listen(page);
      await page.goto(server.origin);
      await page.waitForSelector('input[type=password]');
      const toSignIn = loadedNow();
      await signIn(page, account);
      await page.waitForSelector(rowSelector);
      const toInbox = loadedNow();
      const pouch = toInbox.filter(holdsPouch).map(({ path }) => path);
      const largest = [...toInbox].sort((a, b) => b.bytes - a.bytes).slice(0, 6);
      const row = (what: string, loaded: readonly Loaded[]): Row => ({
        measure: `app shell to ${what}, gzip`,
        measured: kilobytes(sum(loaded)),
        peer: `of it fonts ${kilobytes(sum(loaded.filter(isFont)))}`,
        ratio: `${(sum(loaded) / (200 * 1024)).toFixed(2)} of the limit`,
        target,
        met: loaded.length > 0 && sum(loaded) <= 200 * 1024,
        runs: 1,
      });
      return [
        row('sign-in', toSignIn),
        row('inbox', toInbox),
        {
          ...information('PouchDB in what was loaded', pouch.length === 0 ? 'no' : pouch.join(', ')),
          target: 'no',
          met: pouch.length === 0,
        },
        information(
          '· files; the largest',
          `${toInbox.length}; ${largest.map(({ path, bytes }) => `${path.split('/').slice(-2).join('/')} ${kilobytes(bytes)}`).join(', ')}`,
        ),
      ];
    } finally {
      await context.close();
      await server.end();
    }
  },
};
