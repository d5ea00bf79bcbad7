import { authoredConsultBodies, type ConsultBody } from '#shared/consult/events.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { EventId, FileId } from '#shared/lib/id.ts';

/** One sealed file as an event of its consult names it. */
export interface NamedFile {
  readonly file: FileId;
  /** SHA-256 of the sealed bytes, hex. */
  readonly digest: string;
  /** Of the sealed bytes. */
  readonly sizeBytes: number;
  /** Base64 of the AES-256-GCM key. */
  readonly key: string;
  readonly author: string;
  readonly event: EventId;
  /** False while the event has not been accepted by the server. */
  readonly isAccepted: boolean;
  readonly part: 'whole' | 'thumbnail';
}

export type AttachmentBody = ConsultBody<'attachment-added'>;

/** The body of an `attachment-added`; null for any other event and for one this build cannot read. */
export function attachmentOf(event: HeldEvent): AttachmentBody | null {
  if (event.type !== 'attachment-added') return null;
  const parsed = authoredConsultBodies['attachment-added'].safeParse(event.body);
  return parsed.success ? parsed.data : null;
}

/**
 * The sealed files a consult's events name, in the events' order. Where two name one id the first counts: nobody can take over what somebody
 * else has named.
 */
export function filesNamedIn(events: readonly HeldEvent[]): NamedFile[] {
  const files = new Map<string, NamedFile>();
  for (const event of events) {
    const body = attachmentOf(event);
    if (body === null) continue;
    const of = { author: event.author, event: event.id, isAccepted: event.n !== undefined };
    const { file, digest, sizeBytes, key, thumbnail } = body;
    if (!files.has(file)) files.set(file, { ...of, file, digest, sizeBytes, key, part: 'whole' });
    if (thumbnail !== undefined && !files.has(thumbnail.file))
      files.set(thumbnail.file, { ...of, ...thumbnail, part: 'thumbnail' });
  }
  return [...files.values()];
}
