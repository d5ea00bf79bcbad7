// `node scripts/crash-browser.mjs [rounds] [seed]`: kills the browser in the middle of saving, 100 times unless told otherwise. `npm test` does
// it ten times.
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { runTool } from './lib/run.mjs';

const [rounds = '100', seed = `crash ${String(Date.now())}`] = process.argv.slice(2);
await ensureInstalled();
await ensureBuilt();
process.stdout.write(`${rounds} rounds, seed "${seed}"\n`);
const { code } = await runTool('vitest', ['run', 'tests/crash/kill-browser.test.ts'], {
  env: { CRASH_ROUNDS: rounds, CRASH_SEED: seed },
});
process.exitCode = code;
