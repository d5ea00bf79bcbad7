import { canonicalEvent } from '#shared/event/canonical.ts';
import type { DocumentKind, HeldEvent } from '#shared/event/envelope.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';

/** honest: what the tablet's own screens offered. Others may be refused. */
export type Nature = 'honest' | 'forbidden' | 'malformed';

export interface Made {
  readonly id: string;
  readonly event: HeldEvent;
  readonly bytes: string;
  readonly kind: DocumentKind;
  readonly nature: Nature;
  /** Index of the tablet it was written on. */
  readonly tablet: number;
  /** True time of writing. */
  readonly atMs: number;
}

/** Every event ever written by anyone, noted when the tablet's storage confirmed it. */
export interface Ledger {
  written(tablet: number, entry: OutboxEntry, nature: Nature, atMs: number): void;
  all(): readonly Made[];
  find(id: string): Made | undefined;
}

export function createLedger(): Ledger {
  const made = new Map<string, Made>();
  return {
    written(tablet, entry, nature, atMs) {
      if (made.has(entry.id)) return;
      const { id, event, kind } = entry;
      made.set(id, { id, event, kind, nature, tablet, atMs, bytes: bytesOf(event) });
    },
    all: () => [...made.values()],
    find: (id) => made.get(id),
  };
}

/**
 * What came back with the same words, stamps aside; malformed ones may hold what canonical JSON has no form for. A key named `__proto__`, which no
 * screen writes, is none of the words: browsers' and RxDB's own copying of objects loses it.
 */
export function bytesOf(event: HeldEvent): string {
  const plain: unknown = JSON.parse(JSON.stringify(event), (key, value: unknown) =>
    key === '__proto__' ? undefined : value,
  );
  return canonicalEvent(plain as HeldEvent);
}
