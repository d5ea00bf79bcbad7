// `npm run dev`: the demo server, restarted when its sources change, behind Vite's development server.
import { spawn } from 'node:child_process';
import { ensureInstalled } from './lib/install.mjs';
import { binOf, root, say } from './lib/run.mjs';

process.chdir(root);
await ensureInstalled();

const port = process.env['PORT'] ?? '8080';
const env = {
  ...process.env,
  PORT: port,
  API_ORIGIN: `http://localhost:${port}`,
  // What the browser sees, and so what the server must accept as the origin of a change.
  PUBLIC_ORIGIN: process.env['PUBLIC_ORIGIN'] ?? 'http://localhost:5173',
};
const programs = [
  [binOf('tsx'), 'watch', '--clear-screen=false', 'sync-server/main.ts', '--demo'],
  [binOf('vite'), 'dev', '--strictPort'],
].map((args) => spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' }));

let isEnding = false;
/** @param {number} code */
function endAll(code) {
  if (isEnding) return;
  isEnding = true;
  process.exitCode = code;
  for (const program of programs) program.kill('SIGTERM');
}
for (const program of programs) program.on('exit', (code) => endAll(code ?? 0));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => endAll(0));
say('App on http://localhost:5173 (changes show at once); its API is passed on to the demo server.');
