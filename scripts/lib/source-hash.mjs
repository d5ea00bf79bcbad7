import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const sharedInputs = ['shared', 'package.json', 'package-lock.json', 'vite.config.ts', 'svelte.config.js'];

/** What each build is made from; a change anywhere here makes it stale. */
const inputs = {
  client: ['client', 'project.inlang/settings.json', 'tsconfig.json', ...sharedInputs],
  server: ['sync-server', 'couchdb', 'client/messages', ...sharedInputs],
};

// Written by the message compiler from client/messages, which is counted itself.
const generated = join(root, 'client', 'lib', 'paraglide');

/**
 * @param {string} path
 * @returns {string[]} every file below `path`, in a fixed order
 */
function filesBelow(path) {
  if (!existsSync(path) || path === generated) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

/**
 * SHA-256 over the names and contents of everything a build is made from. Contents, not times:
 * a fresh clone and a checkout of another branch and back give the same answer.
 * @param {'client' | 'server'} build
 * @returns {string} hexadecimal
 */
export function sourceHash(build) {
  const hash = createHash('sha256');
  for (const file of inputs[build].flatMap((input) => filesBelow(join(root, input)))) {
    const bytes = readFileSync(file);
    hash.update(`${relative(root, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}
