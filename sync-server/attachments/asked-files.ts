import { parseSealedId, revOf, type SealedId } from '#shared/attachment/sealed-id.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { NamedFiles } from './file-access.ts';
import type { HeldFile, SealedStore } from './sealed-store.ts';

/** The files one request asks about: each consult and each file is looked up once. */
export interface AskedFiles {
  readonly named: (consult: ConsultId) => Promise<NamedFiles>;
  isWhole(id: SealedId): Promise<boolean>;
  /** The rev of a chunk of a whole file; null for anything else. */
  wholeRev(id: string): Promise<string | null>;
  /** The rev of a chunk that is stored; a file all of whose chunks are here is marked as whole on the way. */
  settledRev(id: string, at: Instant): Promise<string | null>;
}

export function createAskedFiles(
  files: SealedStore,
  find: (consult: ConsultId) => Promise<NamedFiles>,
): AskedFiles {
  const byConsult = new Map<string, Promise<NamedFiles>>();
  const byFile = new Map<string, Promise<HeldFile>>();

  function once<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
    const known = map.get(key) ?? make();
    map.set(key, known);
    return known;
  }
  const named = (consult: ConsultId): Promise<NamedFiles> => once(byConsult, consult, () => find(consult));
  const held = ({ consult, file }: SealedId): Promise<HeldFile> =>
    once(byFile, `${consult} ${file}`, () => files.held(consult, file));

  return {
    named,
    isWhole: async (id) => (await files.held(id.consult, id.file)).isWhole,
    async wholeRev(text) {
      const id = parseSealedId(text);
      if (id === null || !(await named(id.consult)).has(id.file)) return null;
      const { isWhole, digests } = await held(id);
      const digest = digests.get(id.chunk);
      return isWhole && digest !== undefined ? revOf(digest) : null;
    },
    async settledRev(text, at) {
      const id = parseSealedId(text);
      const file = id === null ? undefined : (await named(id.consult)).get(id.file);
      if (id === null || file === undefined) return null;
      const settled = once(byFile, `${id.consult} ${id.file}`, async () => {
        const before = await files.held(id.consult, id.file);
        // All chunks came and the mark did not: the server stopped in between.
        if (before.isWhole || before.digests.size === 0) return before;
        await files.settle(id.consult, file, at);
        return files.held(id.consult, id.file);
      });
      const digest = (await settled).digests.get(id.chunk);
      return digest === undefined ? null : revOf(digest);
    },
  };
}
