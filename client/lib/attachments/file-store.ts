import type { UploadRefusal } from '#shared/attachment/protocol.ts';
import type { ConsultId, FileId } from '#shared/lib/id.ts';
import type { Result } from '#shared/lib/result.ts';
import type { SaveFailure } from '$lib/tablet/tablet.ts';

/** Which sealed file: all its ids and its size are known from the event that names it. */
export interface FileRef {
  readonly consult: ConsultId;
  readonly file: FileId;
  /** Of the sealed bytes. */
  readonly sizeBytes: number;
  readonly digest: string;
}

export type SendOutcome =
  | { readonly type: 'sent' }
  /** The server will not have it, or not yet (`not-taken`: it has not accepted the entry that names it). */
  | { readonly type: 'refused'; readonly reason: UploadRefusal }
  | { readonly type: 'no-answer' }
  | { readonly type: 'signed-out' };

export type ReceiveOutcome =
  | { readonly type: 'received' }
  /** Not at the server, or not for this person: the server tells no difference. */
  | { readonly type: 'not-there' }
  /** Came with other bytes than the entry names. */
  | { readonly type: 'damaged' }
  | { readonly type: 'no-answer' }
  | { readonly type: 'signed-out' }
  | { readonly type: 'storage-full' };

/** `done` of all bytes of the file are through, 0 to 1. */
export type Progress = (done: number) => void;

/** Sealed files on this tablet: those that wait to be sent, and those kept to be looked at again. It never sees a key. */
export interface FileStore {
  /** Keeps a file of one's own until it is sent. */
  put(ref: FileRef, sealed: Uint8Array<ArrayBuffer>): Promise<Result<void, SaveFailure>>;
  /** null: not here, or not all of it. */
  read(ref: FileRef): Promise<Uint8Array<ArrayBuffer> | null>;
  /** What waits to be sent, by consult and file. */
  waiting(): Promise<readonly { readonly consult: ConsultId; readonly file: FileId }[]>;
  /** Sends the chunks the server has not got. What is sent stays here to be looked at, and may be given up for space from then on. */
  send(ref: FileRef, progress: Progress): Promise<SendOutcome>;
  /** Fetches it; chunks that came before a cut are not fetched again. */
  receive(ref: FileRef, progress: Progress): Promise<ReceiveOutcome>;
  /** Forgets a file of one's own that no entry names. */
  discard(of: Pick<FileRef, 'consult' | 'file'>): Promise<void>;
  close(): Promise<void>;
}
