import type { Instant } from '#shared/lib/instant-arithmetic.ts';
import type { CardDue } from '$lib/inbox/card-time.ts';
import type { CardWords } from '$lib/inbox/card.ts';
import type { InboxCounts } from '$lib/inbox/frame-words.ts';

/*
 * The inbox as it last stood, kept for the first second of the next start: the database engine alone takes longer to load than a doctor waits.
 * It is the same data as in the person's database and must not outlive it: one person's at a time, gone at sign-out, and gone from the moment
 * something on it changes until it was kept anew. It lies as readable as the database does today; when the tablet seals its records, this is sealed
 * under the same key or left out.
 */

/** A few small strings that can be read before anything is opened, such as `localStorage`. */
export interface ScreenStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface KeptRow {
  readonly card: CardWords;
  readonly due: CardDue | null;
}

export interface KeptScreen {
  readonly form: 1;
  readonly person: string;
  readonly locale: string;
  readonly name: string;
  readonly demo: boolean;
  /** null: the device's own. */
  readonly timeZone: string | null;
  /** Server clock minus device clock. */
  readonly offsetMs: number;
  /** When the server had last confirmed it; null: never. */
  readonly confirmedAt: Instant | null;
  readonly title: string;
  readonly counts: InboxCounts;
  readonly waiting: {
    readonly inbox: number;
    readonly sent: number;
    readonly alerts: number;
    readonly more: number;
  };
  readonly emergency: { readonly id: string; readonly count: number } | null;
  /** Those that breach first, no more than a tablet shows at once. */
  readonly rows: readonly KeptRow[];
}

export const keptRows = 10;
/** One line of it is shown. */
export const keptQuestionLength = 200;
const screenKey = 'hc-first-screen';
/** people-here.ts: who has a database here, and whose opens by itself. */
const peopleKey = 'hc-people';

function parsed(text: string | null): object | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    // Not JSON: as good as not there.
    return null;
  }
}

/**
 * Written by this app alone, so its own form number stands for all of it but what a start cannot do without; a schema library would cost
 * more than drawing it.
 */
const isKeptScreen = (value: object): value is KeptScreen =>
  'form' in value &&
  value.form === 1 &&
  'rows' in value &&
  Array.isArray(value.rows) &&
  'person' in value &&
  typeof value.person === 'string';

/** What may be drawn at once; null: nothing was kept, it is not of the one whose workspace opens now, or not in their language. */
export function keptScreen(store: ScreenStore, locale: string): KeptScreen | null {
  const kept = parsed(store.getItem(screenKey));
  if (kept === null || !isKeptScreen(kept) || kept.locale !== locale) return null;
  const people = parsed(store.getItem(peopleKey));
  return people !== null && 'last' in people && people.last === kept.person ? kept : null;
}

/** A store that is full keeps nothing. */
export function keepScreen(store: ScreenStore, screen: KeptScreen): void {
  try {
    store.setItem(screenKey, JSON.stringify(screen));
  } catch {
    store.removeItem(screenKey);
  }
}

export const forgetScreen = (store: ScreenStore): void => store.removeItem(screenKey);
