import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { canonicalJson } from '#shared/event/canonical.ts';
import { databaseNames, type DatabaseName } from './port.ts';

export const designDocumentsFolder = fileURLToPath(new URL('../../couchdb/', import.meta.url));

const viewSchema = z.object({ map: z.string(), reduce: z.string().optional() });
export const designViewsSchema = z.record(z.string(), viewSchema);
export type DesignViews = z.infer<typeof designViewsSchema>;

/** An index over one database: `couchdb/<database>/<name>/views/<view>/map.js` and, where rows are counted or summed, `reduce`. */
export interface DesignDocument {
  database: DatabaseName;
  name: string;
  views: DesignViews;
}

/** What installing needs of a store; each adapter brings its own. Names are without `_design/`. */
export interface DesignTarget {
  read(name: string): Promise<{ rev: string; views: DesignViews } | null>;
  /** False when another gateway wrote first. */
  put(name: string, rev: string | null, views: DesignViews): Promise<boolean>;
  remove(name: string, rev: string): Promise<void>;
  names(): Promise<string[]>;
  /** Builds the index and waits for it, however long it takes. */
  warm(name: string, view: string): Promise<void>;
  /** Frees the indexes that no design document uses any more. */
  cleanUp(): Promise<void>;
}

const stagedMark = '-staged';

/** `function map(doc) { … }` without what stands around it: both stores take one expression. */
function functionOf(source: string, path: string): string {
  const start = source.indexOf('function');
  const end = source.lastIndexOf('}');
  if (start < 0 || end < start) throw new Error(`${path} holds no function`);
  return source.slice(start, end + 1);
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

async function readView(folder: string): Promise<z.infer<typeof viewSchema>> {
  const mapPath = join(folder, 'map.js');
  const map = functionOf(await readFile(mapPath, 'utf8'), mapPath);
  const hasReduce = (await readdir(folder)).includes('reduce');
  return hasReduce ? { map, reduce: (await readFile(join(folder, 'reduce'), 'utf8')).trim() } : { map };
}

export async function loadDesignDocuments(folder: string = designDocumentsFolder): Promise<DesignDocument[]> {
  const loaded: DesignDocument[] = [];
  for (const database of await foldersIn(folder)) {
    const known = databaseNames.find((name) => name === database);
    if (known === undefined) throw new Error(`couchdb/${database} is no database of ours`);
    for (const name of await foldersIn(join(folder, database))) {
      const viewsFolder = join(folder, database, name, 'views');
      const views: DesignViews = {};
      for (const view of await foldersIn(viewsFolder)) views[view] = await readView(join(viewsFolder, view));
      loaded.push({ database: known, name, views });
    }
  }
  return loaded;
}

const same = (a: DesignViews, b: DesignViews): boolean => canonicalJson(a) === canonicalJson(b);

/** Writes until it stands; another gateway that installs the same build at the same time is no harm. */
async function settle(target: DesignTarget, name: string, views: DesignViews): Promise<void> {
  for (;;) {
    const held = await target.read(name);
    if (held && same(held.views, views)) return;
    if (await target.put(name, held?.rev ?? null, views)) return;
  }
}

/**
 * Brings the design documents of one database to this build. A changed one is first put beside the old one and its indexes are built;
 * stores find an index by its functions and not by its name, so the swap costs nothing and no reader waits for a build.
 * Those that this build does not have are removed.
 */
export async function installDesignDocuments(
  target: DesignTarget,
  wanted: readonly DesignDocument[],
): Promise<void> {
  let changed = false;
  for (const { name, views } of wanted) {
    const held = await target.read(name);
    if (held && same(held.views, views)) continue;
    changed = true;
    const staged = name + stagedMark;
    await settle(target, staged, views);
    for (const view of Object.keys(views)) await target.warm(staged, view);
    await settle(target, name, views);
  }
  const kept = new Set(wanted.map((design) => design.name));
  for (const name of await target.names()) {
    if (kept.has(name)) continue;
    const held = await target.read(name);
    if (held) await target.remove(name, held.rev);
    changed = true;
  }
  if (changed) await target.cleanUp();
}
