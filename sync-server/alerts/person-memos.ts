import type { Logger } from 'pino';
import { followAnew } from '#server/store/follow-anew.ts';
import type { Database, Following, Seq } from '#server/store/port.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { msBetween, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { Contact, Contacts } from './contacts.ts';
import type { Subscriptions } from './subscriptions.ts';

/**
 * What `accounts` says of a person, read once until its feed says that something of theirs changed there, whoever changed it. For what may be
 * as old as the feed: where a call goes. What somebody may do is asked of the store itself.
 */
export interface PersonMemos {
  /** A reader that remembers. What `read` gives must come from documents `<kind>:<person>…` of `accounts` alone. A failure is not remembered. */
  remember<T>(read: (person: PersonId) => Promise<T>): (person: PersonId) => Promise<T>;
  /** After an own write, which counts at once. */
  forget(person: PersonId): void;
  close(): Promise<void>;
}

/** A feed may be silent because it hangs: nothing is believed for longer. */
const believedMs = 30_000;
const mostPeople = 5_000;

interface Memo {
  readonly value: Promise<unknown>;
  readonly readAt: Instant;
}

export function createPersonMemos(deps: {
  readonly accounts: Database;
  readonly since: Seq;
  readonly clock: Clock;
  readonly logger: Logger;
}): PersonMemos {
  const { accounts, since, clock, logger } = deps;
  const memos = new Map<string, Map<object, Memo>>();

  const following: Following = followAnew(accounts, {
    since,
    onChange(page) {
      for (const { id } of page.changes) {
        const [, person] = id.split(':');
        if (person !== undefined) memos.delete(person);
      }
      return Promise.resolve();
    },
    onError(error) {
      memos.clear();
      logger.warn({ err: error }, 'the feed of accounts was interrupted');
    },
  });

  function isBelieved(memo: Memo | undefined, now: Instant): memo is Memo {
    if (memo === undefined) return false;
    const ageMs = msBetween(memo.readAt, now);
    return ageMs >= 0 && ageMs < believedMs;
  }

  return {
    remember<T>(read: (person: PersonId) => Promise<T>) {
      return (person: PersonId): Promise<T> => {
        const own = memos.get(person);
        const now = clock.now();
        const held = own?.get(read);
        if (isBelieved(held, now)) return held.value as Promise<T>;
        // Remembered from the beginning of the reading on: a change that comes meanwhile makes it forgotten.
        const value = read(person);
        if (memos.size >= mostPeople && own === undefined) memos.clear();
        const kept = own ?? new Map<object, Memo>();
        kept.set(read, { value, readAt: now });
        memos.set(person, kept);
        value.catch(() => {
          if (kept.get(read)?.value === value) kept.delete(read);
        });
        return value;
      };
    },
    forget: (person) => void memos.delete(person),
    close: () => following.stop(),
  };
}

/** `reachable` is remembered; `of` is read anew each time, for it decides who may acknowledge. */
export function rememberedSubscriptions(stored: Subscriptions, memos: PersonMemos): Subscriptions {
  return {
    of: (person) => stored.of(person),
    reachable: memos.remember((person) => stored.reachable(person)),
    async put(entry) {
      try {
        await stored.put(entry);
      } finally {
        memos.forget(entry.person);
      }
    },
    async remove(person, device, how) {
      try {
        await stored.remove(person, device, how);
      } finally {
        memos.forget(person);
      }
    },
  };
}

/** `of` is remembered. */
export function rememberedContacts(
  stored: Pick<Contacts, 'of' | 'put' | 'putLanguage'>,
  memos: PersonMemos,
): Pick<Contacts, 'of' | 'put' | 'putLanguage'> {
  return {
    of: memos.remember((person): Promise<Contact> => stored.of(person)),
    async put(person, contact, at, by) {
      try {
        await stored.put(person, contact, at, by);
      } finally {
        memos.forget(person);
      }
    },
    async putLanguage(person, language, at, by) {
      try {
        await stored.putLanguage(person, language, at, by);
      } finally {
        memos.forget(person);
      }
    },
  };
}
