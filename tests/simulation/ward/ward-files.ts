// First: PouchDB looks for its browser when it is loaded.
import { filesFactory } from './browser-of-pouch.ts';
import type { KeyedRef } from '$lib/attachments/files.ts';
import { createFiles, type Files } from '$lib/attachments/files.ts';
import { openPouchStore, outgoingName } from '$lib/attachments/pouch-store.ts';
import { waitingKey } from '$lib/attachments/opened-files.ts';
import { sealFile } from '$lib/attachments/seal.ts';
import { createApiRequest } from '$lib/alerts/api-request.ts';
import type { Scheduler } from '$lib/sync/scheduler.ts';
import type { RunningTablet } from '$lib/tablet/create-tablet.ts';
import type { ConsultId, FileId } from '#shared/lib/id.ts';
import { sampleBodies } from '#tests/builders.ts';
import type { Chance } from '../random.ts';
import type { Life } from './life.ts';

/** A file somebody added, and the event that names it. */
export interface AddedFile extends Omit<KeyedRef, 'key'> {
  readonly event: string;
  /** Of the tablet's PouchDB. */
  readonly owner: string;
}

export interface WardFiles {
  /** Seals bytes, keeps them, writes the event: as the form does. null: it could not be kept. */
  add(consult: ConsultId, sizeBytes: number): Promise<AddedFile | null>;
  wake(): void;
  close(): Promise<void>;
}

/** The tablet lost its files with everything else. */
export async function forgetFiles(owner: string): Promise<void> {
  for (const { name = '' } of await filesFactory.databases())
    if (name.includes(outgoingName(owner))) filesFactory.deleteDatabase(name);
}

/** Of a build that had none. */
export const noFiles: WardFiles = {
  add: () => Promise.resolve(null),
  wake: () => undefined,
  close: () => Promise.resolve(),
};

export function createWardFiles(parts: {
  readonly owner: string;
  readonly tablet: RunningTablet;
  readonly slot: number | null;
  readonly origin: string;
  readonly life: Life;
  readonly local: Storage;
  readonly chance: Chance;
  readonly scheduler: Scheduler;
  readonly fetch: typeof fetch;
}): WardFiles {
  const { tablet, chance, life, local, owner } = parts;
  const key = waitingKey(tablet.person);
  let opened: Files | null = null;

  function open(): Files {
    opened ??= createFiles({
      tablet,
      store: openPouchStore({
        person: owner,
        origin: parts.origin,
        request: async (url, init) => {
          const response = await createApiRequest(parts.fetch, () => parts.slot)(url, init);
          return Object.assign(response, { buffer: async () => Buffer.from(await response.arrayBuffer()) });
        },
        dataOf: (bytes) => Buffer.from(bytes),
      }),
      scheduler: parts.scheduler,
      random: () => chance.next(),
      alone: async (run) => {
        await run();
        return true;
      },
      onWaiting: life.whileAlive((waits: boolean) => {
        if (waits) local.setItem(key, '1');
        else local.removeItem(key);
      }),
    });
    return opened;
  }
  async function close(): Promise<void> {
    const held = opened;
    opened = null;
    await held?.close();
  }
  life.onEnd(() => void close().catch(() => undefined));
  if (local.getItem(key) !== null) open();

  return {
    async add(consult, sizeBytes) {
      const block = chance.uuid();
      const plain = new Uint8Array(Buffer.alloc(sizeBytes, block));
      const sealed = await sealFile(chance.uuid() as FileId, plain);
      const kept = await open().keep(consult, [sealed]);
      if (!kept.ok || life.isOver()) return null;
      const { file, digest } = sealed;
      const body = {
        ...sampleBodies['attachment-added'],
        file,
        digest,
        key: sealed.key,
        sizeBytes: sealed.sealed.length,
      };
      const written = await tablet.actOnConsult(consult, 'attachment-added', body);
      return written.ok
        ? { consult, file, digest, sizeBytes: sealed.sealed.length, event: written.value, owner }
        : null;
    },
    wake: () => opened?.wake(),
    close,
  };
}
