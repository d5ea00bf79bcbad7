import { join } from 'node:path';
import type { Page } from 'playwright';
import { homeDepartment } from '../corpus.ts';
import { fixtureOf, type Fixture } from '../fixture.ts';
import { isDoctor } from '../hospital.ts';
import type { BenchOptions } from '../measure.ts';
import { createBenchServer, type BenchServer } from '../server/bench-server.ts';
import { heldBy, openBrowser, rowSelector, signIn } from './browser.ts';

export interface FilledTablet {
  readonly profileFolder: string;
  /** Of the person whose records it holds. */
  readonly password: string;
  readonly server: BenchServer;
  readonly fixture: Fixture;
  readonly consults: number;
  readonly fillMs: number;
}

const patienceMs = 120_000;

async function waitUntilHeld(page: Page, collection: string, count: number): Promise<void> {
  const until = performance.now() + patienceMs;
  while ((await heldBy(page, collection)) < count) {
    if (performance.now() > until)
      throw new Error(`the tablet holds only ${await heldBy(page, collection)} of ${count} ${collection}`);
    await page.waitForTimeout(100);
  }
}

let filled: Promise<FilledTablet> | null = null;

/** A browser profile of this name that a real sign-in and a real first sync have filled; its server goes on running. */
export async function fillTablet(options: BenchOptions, name: string): Promise<FilledTablet> {
  const fixture = await fixtureOf(options, 'tablet');
  const server = await createBenchServer();
  await server.start(fixture.folder);
  const person = fixture.hospital.teams[homeDepartment]!.filter(isDoctor)[5]!;
  const account = await server.call('givePassword', { person });
  const profileFolder = join(options.workFolder, name);
  const context = await openBrowser(profileFolder);
  context.setDefaultTimeout(60_000);
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(server.origin);
  const begun = performance.now();
  await signIn(page, account);
  await page.waitForSelector(rowSelector);
  await waitUntilHeld(page, 'consults', fixture.size.inScope);
  const fillMs = performance.now() - begun;
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await context.close();
  return {
    profileFolder,
    password: account.password,
    server,
    fixture,
    consults: fixture.size.inScope,
    fillMs,
  };
}

/** The one that several measures share; made once. */
export const filledTablet = (options: BenchOptions): Promise<FilledTablet> =>
  (filled ??= fillTablet(options, 'profile'));
