import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { run, runTool, say } from './run.mjs';

const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A file of that name may be a stub that only tells how to install the real one. */
/** @param {string} path */
function starts(path) {
  return existsSync(path) && spawnSync(path, ['--version'], { timeout: 30_000 }).status === 0;
}

/**
 * The Chromium the browser tests use: `CHROMIUM_PATH`, else one of the system's, else Playwright's own.
 * @returns {Promise<string | undefined>} undefined when there is none
 */
export async function findChromium() {
  const chosen = process.env['CHROMIUM_PATH'];
  if (chosen !== undefined && chosen !== '') return chosen;
  const found = usualPlaces.find(starts);
  if (found !== undefined) return found;
  const { chromium } = await import('playwright');
  return existsSync(chromium.executablePath()) ? chromium.executablePath() : undefined;
}

/**
 * Finds a Chromium or installs one: Debian's when we are root and apt-get is here, else Playwright's own.
 * @returns {Promise<string | undefined>} undefined when none could be installed; the reason has been printed
 */
export async function ensureChromium() {
  const found = await findChromium();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say('Installing Chromium from the system packages …');
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update', '-q'], { env });
    await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], { env });
    const installed = await findChromium();
    if (installed !== undefined) return installed;
  }
  say("Installing Playwright's own Chromium …");
  await runTool('playwright', ['install', 'chromium']);
  return findChromium();
}
