import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { Context } from 'hono';
import type { AppEnv } from './context.ts';
import { problem } from './problem.ts';

interface StaticFile {
  readonly contentType: string;
  readonly cacheControl: string;
  readonly etag: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly compressed: ReadonlyMap<Encoding, Uint8Array<ArrayBuffer>>;
}

const encodings = { br: '.br', gzip: '.gz' } as const;
type Encoding = keyof typeof encodings;

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

const shellPath = '/index.html';
const yearSeconds = 31_536_000;

/** Named by their content: they can never change. All else is asked for anew each time, the service worker most of all. */
const cacheControlOf = (path: string): string =>
  path.startsWith('/_app/immutable/') ? `public, max-age=${yearSeconds}, immutable` : 'no-cache';

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

export interface StaticFiles {
  /** The app's page; null when the app was not built. */
  readonly shell: string | null;
  /** A file, else the app's page for what looks like one of its screens, else a 404. */
  answer(c: Context<AppEnv>): Response;
}

const workerPath = '/service-worker.js';
const standDownPath = '/stand-down.js';

/**
 * The built app, read once into memory: no path of a request ever reaches the disk. A folder that is not there serves nothing.
 */
export function loadStaticFiles(
  folder: string,
  /** Serves a worker that takes itself away in place of the app's own. */
  options: { readonly standsDownWorker?: boolean } = {},
): StaticFiles {
  const files = new Map<string, StaticFile>();
  const suffixes = Object.values<string>(encodings);
  for (const path of existsSync(folder) ? filesBelow(folder) : []) {
    if (suffixes.includes(extname(path))) continue;
    const url = `/${relative(folder, path).split(sep).join('/')}`;
    const plain = new Uint8Array(readFileSync(path));
    const compressed = new Map<Encoding, Uint8Array<ArrayBuffer>>();
    for (const encoding of ['br', 'gzip'] as const) {
      const variant = path + encodings[encoding];
      if (existsSync(variant)) compressed.set(encoding, new Uint8Array(readFileSync(variant)));
    }
    files.set(url, {
      contentType: contentTypes[extname(path)] ?? 'application/octet-stream',
      cacheControl: cacheControlOf(url),
      etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
      plain,
      compressed,
    });
  }
  const shell = files.get(shellPath);
  const standDown = files.get(standDownPath);
  if (options.standsDownWorker === true && standDown !== undefined) files.set(workerPath, standDown);

  function find(c: Context<AppEnv>): StaticFile | undefined {
    const { path } = c.req;
    const file = files.get(path === '/' ? shellPath : path);
    if (file !== undefined) return file;
    // A missing script must not be answered with a page: a browser would run into it much later.
    const isScreen = !path.startsWith('/_app/') && !(path.split('/').at(-1) ?? '').includes('.');
    return isScreen ? shell : undefined;
  }

  return {
    shell: shell === undefined ? null : new TextDecoder().decode(shell.plain),
    answer(c) {
      const file = find(c);
      if (file === undefined) return problem(c, 'not-found');
      c.header('cache-control', file.cacheControl);
      c.header('etag', file.etag);
      if (file.compressed.size > 0) c.header('vary', 'Accept-Encoding');
      const known = (c.req.header('if-none-match') ?? '')
        .split(',')
        .map((tag) => tag.trim().replace(/^W\//, ''));
      if (known.includes(file.etag)) return c.body(null, 304);
      const accepted = new Set(
        (c.req.header('accept-encoding') ?? '')
          .split(',')
          .map((part) => part.trim().toLowerCase())
          .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
          .map((part) => part.split(';')[0]),
      );
      for (const [encoding, bytes] of file.compressed) {
        if (!accepted.has(encoding)) continue;
        c.header('content-encoding', encoding);
        return c.body(bytes, 200, { 'content-type': file.contentType });
      }
      return c.body(file.plain, 200, { 'content-type': file.contentType });
    },
  };
}
