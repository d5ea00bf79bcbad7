import type { HeldEvent } from '#shared/event/envelope.ts';
import { m } from '$lib/paraglide/messages.js';
import { itemWords, textsOf } from '$lib/sync-page/item-words.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';
import type { Salvaged } from './salvage.ts';

const block = (heading: string, texts: readonly string[]): string => [heading, ...texts].join('\n');

function entryText({
  event,
  kind,
}: {
  readonly event: HeldEvent;
  readonly kind: OutboxEntry['kind'];
}): string {
  const delivery = { state: 'on-this-tablet', since: event.occurredAt } as const;
  const what = itemWords({ event, document: kind, delivery, attempts: 0 });
  return block(`${what} · ${event.occurredAt}`, textsOf(event.body));
}

/** Everything that was read, first as a person reads it, then as it was stored. */
export function wordsOf(salvaged: Salvaged): string {
  const drafts = [...salvaged.notes].filter(([key]) => key.startsWith('draft:'));
  const damaged = salvaged.damaged.map((each) => JSON.stringify(each, null, 1));
  return [
    ...salvaged.entries.map(entryText),
    ...drafts.map(([, value]) => block(m.rescue_file_draft(), textsOf(value))),
    ...damaged.map((text) => block(m.rescue_file_damaged(), [text])),
    block(m.rescue_file_raw(), [
      JSON.stringify({ entries: salvaged.entries, notes: Object.fromEntries(salvaged.notes) }, null, 1),
    ]),
  ].join('\n\n');
}

/** Hands a text to the browser as a file to keep. */
export function keepAsFile(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = m.rescue_file_name();
  link.click();
  // The browser has taken the address by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
