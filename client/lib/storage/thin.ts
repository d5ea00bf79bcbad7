import { consultColumns } from '$lib/db/columns.ts';
import type { HeldDocument } from '$lib/sync/tablet-store.ts';
import type { WireDocument } from '#shared/sync/protocol.ts';

/** Before the version of a thin consult, so that the whole one is another version to whatever writes it. */
const mark = 'thin:';

/**
 * An ended consult whose words were left to the server because this tablet is nearly full: its id, its version and its columns stay, so that
 * it counts as held, is no deletion anywhere, comes whole by itself as soon as it changes, and is fetched when somebody opens it.
 */
export const thinned = (held: HeldDocument): WireDocument => ({
  id: held.id,
  version: mark + held.version,
  content: { thin: consultColumns(held.content) },
});

export const isThin = (document: WireDocument | HeldDocument): boolean =>
  !('gone' in document) && document.version.startsWith(mark);

/** The version at the server, whether or not the words are here. */
export const wholeVersion = (version: string): string =>
  version.startsWith(mark) ? version.slice(mark.length) : version;
