import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { compileMessages } from './scripts/lib/compile-messages.mjs';

// Tests read the compiled words. Neither the message plugin nor SvelteKit's own is needed for that, and the
// latter keeps Vitest from ending: tests mount components and rune modules, not routes ($app is not here).
await compileMessages();

const $lib = fileURLToPath(new URL('./client/lib', import.meta.url));
const clientTests = ['tests/client/**/*.test.ts', 'tests/unit/client/**/*.test.ts'];
const longTests = ['tests/simulation/**/*.test.ts', 'tests/crash/**/*.test.ts', 'tests/**/*.slow.test.ts'];
const never = ['**/node_modules/**', 'tests/e2e/**', 'tests/bench/**'];

export default defineConfig({
  test: {
    // Two cores: more workers only make the slow tests slower.
    maxWorkers: 2,
    restoreMocks: true,
    unstubGlobals: true,
    projects: [
      {
        resolve: { alias: { $lib } },
        test: {
          name: 'node',
          environment: 'node',
          // Projects do not inherit these from above.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          include: ['tests/**/*.test.ts'],
          exclude: [...never, ...clientTests, ...longTests],
        },
      },
      {
        plugins: [svelte()],
        resolve: { alias: { $lib }, conditions: ['browser'] },
        test: {
          name: 'client',
          environment: 'node',
          testTimeout: 30_000,
          hookTimeout: 30_000,
          include: clientTests,
          exclude: [...never, ...longTests],
        },
      },
      {
        resolve: { alias: { $lib } },
        test: {
          name: 'long',
          environment: 'node',
          include: longTests,
          exclude: never,
          testTimeout: 300_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
