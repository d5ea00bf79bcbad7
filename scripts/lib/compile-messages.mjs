import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messages } from './messages.mjs';
import { root } from './run.mjs';

const stampPath = join(root, 'client/lib/paraglide/.sources');

function sourcesDigest() {
  const hash = createHash('sha256').update(JSON.stringify(messages));
  const folder = join(root, 'client/messages');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  for (const path of [
    'project.inlang/settings.json',
    ...files.sort().map((name) => join('client/messages', name)),
  ])
    hash.update(path).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

/**
 * Compiles client/messages into client/lib/paraglide, only when a word has changed.
 */
export async function compileMessages() {
  const digest = sourcesDigest();
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === digest) return;
  const { compile } = await import('@inlang/paraglide-js');
  await compile({ ...messages, project: join(root, messages.project), outdir: join(root, messages.outdir) });
  writeFileSync(stampPath, digest);
}
