import type { Clock } from '#shared/lib/instant.ts';
import { administratorsOf } from '#shared/directory/membership.ts';
import { directoryDocumentSchema } from '#shared/directory/directory.ts';
import { directoryFrom } from '#shared/directory/build-directory.ts';
import { createLinks, linkAddress, type LinkPurpose } from '#server/auth/links.ts';
import { storedChecks, type KeyChecks } from '#server/keys/keys.ts';
import { databaseNames, type DocumentStore } from '#server/store/port.ts';
import { isNewStore } from './backup-stream.ts';
import { storeEpochId } from './store-epoch.ts';
import { z } from 'zod';

/** What the operator may ask of a store, over the socket of the running server or from the command line when none runs. */
export const storeStateSchema = z.object({
  epoch: z.string().nullable(),
  isNew: z.boolean(),
  administrators: z.int(),
  documents: z.record(z.string(), z.int()),
  keyChecks: z.record(z.string(), z.string()),
});
export type StoreState = z.infer<typeof storeStateSchema>;

export const adminLinkSchema = z.object({ address: z.string(), endsAt: z.string() });

async function administratorCount(store: DocumentStore, clock: Clock): Promise<number> {
  const documents = [];
  for (let startKey = ''; ;) {
    const rows = await store.database('directory').scan({ startKey, limit: 500, includeDocs: true });
    for (const { doc } of rows) {
      const parsed = directoryDocumentSchema.safeParse(doc?.body);
      if (parsed.success) documents.push(parsed.data);
    }
    const last = rows.at(-1);
    if (rows.length < 500 || last === undefined) break;
    startKey = `${last.id}\u0000`;
  }
  return administratorsOf(directoryFrom(documents), clock.now()).length;
}

export async function storeState(store: DocumentStore, clock: Clock): Promise<StoreState> {
  const counts = await Promise.all(
    databaseNames.map(async (name) => [name, await store.database(name).count()] as const),
  );
  const checks: Partial<KeyChecks> = (await storedChecks(store.database('meta'))) ?? {};
  const epoch = await store.database('meta').get(storeEpochId);
  return {
    epoch: typeof epoch?.body['epoch'] === 'string' ? epoch.body['epoch'] : null,
    isNew: await isNewStore(store),
    administrators: await administratorCount(store, clock),
    documents: Object.fromEntries(counts),
    keyChecks: { ...checks },
  };
}

/** A one-time link that makes an administrator: the first one while there is none. */
export async function makeAdminLink(deps: {
  store: DocumentStore;
  clock: Clock;
  publicOrigin: string;
}): Promise<z.infer<typeof adminLinkSchema>> {
  const at = deps.clock.now();
  const purpose: LinkPurpose =
    (await administratorCount(deps.store, deps.clock)) === 0 ? 'first-administrator' : 'administrator';
  const { token, endsAt } = await createLinks(deps.store.database('accounts')).make({
    purpose,
    person: null,
    at,
    // Moved into the audit by the running server, or by the next one.
    by: {
      actor: { person: null, device: null, address: 'operator', at },
      act: { action: `link.make-${purpose}`, subjects: [] },
    },
  });
  return { address: linkAddress(deps.publicOrigin, token, purpose), endsAt };
}
