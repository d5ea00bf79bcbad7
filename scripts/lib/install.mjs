import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, say } from './run.mjs';

const oldestNode = [20, 19];

/** Ends the process with a plain sentence when this Node is too old to run anything here. */
function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  say(`Hospital Consult needs Node ${oldestNode.join('.')} or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, peer?: boolean, link?: boolean }} LockedPackage
 * @param {string} path
 * @returns {Record<string, LockedPackage>}
 */
function lockedPackages(path) {
  /** @type {{ packages: Record<string, LockedPackage> }} */
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  return lock.packages;
}

/**
 * Whether node_modules holds what the lockfile says, package by package, by npm's own record of what it installed.
 * Optional packages are not asked for: most belong to other machines.
 */
export function isInstalled() {
  const installedPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const installed = lockedPackages(installedPath);
  return Object.entries(lockedPackages(join(root, 'package-lock.json'))).every(([path, wanted]) => {
    if (path === '' || wanted.optional === true) return true;
    const found = installed[path];
    return found?.version === wanted.version && found?.integrity === wanted.integrity;
  });
}

/** Installs from the lockfile when something is missing or differs; ends the process when that fails. */
export async function ensureInstalled() {
  requireNode();
  if (isInstalled()) return;
  say('Installing packages from package-lock.json (once, about a minute) …');
  const npmScript = process.env['npm_execpath'];
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const { code } =
    npmScript?.endsWith('.js') === true
      ? await run(process.execPath, [npmScript, ...args], { toStderr: true })
      : await run('npm', args, { toStderr: true });
  if (code !== 0) {
    say('The packages could not be installed. npm says why, above.');
    process.exit(code);
  }
}
