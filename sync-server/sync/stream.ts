import type { Logger } from 'pino';
import type { Audit } from '#server/audit/audit.ts';
import type { Actor } from '#server/http/context.ts';
import type { Clock, Instant } from '#shared/lib/instant.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Result } from '#shared/lib/result.ts';
import type { CollectionName, StreamMessage } from '#shared/sync/protocol.ts';
import type { ScopeFailure } from '#shared/sync/scope.ts';
import type { Feed, News } from './feed.ts';
import type { HeldScope } from './held-scope.ts';
import { placeText } from './place.ts';
import type { Scheduler } from './scheduler.ts';
import { goneText } from './wire-document.ts';

export const beatMs = 20_000;
/** What one tablet may have waiting; beyond it the tablet is only told to pull. */
const maxWaitingDocuments = 200;
const maxWaitingBytes = 1024 * 1024;
/** A tablet that has read nothing for so many beats is gone. */
const maxMissedBeats = 3;

export interface StreamDeps {
  readonly feed: () => Feed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly audit: Audit;
  readonly scheduler: Scheduler;
  readonly storeEpoch: () => string;
  readonly scopeOf: (person: PersonId, asOf: Instant) => Result<HeldScope, ScopeFailure>;
  readonly watcherLateSeconds: () => number;
  /** Called once when the session ended. Returns the way to stop listening. */
  readonly onSessionEnded: (session: string, ended: () => void) => () => void;
}

export interface Streams {
  /** The body of a stream's answer; it ends with the session. */
  open(actor: Actor, scope: HeldScope, endsAt: Instant): ReadableStream<Uint8Array>;
  /** A pull brought this session's tablet to `seq`: the next message goes on from there. */
  pulled(session: string, collection: CollectionName, seq: string): void;
  /** The directory changed: whose scope is another one now is told so. */
  checkScopes(): void;
  /** The store has a new epoch: everyone pulls. */
  restarted(): void;
  take(items: readonly News[]): void;
  readonly count: number;
  stop(): void;
}

interface Change {
  from: string | null;
  to: string;
  /** null: too many to carry. */
  items: Map<string, { news: News; gone: boolean }> | null;
}

const encoder = new TextEncoder();

/** One tablet's stream. What it has not read yet is joined per collection, so a slow reader costs little and loses nothing. */
class Client {
  readonly actor: Actor;
  readonly endsAt: Instant;
  readonly last = new Map<CollectionName, string>();
  readonly waiting = new Map<CollectionName, Change>();
  scope: HeldScope;
  controls: string[] = [];
  missedBeats = 0;
  isClosed = false;
  private readonly deps: StreamDeps;
  private readonly onClosed: (client: Client) => void;
  private controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  private isFlushing = false;
  private wake: (() => void) | null = null;

  constructor(
    deps: StreamDeps,
    own: { actor: Actor; scope: HeldScope; endsAt: Instant },
    onClosed: (client: Client) => void,
  ) {
    this.deps = deps;
    this.actor = own.actor;
    this.scope = own.scope;
    this.endsAt = own.endsAt;
    this.onClosed = onClosed;
  }

  readable(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => {
          this.missedBeats = 0;
          this.wake?.();
        },
        cancel: () => this.close(),
      },
      { highWaterMark: 64 * 1024, size: (chunk) => chunk.byteLength },
    );
  }

  tell(message: StreamMessage): void {
    this.controls.push(JSON.stringify(message));
    this.flush();
  }

  /** Notes a change; the documents themselves are read when the tablet is ready for them. */
  note(collection: CollectionName, to: string, news: News, gone: boolean): void {
    let change = this.waiting.get(collection);
    if (change === undefined) {
      change = { from: this.last.get(collection) ?? null, to, items: new Map() };
      this.waiting.set(collection, change);
    }
    change.to = to;
    this.last.set(collection, to);
    if (change.items === null) return;
    change.items.set(news.id, { news, gone });
    if (change.items.size > maxWaitingDocuments) change.items = null;
  }

  flush(): void {
    if (this.isFlushing || this.isClosed) return;
    this.isFlushing = true;
    this.run()
      .catch((cause: unknown) => {
        this.deps.logger.error({ err: cause }, 'a stream failed');
        this.close();
      })
      .finally(() => {
        this.isFlushing = false;
        // Something may have come between the last look and now.
        if (this.controls.length > 0 || this.waiting.size > 0) this.flush();
      });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.waiting.clear();
    this.wake?.();
    this.onClosed(this);
    try {
      this.controller?.close();
    } catch (error) {
      // Already closed from the other side.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  private async run(): Promise<void> {
    for (;;) {
      await this.untilReadable();
      if (!this.isOpen()) return;
      const control = this.controls.shift();
      if (control !== undefined) {
        this.write(control);
        continue;
      }
      const [next] = this.waiting;
      if (next === undefined) return;
      const [collection, change] = next;
      this.waiting.delete(collection);
      const text = await this.textOf(collection, change);
      if (this.isOpen()) this.write(text);
    }
  }

  /** Asked anew after every wait. */
  private isOpen(): boolean {
    return !this.isClosed;
  }

  private async untilReadable(): Promise<void> {
    while (!this.isClosed && (this.controller?.desiredSize ?? 0) <= 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = null;
    }
  }

  private write(data: string): void {
    this.controller?.enqueue(encoder.encode(`data: ${data}\n\n`));
  }

  private async textOf(collection: CollectionName, { from, to, items }: Change): Promise<string> {
    const head = JSON.stringify({ type: 'change', collection, from, to, asOf: this.deps.clock.now() });
    const documents = items === null ? null : await this.documentsOf(collection, items);
    return `${head.slice(0, -1)},"documents":${documents ?? 'null'}}`;
  }

  /** null: too large to carry, or the reading of them could not be recorded; the tablet pulls instead. */
  private async documentsOf(
    collection: CollectionName,
    items: NonNullable<Change['items']>,
  ): Promise<string | null> {
    const texts: string[] = [];
    const contentOf: string[] = [];
    let bytes = 0;
    for (const { news, gone } of items.values()) {
      const text = gone ? null : await news.text();
      if (text !== null) contentOf.push(news.id);
      texts.push(text ?? goneText(news.id));
      bytes += text?.length ?? 0;
      if (bytes > maxWaitingBytes) return null;
    }
    if (contentOf.length > 0 && collection !== 'directory') {
      const actor = { ...this.actor, at: this.deps.clock.now() };
      try {
        await this.deps.audit.recordRead(actor, { action: `sync.stream.${collection}`, subjects: contentOf });
      } catch (cause) {
        this.deps.logger.error({ err: cause }, 'a read could not be recorded; nothing was sent');
        return null;
      }
    }
    return `[${texts.join(',')}]`;
  }
}

export function createStreams(deps: StreamDeps): Streams {
  const { clock, scheduler } = deps;
  const clients = new Set<Client>();
  const byKey = new Map<string, Set<Client>>();
  const bySession = new Map<string, Set<Client>>();

  const put = (map: Map<string, Set<Client>>, key: string, client: Client): void => {
    const held = map.get(key);
    if (held === undefined) map.set(key, new Set([client]));
    else held.add(client);
  };
  const take = (map: Map<string, Set<Client>>, key: string, client: Client): void => {
    const held = map.get(key);
    held?.delete(client);
    if (held?.size === 0) map.delete(key);
  };

  function remove(client: Client): void {
    clients.delete(client);
    for (const key of client.scope.keys) take(byKey, key, client);
    take(bySession, client.actor.session, client);
  }

  function signOut(client: Client): void {
    client.tell({ type: 'signed-out', asOf: clock.now() });
    // The message is written in this turn when the tablet reads at all; either way the stream ends.
    queueMicrotask(() => setTimeout(() => client.close(), 0));
  }

  function checkScope(client: Client): void {
    const scope = deps.scopeOf(client.actor.person, clock.now());
    if (!scope.ok) {
      // A directory that is not loaded says nothing about anybody; a person who is gone has no scope.
      if (scope.error.type !== 'directory-not-loaded') signOut(client);
      return;
    }
    const isOther = scope.value.epoch !== client.scope.epoch;
    if (isOther) for (const key of client.scope.keys) take(byKey, key, client);
    client.scope = scope.value;
    if (!isOther) return;
    for (const key of client.scope.keys) put(byKey, key, client);
    client.waiting.clear();
    client.last.clear();
    client.tell({ type: 'scope', scopeEpoch: client.scope.epoch, asOf: clock.now() });
  }

  function beat(): void {
    const now = clock.now();
    const watcherLateSeconds = deps.watcherLateSeconds();
    for (const client of clients) {
      if (client.endsAt <= now) signOut(client);
      else if (++client.missedBeats > maxMissedBeats && client.controls.length > 0) client.close();
      else {
        if (client.scope.changesAt !== null && client.scope.changesAt <= now) checkScope(client);
        if (client.controls.length === 0) client.tell({ type: 'beat', asOf: now, watcherLateSeconds });
      }
    }
  }

  /** Memberships that begin or end by themselves are looked at more often than the beat. */
  function checkDueScopes(): void {
    const now = clock.now();
    for (const client of clients) {
      if (client.scope.changesAt !== null && client.scope.changesAt <= now) checkScope(client);
    }
  }

  function audience(news: News): Set<Client> {
    if (news.before === null || news.after === null) return clients;
    const found = new Set<Client>();
    for (const key of [...news.before, ...news.after]) {
      for (const client of byKey.get(key) ?? []) found.add(client);
    }
    return found;
  }

  const stops = [scheduler.every(beatMs, beat), scheduler.every(1000, checkDueScopes)];

  return {
    open(actor, scope, endsAt) {
      const client = new Client(deps, { actor, scope, endsAt }, (closed) => {
        stopListening();
        remove(closed);
      });
      const stopListening = deps.onSessionEnded(actor.session, () => signOut(client));
      clients.add(client);
      for (const key of scope.keys) put(byKey, key, client);
      put(bySession, actor.session, client);
      const readable = client.readable();
      client.tell({
        type: 'hello',
        storeEpoch: deps.storeEpoch(),
        scopeEpoch: scope.epoch,
        asOf: clock.now(),
      });
      return readable;
    },

    pulled(session, collection, seq) {
      for (const client of bySession.get(session) ?? []) client.last.set(collection, seq);
    },

    checkScopes() {
      for (const client of clients) checkScope(client);
    },

    restarted() {
      for (const client of clients) {
        client.waiting.clear();
        client.last.clear();
        client.tell({ type: 'scope', scopeEpoch: client.scope.epoch, asOf: clock.now() });
      }
    },

    take(items) {
      const touched = new Set<Client>();
      const { index } = deps.feed();
      const places = new Map<CollectionName, string>();
      for (const news of items) {
        const { collection, id } = news;
        let to = places.get(collection);
        if (to === undefined) {
          to = placeText(deps.feed().placeOf(collection));
          places.set(collection, to);
        }
        // Tablets of one department have one scope: what it says is looked up once.
        const bearings = new Map<string, 'in' | 'left' | 'never'>();
        for (const client of audience(news)) {
          const { epoch, keys } = client.scope;
          let bearing = bearings.get(epoch);
          if (bearing === undefined) {
            const wasTold = news.before === null || [...keys].some((key) => news.before?.has(key));
            const isIn = index.standing(collection, id, client.scope) === 'in';
            bearing = isIn ? 'in' : wasTold ? 'left' : 'never';
            bearings.set(epoch, bearing);
          }
          if (bearing === 'never') continue;
          client.note(collection, to, news, bearing === 'left');
          touched.add(client);
        }
      }
      for (const client of touched) client.flush();
    },

    get count() {
      return clients.size;
    },

    stop() {
      for (const stop of stops) stop();
      for (const client of clients) client.close();
    },
  };
}
