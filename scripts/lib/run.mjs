import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Progress goes to standard error: what a command answers on standard output stays clean. */
/** @param {string} line */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs a program in the project's root with its output shown.
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, capture?: boolean, toStderr?: boolean }} [options] `capture` returns the output instead of showing it
 * @returns {Promise<{ code: number, output: string }>} code 127 when the program cannot be started, 1 when a signal ended it
 */
export function run(program, args, { env = {}, capture = false, toStderr = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: capture ? ['ignore', 'pipe', 'pipe'] : ['ignore', toStderr ? 2 : 'inherit', 'inherit'],
    });
    /** @type {Buffer[]} */
    const chunks = [];
    child.stdout?.on('data', (/** @type {Buffer} */ chunk) => chunks.push(chunk));
    child.stderr?.on('data', (/** @type {Buffer} */ chunk) => chunks.push(chunk));
    child.on('error', (error) => {
      resolve({ code: 127, output: error.message });
    });
    child.on('close', (code) => {
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

/**
 * The script behind an installed package's command, to be run with this very Node: no shell, no PATH, no npx.
 * @param {string} packageName
 * @param {string} [command] defaults to the package's only or same-named one
 */
export function binOf(packageName, command) {
  const require = createRequire(join(root, 'package.json'));
  const manifestPath = join(root, 'node_modules', packageName, 'package.json');
  /** @type {{ name: string, bin: string | Record<string, string> }} */
  const manifest = require(manifestPath);
  const bin = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[command ?? manifest.name];
  if (bin === undefined) throw new Error(`${packageName} has no command ${command ?? manifest.name}`);
  return join(dirname(manifestPath), bin);
}

/**
 * Runs an installed package's command.
 * @param {string} packageName
 * @param {string[]} args
 * @param {Parameters<typeof run>[2] & { command?: string }} [options]
 */
export function runTool(packageName, args, { command, ...options } = {}) {
  return run(process.execPath, [binOf(packageName, command), ...args], options);
}
