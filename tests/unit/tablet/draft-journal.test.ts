import { describe, expect, it } from 'vitest';
import { instant } from '#shared/lib/instant.ts';
import { twinPlace } from '#tests/contract/tablet-store/rxdb-places.ts';
import { current, openWard } from '#tests/e-rows/tablet-fixture.ts';
import { sealedTexts } from '$lib/keys/sealed-texts.ts';
import { createDraftJournal, type JournalStore } from '$lib/tablet/draft-journal.ts';
import type { Draft } from '$lib/tablet/tablet.ts';

const draft = (text: string, id = 'd1'): Draft => ({
  id,
  purpose: 'consult',
  fields: { question: text },
  changedAt: instant('2026-11-22T03:00:00.000Z'),
});

function smallStore(maxLength = Infinity): JournalStore & { readonly held: Map<string, string> } {
  const held = new Map<string, string>();
  return {
    held,
    get length() {
      return held.size;
    },
    key: (index) => [...held.keys()][index] ?? null,
    getItem: (key) => held.get(key) ?? null,
    setItem(key, value) {
      if (value.length > maxLength) throw new Error('QuotaExceededError');
      held.set(key, value);
    },
    removeItem: (key) => void held.delete(key),
  };
}

describe('OFF-2 the journal of what is being typed', () => {
  it('holds the newest of each draft, of this person alone', () => {
    const store = smallStore();
    const mine = createDraftJournal(store, 'me');
    mine.jot(draft('a'));
    mine.jot(draft('ab'));
    mine.jot(draft('x', 'd2'));
    createDraftJournal(store, 'somebody').jot(draft('theirs', 'd3'));
    expect(mine.left()).toEqual([draft('ab'), draft('x', 'd2')]);
  });

  it('lets go of what the database has, never of what was typed after it', () => {
    const journal = createDraftJournal(smallStore(), 'me');
    journal.jot(draft('a'));
    journal.jot(draft('ab'));
    journal.stored(draft('a'));
    expect(journal.left()).toEqual([draft('ab')]);
    journal.stored(draft('ab'));
    expect(journal.left()).toEqual([]);
  });

  describe('sealed', () => {
    const key = new Uint8Array(32).fill(3);
    const sealed = (store: JournalStore, person = 'me', seal = sealedTexts(key)) =>
      createDraftJournal(store, person, seal);

    it('does all it does in the clear, and nothing of a word lies there', () => {
      const store = smallStore();
      const journal = sealed(store);
      journal.jot(draft('Jhumbravoq'));
      journal.jot(draft('Jhumbravoq on arrival'));
      expect([...store.held.values()].join('')).not.toContain('Jhumbravoq');
      expect(sealed(store).left()).toEqual([draft('Jhumbravoq on arrival')]);
      journal.stored(draft('Jhumbravoq'));
      expect(journal.left()).toHaveLength(1);
      journal.stored(draft('Jhumbravoq on arrival'));
      expect(store.held.size).toBe(0);
    });

    it('an entry of another draft, another person or another key is none', () => {
      const store = smallStore();
      sealed(store).jot(draft('a'));
      const [[from, text] = ['', '']] = store.held;
      store.setItem(from.replace('d1', 'd2'), text);
      store.setItem(from.replace('me', 'you'), text);
      expect(sealed(store).left()).toEqual([draft('a')]);
      expect(sealed(store, 'you').left()).toEqual([]);
      expect(sealed(store, 'me', sealedTexts(new Uint8Array(32).fill(4))).left()).toEqual([]);
    });

    it('what an earlier build jotted in the clear is found, and goes like any other', () => {
      const store = smallStore();
      createDraftJournal(store, 'me').jot(draft('before'));
      const journal = sealed(store);
      expect(journal.left()).toEqual([draft('before')]);
      journal.stored(draft('before'));
      expect(store.held.size).toBe(0);
    });
  });

  it('keeps no older words where the newest do not fit', () => {
    const store = smallStore(150);
    const journal = createDraftJournal(store, 'me');
    journal.jot(draft('a'));
    expect(journal.left()).toHaveLength(1);
    journal.jot(draft('a'.repeat(200)));
    expect(journal.left()).toEqual([]);
  });

  it('leaves out an entry that is no draft', () => {
    const store = smallStore();
    store.setItem('hc-draft:me:d1', '{"id":"d1","purp');
    store.setItem('hc-draft:me:d2', '{"id":7}');
    expect(createDraftJournal(store, 'me').left()).toEqual([]);
  });

  it('what was jotted down when a page died is there at the next start, and then in the database', async () => {
    const journal = createDraftJournal(smallStore(), 'me');
    const ward = await openWard(twinPlace(), undefined, { journal });
    await ward.tablet.saveDraft(draft('half a'));
    ward.tablet.jotDraft(draft('half a word'));
    await ward.reopen();
    expect(current(ward.tablet.drafts)).toEqual([draft('half a word')]);
    await ward.until(() => expect(journal.left()).toEqual([]));
    await ward.reopen();
    expect(current(ward.tablet.drafts)).toEqual([draft('half a word')]);
    ward.tablet.jotDraft(draft('half a word more'));
    await ward.tablet.removeDraft('d1');
    await ward.reopen();
    expect(current(ward.tablet.drafts)).toEqual([]);
    await ward.close();
  });
});
