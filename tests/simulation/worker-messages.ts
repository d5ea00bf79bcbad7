import type { OutboxEntry } from '$lib/sync/tablet-store.ts';
import type { Nature } from './ledger.ts';
import type { SimTablet, TabletOptions } from './sim-tablet.ts';

export type Call = Exclude<keyof SimTablet, 'isRunning'>;

/** From the world to a tablet's thread; each carries the time. */
export type ToTablet = { readonly nowMs: number } & (
  | { readonly type: 'new'; readonly options: TabletOptions }
  | { readonly type: 'call'; readonly id: number; readonly call: Call; readonly args: readonly unknown[] }
  | { readonly type: 'fire'; readonly timer: number }
  | {
      readonly type: 'answer';
      readonly id: number;
      readonly status: number;
      readonly headers: [string, string][];
      readonly text: string;
    }
  | {
      readonly type: 'stream';
      readonly id: number;
      readonly status: number;
      readonly headers: [string, string][];
    }
  | { readonly type: 'chunk'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly type: 'broken'; readonly id: number }
);

export type FromTablet =
  | { readonly type: 'done'; readonly id: number; readonly value: unknown; readonly error: string | null }
  | { readonly type: 'after'; readonly timer: number; readonly delayMs: number }
  | { readonly type: 'cancel'; readonly timer: number }
  | {
      readonly type: 'fetch';
      readonly id: number;
      readonly path: string;
      readonly method: string;
      readonly headers: [string, string][];
      readonly body: string | null;
    }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'written'; readonly entry: OutboxEntry; readonly nature: Nature }
  | { readonly type: 'bug'; readonly what: string };

/** All that was said to a tablet since the last word to it: threads are woken once for all of it. */
export interface ToTabletAtOnce {
  readonly serial: number;
  readonly messages: readonly ToTablet[];
}

/** All that a tablet said until it came to rest after the word of that serial. */
export interface FromTabletAtRest {
  readonly serial: number;
  readonly messages: readonly FromTablet[];
}
