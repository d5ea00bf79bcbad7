import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type BrowserContext, type CDPSession, type Page } from 'playwright';
import { findChromium } from '../../../scripts/lib/browser.mjs';

const rootFolder = join(import.meta.dirname, '../../..');
export const appFolder = join(rootFolder, 'build', 'client');
/** How much slower than this machine the tablet's processor is. */
export const slowness = 4;

/** null: the production build is there; else why it is not. */
export async function whyNoApp(): Promise<string | null> {
  const code = await new Promise((resolve) => {
    const build = spawn(process.execPath, [join(rootFolder, 'scripts', 'build.mjs')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    build.once('exit', resolve);
  });
  if (code !== 0) return 'the app does not build';
  if (!existsSync(join(appFolder, 'index.html'))) return 'there is no build of the app';
  return (await findChromium()) === undefined ? 'there is no Chromium' : null;
}

export async function openBrowser(
  profileFolder: string,
  over: { serviceWorkers?: 'allow' | 'block' } = {},
): Promise<BrowserContext> {
  const executablePath = await findChromium();
  const context = await chromium.launchPersistentContext(profileFolder, {
    ...(executablePath === undefined ? {} : { executablePath }),
    args: ['--no-sandbox', '--disable-gpu'],
    // A ward tablet held upright.
    viewport: { width: 800, height: 1180 },
    serviceWorkers: over.serviceWorkers ?? 'allow',
  });
  // What runs these files names functions by a helper of its own, which a function sent into the page does not take along.
  await context.addInitScript({ content: 'globalThis.__name = (named) => named;' });
  return context;
}

export async function slowDown(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowness });
  return session;
}

export async function signIn(
  page: Page,
  { email, password }: { email: string; password: string },
): Promise<void> {
  await page.locator('input[type=email]').fill(email);
  await page.locator('input[type=password]').fill(password);
  await page.locator('button[type=submit]').click();
}

/** A cold start asks the one person who is here for their password. */
export async function unlock(page: Page, password: string): Promise<void> {
  await page.locator('input[type=password]').fill(password);
  await page.locator('input[type=password]').press('Enter');
}

/** A row of the inbox. */
export const rowSelector = 'a[data-row]';

/** Documents in a collection of the tablet's database; 0 while it is not there. */
export const heldBy = (page: Page, collection: string): Promise<number> =>
  page.evaluate(async (name) => {
    const held = await indexedDB.databases();
    const found = held.find(
      (each) => each.name?.startsWith('rxdb-dexie-hc-') === true && each.name.endsWith(`--${name}`),
    );
    if (found?.name === undefined) return 0;
    const opening = indexedDB.open(found.name);
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(new Error('the tablet’s database does not open'));
    });
    try {
      const asked = database.transaction('docs').objectStore('docs').count();
      return await new Promise<number>((resolve, reject) => {
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(new Error('the tablet’s database cannot be read'));
      });
    } finally {
      database.close();
    }
  }, collection);
