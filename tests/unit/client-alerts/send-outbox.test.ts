import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRxdbStore } from '$lib/db/rxdb-store.ts';
import type { ApiFailure } from '$lib/session/session-api.ts';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import { sendOutbox } from '$lib/worker/send-outbox.ts';
import { people } from '#tests/builders.ts';
import { consultContent, consultName, openWard, type Ward } from '#tests/e-rows/tablet-fixture.ts';

describe('sending an outbox without the loop of the app', { timeout: 20_000 }, () => {
  const asked = consultName(0);
  const me = people.requester.id;
  let ward: Ward;
  let storage: ReturnType<typeof getRxStorageDexie>;
  let opens: number;

  const openApp = () => openRxdbStore({ person: me, storage, multiInstance: false });

  beforeEach(async () => {
    opens = 0;
    storage = getRxStorageDexie({ indexedDB: new IDBFactory(), IDBKeyRange });
    ward = await openWard({ open: openApp, failPages: () => undefined, setFull: () => undefined });
    ward.server.put('consults', asked, consultContent(asked), false);
    await ward.tablet.syncNow();
    ward.server.fault = () => 'no-network';
    await ward.tablet.actOnConsult(asked, 'message-posted', { text: 'written, then closed' });
    await ward.rest();
    await ward.tablet.close();
    ward.server.fault = () => null;
  });
  afterEach(() => ward.close());

  const send = (who: { person: string } | ApiFailure) =>
    sendOutbox(
      { person: me, slot: 0, generation: 0 },
      {
        sessions: {
          current: () =>
            Promise.resolve('person' in who ? { ok: true, value: who as never } : { ok: false, error: who }),
        },
        openStore() {
          opens++;
          return openApp();
        },
        openServer: (slot) =>
          createFetchServer({
            origin: '',
            slot,
            fetch: ward.server.fetch,
            scheduler: ward.clock,
            elapsedMs: () => 0,
          }),
        clock: ward.clock,
      },
    );
  const problem = (status: number): ApiFailure => ({
    type: 'problem',
    status,
    code: null,
    retryAfterSeconds: null,
  });
  const accepted = async (): Promise<unknown[]> => {
    const store = await openApp();
    const entries = await store.outbox();
    await store.close();
    return entries.map((entry) => entry.accepted?.n ?? null);
  };

  it("OFF-4 sends from the app's own database, and the app finds the receipt there", async () => {
    await send({ person: me });
    expect(ward.server.events(asked)).toHaveLength(2);
    expect(await accepted()).toEqual([2]);
    await ward.reopen();
    await ward.tablet.syncNow();
    expect(ward.shown()).toEqual([asked]);
  });

  it('OFF-4 never sends with the session of somebody else who took the slot', async () => {
    await send({ person: people.cardiologist.id });
    expect(opens).toBe(0);
    expect(ward.server.events(asked)).toHaveLength(1);
    expect(await accepted()).toEqual([null]);
  });

  it('waits for the next sign-in after the session ended', async () => {
    await expect(send(problem(401))).resolves.toBeUndefined();
    expect(opens).toBe(0);
  });

  it.each<[string, ApiFailure]>([
    ['nobody answers', { type: 'no-answer' }],
    ['a Wi-Fi page answers', { type: 'not-our-server' }],
    ['the server is in trouble', problem(503)],
    ['the server is busy', problem(429)],
  ])('asks to be tried again when %s', async (_what, failure) => {
    await expect(send(failure)).rejects.toThrow('no answer from our server yet');
  });

  it('OFF-4 keeps the text when the server refuses it, with the reason', async () => {
    ward.server.judge = ({ id }) => ({ id, outcome: 'refused', code: 'malformed', kept: 'server' });
    await send({ person: me });
    const store = await openApp();
    expect([...(await store.notes('set-aside:')).values()]).toMatchObject([
      { event: { body: { text: 'written, then closed' } }, outcome: { state: 'refused' } },
    ]);
    await store.close();
  });

  it('is at rest when nothing waits', async () => {
    await send({ person: me });
    await expect(send({ person: me })).resolves.toBeUndefined();
  });
});
