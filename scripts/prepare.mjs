// Runs after every install: writes what editors, type checks and builds need before the first build.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, runTool } from './lib/run.mjs';

// Without the development packages (`npm ci --omit=dev`) there is nothing to prepare, and nothing to do it with.
const isDevelopment = ['@inlang/paraglide-js', '@sveltejs/kit', 'vite'].every((name) =>
  existsSync(join(root, 'node_modules', name)),
);
if (isDevelopment && existsSync(join(root, 'svelte.config.js'))) {
  const { compileMessages } = await import('./lib/compile-messages.mjs');
  await compileMessages();
  process.exitCode = (await runTool('@sveltejs/kit', ['sync'], { command: 'svelte-kit' })).code;
}
