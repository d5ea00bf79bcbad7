import { beforeEach, describe, expect, it, test } from 'vitest';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import {
  forgetScreen,
  keepScreen,
  keptScreen,
  type KeptScreen,
  type ScreenStore,
} from '$lib/first-screen/kept-screen.ts';
import { leftOf } from '$lib/inbox/card-time.ts';
import { dueOf } from '$lib/inbox/due.ts';
import { timeOf } from '$lib/inbox/lists.ts';
import { people, storyStart, story, type Story } from '#tests/builders.ts';

function createStore(): ScreenStore & { readonly all: Map<string, string>; isFull: boolean } {
  const all = new Map<string, string>();
  const store = {
    all,
    isFull: false,
    getItem: (key: string) => all.get(key) ?? null,
    setItem(key: string, value: string) {
      if (store.isFull) throw new DOMException('full', 'QuotaExceededError');
      all.set(key, value);
    },
    removeItem: (key: string) => void all.delete(key),
  };
  return store;
}

const screen: KeptScreen = {
  form: 1,
  person: people.cardiologist.id,
  locale: 'en',
  name: 'Dr A',
  demo: false,
  timeZone: null,
  offsetMs: 0,
  confirmedAt: storyStart,
  title: 'Cardiology',
  counts: { department: 0, mine: 0 },
  waiting: { inbox: 0, sent: 0, alerts: 0, more: 0 },
  emergency: null,
  rows: [],
};

describe('the screen kept for the next start', () => {
  let store: ReturnType<typeof createStore>;
  const lastHere = (last: string | null): void => void store.all.set('hc-people', JSON.stringify({ last }));

  beforeEach(() => {
    store = createStore();
    lastHere(screen.person);
  });

  it('is drawn for the one whose workspace opens by itself, and for nobody else', () => {
    keepScreen(store, screen);
    expect(keptScreen(store, 'en')).toEqual(screen);
    lastHere(people.requester.id);
    expect(keptScreen(store, 'en')).toBeNull();
    lastHere(null);
    expect(keptScreen(store, 'en')).toBeNull();
    store.all.delete('hc-people');
    expect(keptScreen(store, 'en')).toBeNull();
  });

  it('is drawn only in the language it was kept in', () => {
    keepScreen(store, screen);
    expect(keptScreen(store, 'ur')).toBeNull();
  });

  it('is gone when it was forgotten', () => {
    keepScreen(store, screen);
    forgetScreen(store);
    expect(keptScreen(store, 'en')).toBeNull();
    expect([...store.all.values()].join()).not.toContain('Cardiology');
  });

  it('a full store keeps nothing, not the screen before', () => {
    keepScreen(store, screen);
    store.isFull = true;
    keepScreen(store, { ...screen, title: 'newer' });
    expect(keptScreen(store, 'en')).toBeNull();
  });

  test.each(['', '{', 'null', '7', '"text"', '[]', '{"form":2,"rows":[],"person":"x"}', '{"form":1}'])(
    'what is no screen of this form is not drawn: %s',
    (text) => {
      store.all.set('hc-first-screen', text);
      expect(keptScreen(store, 'en')).toBeNull();
    },
  );
});

describe('the time on a card, kept as plain data', () => {
  const consultOf = (told: Story): Consult => {
    const consult = projectConsult(told.events);
    if (consult === null) throw new Error('no consult');
    return consult;
  };
  const taken = { promiseMinutes: 15, assignSelf: true };

  test.each([
    ['a new one', consultOf(story('new').submitted())],
    ['a promised one', consultOf(story('promised').submitted().act('acknowledged', taken))],
    [
      'one that waits for information',
      consultOf(
        story('waits')
          .submitted()
          .act('acknowledged', taken)
          .act('seen', {})
          .act('info-requested', { text: 'Which dose?' }),
      ),
    ],
    ['an ended one', consultOf(story('ended').submitted().act('cancelled', { reason: 'died' }))],
  ])('%s: the same minutes later as the live card would say', (_name, consult) => {
    const kept = JSON.parse(JSON.stringify(dueOf(consult, addMinutes(storyStart, 1)))) as ReturnType<
      typeof dueOf
    >;
    for (const later of [1, 5, 14, 29, 31, 240, 3000]) {
      const now = addMinutes(storyStart, later);
      expect(leftOf(kept, now)).toEqual(timeOf(consult, now).left);
    }
  });
});
