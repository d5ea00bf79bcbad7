import type { Actor } from '#server/http/context.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { CollectionName, StreamMessage } from '#shared/sync/protocol.ts';
import type { News } from './feed.ts';
import type { HeldScope } from './held-scope.ts';

/** What one tablet may have waiting in a collection; beyond it the tablet is only told to pull. */
const maxWaitingDocuments = 200;
const bufferedBytes = 64 * 1024;

/** A piece of news with a number of its own, by which tablets that wait for the same are found. */
export interface Notice {
  readonly number: number;
  readonly news: News;
}

/** What happened in a collection since the last message. */
export interface WaitingChange {
  readonly from: string | null;
  to: string;
  /** By document; null: too many to carry. */
  items: Map<string, { notice: Notice; gone: boolean }> | null;
}

const encoder = new TextEncoder();
export const chunkOf = (json: string): Uint8Array => encoder.encode(`data: ${json}\n\n`);

/** One tablet's stream. What it has not read yet is joined per collection, so a slow reader costs little and loses nothing. */
export class StreamClient {
  readonly actor: Actor;
  readonly endsAt: Instant;
  /** The last place told, per collection; none: what follows is only a poke. */
  readonly last = new Map<CollectionName, string>();
  scope: HeldScope;
  /** Beats since the tablet last read. */
  missedBeats = 0;
  private readonly waiting = new Map<CollectionName, WaitingChange>();
  private readonly hooks: { onReadable: (client: StreamClient) => void; onClosed: () => void };
  private messages: Uint8Array[] = [];
  private controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  private closed = false;

  constructor(
    own: { actor: Actor; scope: HeldScope; endsAt: Instant },
    hooks: { onReadable: (client: StreamClient) => void; onClosed: () => void },
  ) {
    this.actor = own.actor;
    this.scope = own.scope;
    this.endsAt = own.endsAt;
    this.hooks = hooks;
  }

  readable(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => this.onPull(),
        cancel: () => this.close(),
      },
      { highWaterMark: bufferedBytes, size: (chunk) => chunk.byteLength },
    );
  }

  get isOpen(): boolean {
    return !this.closed;
  }

  /** The tablet has read what it was sent. */
  get isReadable(): boolean {
    return !this.closed && (this.controller?.desiredSize ?? 0) > 0;
  }

  get hasUnreadMessages(): boolean {
    return this.messages.length > 0;
  }

  /** At once, or as soon as the tablet reads again; before any change that waits. */
  tell(message: StreamMessage): void {
    this.messages.push(chunkOf(JSON.stringify(message)));
    this.sendMessages();
  }

  /** Notes a change; the documents themselves are read when the tablet is ready for them. */
  note(collection: CollectionName, to: string, notice: Notice, gone: boolean): void {
    let change = this.waiting.get(collection);
    if (change === undefined) {
      change = { from: this.last.get(collection) ?? null, to, items: new Map() };
      this.waiting.set(collection, change);
    }
    change.to = to;
    this.last.set(collection, to);
    if (change.items === null) return;
    change.items.set(notice.news.id, { notice, gone });
    if (change.items.size > maxWaitingDocuments) change.items = null;
  }

  /** Hands over all that waits. */
  takeWaiting(): [CollectionName, WaitingChange][] {
    const taken = [...this.waiting];
    this.waiting.clear();
    return taken;
  }

  /** What was noted and told before says nothing any more: the tablet pulls everything. */
  forget(): void {
    this.waiting.clear();
    this.last.clear();
  }

  send(chunk: Uint8Array): void {
    if (!this.closed) this.controller?.enqueue(chunk);
  }

  /** Says a last word, whether the tablet reads or not. */
  end(message: StreamMessage): void {
    this.send(chunkOf(JSON.stringify(message)));
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.forget();
    this.hooks.onClosed();
    try {
      this.controller?.close();
    } catch (error) {
      // Already closed from the other side.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  private onPull(): void {
    this.missedBeats = 0;
    this.sendMessages();
    if (this.waiting.size > 0) this.hooks.onReadable(this);
  }

  private sendMessages(): void {
    while (this.isReadable) {
      const next = this.messages.shift();
      if (next === undefined) return;
      this.send(next);
    }
  }
}
