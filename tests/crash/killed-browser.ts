import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { chromium, type BrowserContext, type Page } from '@playwright/test';
import { findChromium } from '../../scripts/lib/browser.mjs';

export interface KilledBrowser {
  readonly context: BrowserContext;
  readonly page: Page;
  /** SIGKILL to every process of it at once: no page is told, nothing is flushed. */
  kill(): Promise<void>;
  /** The way a person closes it. */
  close(): Promise<void>;
}

const quiet = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--no-default-browser-check',
  '--hide-crash-restore-bubble',
  '--disable-component-update',
  '--disable-background-networking',
  '--window-size=1280,800',
];

const devTools = /DevTools listening on (ws:\S+)/;

/** Starts Chromium over that profile, in a process group of its own, as it is started after its processes were killed. */
export async function startBrowser(
  profile: string,
  launchArguments: readonly string[],
): Promise<KilledBrowser> {
  const executable = (await findChromium()) ?? chromium.executablePath();
  const child = spawn(
    executable,
    [...quiet, ...launchArguments, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  const { pid } = child;
  if (pid === undefined) throw new Error('the browser did not start');
  const exited = once(child, 'exit');
  const said: string[] = [];
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      const found = devTools.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    void exited.then(() => reject(new Error(`the browser ended at once: ${said.join('\n')}`)));
  });
  const browser = await chromium.connectOverCDP(address);
  const context = browser.contexts()[0];
  if (context === undefined) throw new Error('the browser has no profile');
  const page = context.pages()[0] ?? (await context.newPage());
  let isGone = false;
  async function gone(): Promise<void> {
    isGone = true;
    await exited;
    await browser.close();
  }
  return {
    context,
    page,
    async kill() {
      if (isGone) return;
      process.kill(-pid, 'SIGKILL');
      await gone();
    },
    async close() {
      if (isGone) return;
      const session = await browser.newBrowserCDPSession();
      await session.send('Browser.close');
      await gone();
    },
  };
}
