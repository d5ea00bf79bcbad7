// Builds app and server where they are missing or stale; what `npm start` does before it starts.
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { root } from './lib/run.mjs';

process.chdir(root);
await ensureInstalled();
await ensureBuilt();
