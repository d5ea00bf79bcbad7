import { defineConfig } from '@playwright/test';
import { findChromium } from './scripts/lib/browser.mjs';

const executablePath = await findChromium();

export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '**/*.test.ts',
  outputDir: 'test-results/e2e',
  fullyParallel: true,
  workers: 2,
  // A test that passes on the second try has found something. `npm test` gives one story of a run that try, and says so.
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  // A guard against what hangs, not a measure: the machine may be busy with other suites.
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    // A button that is missing must not use up the time of the whole test.
    actionTimeout: 15_000,
    navigationTimeout: 45_000,
    trace: 'retain-on-failure',
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      // The sandbox needs rights that containers and root do not give.
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    },
  },
});
