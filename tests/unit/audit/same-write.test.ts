import { beforeEach, describe, expect, it } from 'vitest';
import { createContacts } from '#server/alerts/contacts.ts';
import { createSubscriptions } from '#server/alerts/subscriptions.ts';
import { createPendingMover } from '#server/audit/pending-mover.ts';
import type { AuditedBy } from '#server/audit/pending.ts';
import { createAccessRequests } from '#server/auth/openid/access-requests.ts';
import { documentMerges } from '#server/store/merge/document-merges.ts';
import type { Database, DatabaseName, DocumentStore } from '#server/store/port.ts';
import { createHeldBack, quarantineWrite } from '#server/sync/held-back.ts';
import { defaultAlertPreferences } from '#shared/alert/preferences.ts';
import { createMemoryStore } from '#tests/simulation/memory-store.ts';
import { authored, departments, stamped } from '#tests/builders.ts';
import { actor, at, changed, entriesOf, key, logger, trailOf } from './trail.ts';

/** AUD-1: no change without its entry, wherever the process dies. */

const by = (action: string): AuditedBy => ({ actor, act: { action, subjects: ['subject'] } });
const { person, device } = actor;
const subscription = {
  endpoint: 'https://push.test/one',
  keys: { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) },
};
const asked = { issuer: 'https://issuer.test', subject: 's', name: 'N', email: 'n@hospital.test', at };

interface Change {
  readonly action: string;
  readonly database: DatabaseName;
  readonly prepare?: (database: Database) => Promise<unknown>;
  readonly make: (database: Database) => Promise<unknown>;
  readonly isMade: (database: Database) => Promise<boolean>;
}

const note = authored('note-added');
const held = quarantineWrite({
  kind: 'consult',
  event: note,
  code: 'author-removed',
  departments: [departments.cardiology.id],
  heldAt: at,
  writtenAt: at,
  startsAt: at,
});
const isThere = async (database: Database, id: string): Promise<boolean> => (await database.get(id)) !== null;
const subscriptionId = `subscription:${person}:${device}`;
const requestId = async (database: Database): Promise<string> =>
  (await createAccessRequests(database).list())[0]?.id ?? '';

const changes: readonly Change[] = [
  {
    action: 'subscription.put',
    database: 'accounts',
    make: (database) =>
      createSubscriptions(database).put({
        person,
        device,
        deviceKind: 'personal',
        subscription,
        at,
        by: by('subscription.put'),
      }),
    isMade: (database) => isThere(database, subscriptionId),
  },
  {
    action: 'subscription.remove',
    database: 'accounts',
    prepare: (database) =>
      createSubscriptions(database).put({ person, device, deviceKind: 'personal', subscription, at }),
    make: (database) =>
      createSubscriptions(database).remove(person, device, { by: by('subscription.remove') }),
    isMade: async (database) => !(await isThere(database, subscriptionId)),
  },
  {
    action: 'alert-preferences.put',
    database: 'accounts',
    make: (database) =>
      createContacts(database).put(
        person,
        { preferences: defaultAlertPreferences, mobile: '+923001234567' },
        at,
        by('alert-preferences.put'),
      ),
    isMade: (database) => isThere(database, `alert-contact:${person}`),
  },
  {
    action: 'access-request.dismiss',
    database: 'accounts',
    prepare: (database) => createAccessRequests(database).ask({ ...asked, by: by('access-request.ask') }),
    make: async (database) =>
      createAccessRequests(database).dismiss(await requestId(database), by('access-request.dismiss')),
    isMade: async (database) => (await requestId(database)) === '',
  },
  {
    action: 'sync.quarantine.dismiss',
    database: 'quarantine',
    prepare: (database) => database.write([held]),
    async make(database) {
      const heldBack = createHeldBack(database);
      const found = await heldBack.find(held.id);
      if (found !== null)
        await heldBack.decide(
          found.stored,
          { dismissedAt: at, decidedBy: person, reason: 'A copy.' },
          by('sync.quarantine.dismiss'),
        );
    },
    isMade: async (database) => (await database.get(held.id))?.body['dismissedAt'] !== undefined,
  },
];

/** The process dies at its n-th write, which the store had or had not. */
function mortal(database: Database, atWrite: number, isStored: boolean): Database {
  let writes = 0;
  return changed(database, {
    async write(all) {
      writes += 1;
      if (writes < atWrite) return database.write(all);
      if (writes === atWrite && isStored) await database.write(all);
      throw new Error('this process is gone');
    },
  });
}

async function actionsAfterwards(store: DocumentStore): Promise<unknown[]> {
  const trail = trailOf(store.database('audit'));
  const mover = createPendingMover({
    store,
    trail,
    key,
    clock: { now: () => at },
    logger,
    epoch: () => 'epoch',
  });
  await mover.caughtUp();
  await trail.close();
  return (await entriesOf(store.database('audit'))).map(({ action }) => action);
}

describe.each(changes)('$action', ({ action, database: name, prepare, make, isMade }) => {
  let store: DocumentStore;
  beforeEach(async () => {
    store = createMemoryStore();
    await prepare?.(store.database(name));
  });

  it('AUD-1 has its entry whenever it was made, and what was pending before it too', async () => {
    await make(store.database(name));
    expect(await isMade(store.database(name))).toBe(true);
    const wanted = action === 'access-request.dismiss' ? ['access-request.ask', action] : [action];
    expect((await actionsAfterwards(store)).sort()).toEqual(wanted);
  });

  it.each([true, false])(
    'AUD-1 is not made without it by a process that dies (stored: %s)',
    async (isStored) => {
      for (let atWrite = 1; ; atWrite++) {
        const fresh = createMemoryStore();
        await prepare?.(fresh.database(name));
        const before = await isMade(fresh.database(name));
        expect(before).toBe(false);
        const died = await make(mortal(fresh.database(name), atWrite, isStored)).then(
          () => false,
          () => true,
        );
        if (!died) break;
        const made = await isMade(fresh.database(name));
        expect([atWrite, (await actionsAfterwards(fresh)).includes(action)]).toEqual([atWrite, made]);
      }
    },
  );
});

it('AUD-1 what waits in something set aside is not lost with a leaf that loses, nor when it is withdrawn', async () => {
  const pendingAudit = [
    { id: 'entry', at, actor, action: 'sync.quarantine.release', subjects: [], outcome: 'done' },
  ];
  const leaf = (rev: string, more: object) => ({ id: held.id, rev, body: { ...held.body, ...more } });
  expect(documentMerges.quarantine([leaf('2-b', {}), leaf('2-a', { pendingAudit })])).toMatchObject({
    pendingAudit,
  });
  const store = createMemoryStore();
  const database = store.database('quarantine');
  await database.write([{ ...held, body: { ...held.body, pendingAudit } }]);
  await createHeldBack(database).withdraw([stamped(note, 1, at)]);
  expect(await database.get(held.id)).toBeNull();
  expect(await actionsAfterwards(store)).toEqual(['sync.quarantine.release']);
});
