// `npm start` is the demo, `npm run start:production` the hospital. Needs Node and npm; installs and builds the rest.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { root, say } from './lib/run.mjs';

const given = process.argv.slice(2);
const isProduction = given.includes('--production');
const passedOn = given.filter((argument) => argument !== '--production');

process.chdir(root);
await ensureInstalled();
await ensureBuilt();
say(isProduction ? 'Starting Hospital Consult …' : 'Starting the Hospital Consult demo …');

// npm hands a signal to a shell that does not hand it on: when the shell is gone, this is what the signal meant.
const startedBy = process.ppid;
if (process.env['npm_lifecycle_event'] !== undefined)
  setInterval(() => {
    if (process.ppid !== startedBy) process.kill(process.pid, 'SIGTERM');
  }, 500).unref();

// In this very process, so that a signal or a kill reaches the server and nothing is left behind.
const entry = join(root, 'build', 'server', 'main.js');
process.env['NODE_ENV'] ??= 'production';
process.argv = [process.execPath, entry, ...(isProduction ? [] : ['--demo']), ...passedOn];
await import(pathToFileURL(entry).href);
