import { expect, it } from 'vitest';
import { notLoadedDirectory } from '#shared/directory/build-directory.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { keepCounts, type CountedTablet } from '$lib/lock/keep-counts.ts';
import { createCountsHere } from '$lib/lock/kept-counts.ts';
import { createLive } from '$lib/tablet/live.ts';
import type { Connection, OutboxItem } from '$lib/tablet/tablet.ts';
import { authored, eventId, hospital, people, storyStart } from '#tests/builders.ts';
import { createSmallStore } from '#tests/unit/devices/small-store.ts';

const { id: person } = people.requester;
const item = (name: string): OutboxItem => ({
  event: authored('note-added', undefined, { id: eventId(name) }),
  document: 'consult',
  delivery: { state: 'on-this-tablet', since: storyStart },
  attempts: 0,
});

/** Somebody's open records, and what the lock screen would say. */
function open(directory: Directory, here = createCountsHere(createSmallStore())) {
  const outbox = createLive<readonly OutboxItem[]>([]);
  const tablet: CountedTablet = {
    person,
    now: () => storyStart,
    directory: createLive(directory),
    openConsults: createLive([]),
    outbox,
    setting: () => createLive(null),
    connection: createLive({} as Connection),
  };
  keepCounts(tablet, here, () => () => undefined);
  return { here, outbox };
}

it('PEO-7 what waits is counted also in records begun anew that have not fetched the directory', () => {
  const { here, outbox } = open(notLoadedDirectory);
  expect(here.of(person)).toBeNull();
  outbox.set([item('one')]);
  expect(here.of(person)?.waiting).toEqual([eventId('one')]);
});

it('PEO-7 without the directory the urgencies stay what they were last known to be', () => {
  const { here } = open(hospital());
  const { outbox: first } = open(hospital(), here);
  first.set([item('one')]);
  const known = here.of(person);
  if (known === null) throw new Error('nothing was kept');
  here.keep(person, { ...known, urgent: 3 });
  const { outbox } = open(notLoadedDirectory, here);
  outbox.set([item('one'), item('two')]);
  expect(here.of(person)).toMatchObject({ urgent: 3, waiting: [eventId('one'), eventId('two')] });
});
