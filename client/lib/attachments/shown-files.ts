import { attachmentOf, type AttachmentBody } from '#shared/attachment/named-files.ts';
import type { Consult, TimelineEntry } from '#shared/consult/consult.ts';
import type { KeyedRef } from './files.ts';

/** One photo or document of a consult, as its entry names it. */
export interface ShownFile {
  readonly entry: TimelineEntry;
  readonly body: AttachmentBody;
  readonly whole: KeyedRef;
  /** null: there is none, as of a PDF. */
  readonly thumbnail: KeyedRef | null;
}

/** Oldest first; what a newer build wrote is left out here and stands in the story. */
export function shownFiles(consult: Consult): readonly ShownFile[] {
  return consult.timeline.flatMap((entry) => {
    const body = attachmentOf(entry.event);
    if (body === null) return [];
    const { file, key, digest, sizeBytes, thumbnail } = body;
    const of = { consult: consult.id };
    return [
      {
        entry,
        body,
        whole: { ...of, file, key, digest, sizeBytes },
        thumbnail: thumbnail === undefined ? null : { ...of, ...thumbnail },
      },
    ];
  });
}
