// `npm run check`: everything that can be said about the sources without running them, and one table.
import { availableParallelism } from 'node:os';
import { ensureInstalled } from './lib/install.mjs';
import { root, runTool, say } from './lib/run.mjs';

process.chdir(root);
await ensureInstalled();
await (await import('./lib/compile-messages.mjs')).compileMessages();
const synced = await runTool('@sveltejs/kit', ['sync'], { command: 'svelte-kit' });
if (synced.code !== 0) process.exit(synced.code);

/** The slowest first, so that two cores end at about the same time. */
const checks = [
  // In two halves: each is a program of its own, and whole it comes near what Node gives one process.
  { name: 'lint of the app', tool: 'eslint', args: ['client', '--max-warnings', '0'] },
  {
    name: 'lint of the rest',
    tool: 'eslint',
    args: ['.', '--ignore-pattern', 'client/**', '--max-warnings', '0'],
  },
  {
    name: 'types in components',
    tool: 'svelte-check',
    args: ['--tsconfig', './tsconfig.json', '--fail-on-warnings', '--output', 'human'],
  },
  { name: 'types', tool: 'typescript', command: 'tsc', args: ['-p', 'tsconfig.json', '--noEmit'] },
  {
    name: 'types in the worker',
    tool: 'typescript',
    command: 'tsc',
    args: ['-p', 'client/tsconfig.sw.json', '--noEmit'],
  },
  { name: 'format', tool: 'prettier', args: ['--check', '.', '--log-level', 'warn'] },
  { name: 'unused', tool: 'knip', args: ['--no-progress'] },
];

/** @type {{ name: string, code: number, seconds: number }[]} */
const outcomes = [];
const waiting = [...checks];

async function work() {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const startedAt = performance.now();
    const options = check.command === undefined ? {} : { command: check.command };
    const { code, output } = await runTool(check.tool, check.args, { capture: true, ...options });
    outcomes.push({ name: check.name, code, seconds: (performance.now() - startedAt) / 1000 });
    if (code !== 0) say(`\n── ${check.name} ──\n${output.trim()}`);
  }
}
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));

const width = Math.max(...checks.map(({ name }) => name.length));
process.stdout.write('\n');
for (const { name } of checks) {
  const outcome = outcomes.find((candidate) => candidate.name === name);
  if (outcome === undefined) continue;
  process.stdout.write(
    `${name.padEnd(width)}  ${outcome.code === 0 ? 'ok    ' : 'FAILED'}  ${outcome.seconds.toFixed(1).padStart(6)} s\n`,
  );
}
process.exitCode = outcomes.some(({ code }) => code !== 0) ? 1 : 0;
