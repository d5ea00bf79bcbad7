import { describe, expect, it } from 'vitest';
import type { Alert } from '#shared/alert/alert.ts';
import { countedBook } from '#server/alerts/alert-load.ts';
import type { AlertBook } from '#server/alerts/alert-book.ts';
import type { Person } from '#shared/directory/staff.ts';
import { people, storyStart } from '#tests/builders.ts';
import { createTestClock } from '#tests/server.ts';

/** Creates what it has not got yet, as the store does. */
function openBook() {
  const held = new Set<string>();
  const clock = createTestClock(storyStart);
  const inner = {
    create(alerts: readonly Alert[]) {
      const fresh = alerts.filter(({ id }) => !held.has(id));
      for (const { id } of fresh) held.add(id);
      return Promise.resolve(fresh);
    },
  } as AlertBook;
  const { book, load } = countedBook(inner, clock);
  const tell = (who: Person, ...ids: string[]) =>
    book.create(ids.map((id) => ({ id, recipient: who.id }) as Alert));
  return { clock, load, tell };
}

describe('FM-49 alerts per person and hour are measured', () => {
  it('counts what was created, and nothing twice', async () => {
    const { load, tell } = openBook();
    expect([load.lastHour(), load.mostOfOnePerson()]).toEqual([0, 0]);
    await tell(people.cardiologist, 'a', 'b', 'c');
    await tell(people.head, 'd');
    await tell(people.cardiologist, 'a', 'b');
    expect([load.lastHour(), load.mostOfOnePerson()]).toEqual([4, 3]);
  });

  it('forgets after an hour, whether or not anything new came', async () => {
    const { clock, load, tell } = openBook();
    await tell(people.cardiologist, 'a', 'b');
    clock.advance(30 * 60_000);
    await tell(people.head, 'c');
    clock.advance(31 * 60_000);
    expect([load.lastHour(), load.mostOfOnePerson()]).toEqual([1, 1]);
    clock.advance(60 * 60_000);
    expect([load.lastHour(), load.mostOfOnePerson()]).toEqual([0, 0]);
    await tell(people.head, 'd');
    expect(load.lastHour()).toBe(1);
  });
});
