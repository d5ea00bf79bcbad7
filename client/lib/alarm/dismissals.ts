import type { Instant } from '#shared/lib/instant.ts';

/** Tablet setting that remembers why an alarm was put away, by the id of the event it was about. */
export const dismissedSetting = 'alarm-dismissed';
export type Dismissals = Readonly<Record<string, { readonly reason: string; readonly at: Instant }>>;
