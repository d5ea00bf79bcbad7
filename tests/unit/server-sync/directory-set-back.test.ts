import pino from 'pino';
import { expect, it } from 'vitest';
import { openDirectoryCache } from '#server/directory/directory-cache.ts';
import type { Person } from '#shared/directory/staff.ts';
import { people } from '#tests/builders.ts';
import { createMemoryStore } from '#tests/simulation/memory-store.ts';

it('a directory read anew after the store was set back follows changes of an older generation', async () => {
  const store = createMemoryStore({ places: 'counted' });
  const database = store.database('directory');
  const write = async (person: Person): Promise<void> => {
    const rev = (await database.get(person.id))?.rev;
    await database.write([{ id: person.id, rev, body: { ...person } }]);
  };
  const named = (name: string): Person => ({ ...people.requester, name });
  await write(named('First'));
  const backup = store.backUp();
  const cache = await openDirectoryCache({ database, logger: pino({ level: 'silent' }) });
  const nameNow = (): string | undefined => cache.current().people.get(people.requester.id)?.name;
  await write(named('Second'));
  await write(named('Third'));
  await cache.caughtUp();
  expect(nameNow()).toBe('Third');

  store.setBack(backup);
  await cache.reread();
  expect(nameNow()).toBe('First');
  await write(named('Other'));
  await cache.caughtUp();
  expect(nameNow()).toBe('Other');
  await cache.close();
  await store.close();
});
