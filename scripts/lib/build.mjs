import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runTool, say } from './run.mjs';
import { sourceHash } from './source-hash.mjs';

const builds = /** @type {const} */ ({
  client: { says: 'Building the app', args: ['build'], result: 'build/client/index.html' },
  server: {
    says: 'Building the server',
    args: ['build', '--mode', 'server'],
    result: 'build/server/main.js',
  },
});

/**
 * Builds what is missing or made from other sources than those here; ends the process when a build fails.
 * @param {readonly ('client' | 'server')[]} [wanted]
 */
export async function ensureBuilt(wanted = ['client', 'server']) {
  for (const name of wanted) {
    const { says, args, result } = builds[name];
    const stampPath = join(root, 'build', `.${name}-sources`);
    const digest = `${sourceHash(name)} ${process.env['APP_VERSION'] ?? ''}`;
    if (existsSync(join(root, result)) && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === digest)
      continue;
    say(`${says} …`);
    // Taken away first: a build that is cut short must not look finished.
    rmSync(stampPath, { force: true });
    const { code, output } = await runTool('vite', [...args, '--logLevel', 'warn'], { capture: true });
    if (code !== 0) {
      say(output);
      say(`${says} failed, for the reason above.`);
      process.exit(code);
    }
    mkdirSync(join(root, 'build'), { recursive: true });
    writeFileSync(stampPath, digest);
  }
}
