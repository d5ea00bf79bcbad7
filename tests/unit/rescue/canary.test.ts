import { describe, expect, it } from 'vitest';
import { createCanary, type Canary } from '$lib/rescue/canary.ts';
import { ok } from '#shared/lib/result.ts';
import { createSmallStore } from '#tests/unit/devices/small-store.ts';

/** A browser with two stores, either of which may be cleared. */
function browser() {
  const local = createSmallStore();
  let notes = new Map<string, unknown>();
  let made = 0;
  return {
    local,
    notes: () => notes,
    clearDatabase: () => (notes = new Map()),
    open: (person = 'one', generation = 0): Canary =>
      createCanary({
        store: {
          note: (key) => Promise.resolve(notes.get(key)),
          putNote(key, value) {
            notes.set(key, value);
            return Promise.resolve(ok(undefined));
          },
        },
        local,
        person,
        generation,
        newId: () => `id-${++made}`,
      }),
  };
}

describe('FM-10 storage that the browser clears by itself', () => {
  it('is noticed at the next start, with how much waited', async () => {
    const here = browser();
    const first = here.open();
    expect(await first.look()).toEqual({ is: 'new' });
    first.waiting(2);
    expect(await here.open().look()).toEqual({ is: 'here' });
    here.clearDatabase();
    expect(await here.open().look()).toMatchObject({ is: 'evicted' });
    expect(here.notes().get('setting:evicted')).toEqual({ unsent: 2, seen: false });
    // Said once: the database in its place is marked.
    expect(await here.open().look()).toEqual({ is: 'here' });
  });

  it('is not suspected of a new person, a new generation, or when the other store was cleared', async () => {
    const here = browser();
    expect(await here.open('one').look()).toEqual({ is: 'new' });
    here.local.clear();
    expect(await here.open('one').look()).toEqual({ is: 'here' });
    here.clearDatabase();
    expect(await here.open('two').look()).toEqual({ is: 'new' });
    here.clearDatabase();
    expect(await here.open('one', 1).look()).toEqual({ is: 'new' });
    expect(here.notes().has('setting:evicted')).toBe(false);
  });

  it('what cannot be read of the shadow is said as not known', async () => {
    const here = browser();
    await here.open().look();
    for (const key of [here.local.key(0)]) if (key !== null) here.local.setItem(key, '{');
    here.clearDatabase();
    expect(await here.open().look()).toMatchObject({ is: 'evicted' });
    expect(here.notes().get('setting:evicted')).toEqual({ unsent: null, seen: false });
  });

  it('a full store keeps nobody from working', async () => {
    const here = browser();
    const canary = here.open();
    await canary.look();
    here.local.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    expect(() => canary.waiting(3)).not.toThrow();
  });
});
