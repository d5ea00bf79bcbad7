// `npm run cli -- <command>`: the server's command line, built when it is stale.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { root } from './lib/run.mjs';

process.chdir(root);
await ensureInstalled();
await ensureBuilt(['server']);

const entry = join(root, 'build', 'server', 'cli.js');
process.env['NODE_ENV'] ??= 'production';
process.argv = [process.execPath, entry, ...process.argv.slice(2)];
await import(pathToFileURL(entry).href);
