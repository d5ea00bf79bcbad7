import { isStamped, type AuthoredEnvelope, type HeldEvent } from '#shared/event/envelope.ts';
import { canonicalEvent } from '#shared/event/canonical.ts';
import { msToInstant, type Instant } from '#shared/lib/instant.ts';
import { digestOf } from '#shared/sync/digest.ts';
import {
  collections,
  nowHeader,
  protocolHeader,
  serverHeader,
  type Checkpoint,
  type CollectionName,
  type PushOutcome,
  type Seq,
  type StreamMessage,
  type WireDocument,
} from '#shared/sync/protocol.ts';

interface Stored {
  readonly version: string;
  readonly content: Readonly<Record<string, unknown>>;
}
type Asked = { readonly path: string; readonly body: never };
type OpenStream = { send(text: string): void; end(): void };
type Documents = Record<CollectionName, Map<string, Stored>>;
type Log = { readonly collection: CollectionName; readonly id: string }[];
interface Backup {
  readonly documents: Documents;
  readonly log: Log;
}

/**
 * A small server that speaks the sync contract over `fetch`, for one person. It keeps everything in memory, filters pages after
 * reading them (which is what E5 is about), and fails on demand. It judges nothing: `judge` does.
 */
export function createTestServer() {
  let nowMs = Date.parse('2026-11-22T10:00:00.000Z');
  const documents: Documents = {
    consults: new Map(),
    patients: new Map(),
    directory: new Map(),
    alerts: new Map(),
  };
  const log: Log = [];
  const streams = new Set<OpenStream>();
  const asked: { path: string; body: unknown }[] = [];
  let versions = 0;

  const server = {
    storeEpoch: 'store-1',
    scopeEpoch: 'scope-1',
    /** How many rows of the log one pull reads, before what may not be seen is left out. */
    rowsPerPage: 100,
    asked,
    /** Who may see what. */
    visible: (_collection: CollectionName, _id: string): boolean => true,
    judge: (_event: AuthoredEnvelope): PushOutcome | null | 'silence' => null,
    /** Answers instead of the server; null lets it answer. 'drop': does its work, and the answer is lost. */
    fault: (_asked: Asked): Response | 'drop' | 'no-network' | null => null,
    now: (): Instant => msToInstant(nowMs),
    advance: (ms: number): void => void (nowMs += ms),
    count: (path: string): number => asked.filter((each) => each.path === path).length,
    put,
    forget(collection: CollectionName, id: string): void {
      documents[collection].delete(id);
    },
    /** The feed never tells of this document: a gap. */
    hideFromFeed(collection: CollectionName, id: string): void {
      for (const [at, each] of log.entries()) {
        if (each.collection === collection && each.id === id) log[at] = { collection, id: 'nothing' };
      }
    },
    events: (id: string): readonly HeldEvent[] => eventsOf('consults', id),
    ids: (collection: CollectionName): string[] => [...documents[collection].keys()].sort(),
    touch: (collection: CollectionName, id: string, tell = true): void => changed(collection, id, tell),
    streams: () => streams.size,
    cutStreams(): void {
      for (const stream of [...streams]) stream.end();
      streams.clear();
    },
    say(message: StreamMessage): void {
      for (const stream of streams) stream.send(`data: ${JSON.stringify(message)}\n\n`);
    },
    snapshot: (): Backup => structuredClone({ documents, log: [...log] }),
    /** The store set back to a backup: what came later is lost, and the epoch is new. */
    restore(backup: Backup): void {
      for (const collection of collections)
        documents[collection] = structuredClone(backup.documents[collection]);
      log.splice(0, log.length, ...backup.log);
      server.storeEpoch = `${server.storeEpoch}+`;
      server.cutStreams();
    },
    fetch: serve as typeof fetch,
  };

  const eventsOf = (collection: CollectionName, id: string): readonly HeldEvent[] =>
    (documents[collection].get(id)?.content['events'] ?? []) as HeldEvent[];

  function put(collection: CollectionName, id: string, content: Record<string, unknown>, tell = true): void {
    documents[collection].set(id, { version: `v${++versions}`, content });
    changed(collection, id, tell);
  }

  function changed(collection: CollectionName, id: string, tell: boolean): void {
    const from = seqAt(lastOf(collection)) as Seq | null;
    log.push({ collection, id });
    if (!tell) return;
    const message = { type: 'change', collection, from, to: seqAt(log.length), asOf: server.now() } as const;
    server.say({ ...message, documents: [wire(collection, id)] });
  }
  const seqAt = (at: number): Seq => `s${at}` as Seq;
  const lastOf = (collection: CollectionName): number =>
    log.findLastIndex((each) => each.collection === collection) + 1;

  function wire(collection: CollectionName, id: string): WireDocument {
    const stored = documents[collection].get(id);
    return stored === undefined || !server.visible(collection, id) ? { id, gone: true } : { id, ...stored };
  }
  const held = (collection: CollectionName): [string, string][] =>
    [...documents[collection]]
      .filter(([id]) => server.visible(collection, id))
      .map(([id, { version }]) => [id, version]);

  function pull(body: { collection: CollectionName; checkpoint: Checkpoint | null; limit: number }): unknown {
    const { collection } = body;
    const sent = body.checkpoint;
    const isOurs = sent?.storeEpoch === server.storeEpoch && sent.scopeEpoch === server.scopeEpoch;
    const known = sent !== null && isOurs ? sent.at : null;
    const restarted = sent !== null && known === null;
    const epochs = { storeEpoch: server.storeEpoch, scopeEpoch: server.scopeEpoch };
    const rows = Math.min(server.rowsPerPage, body.limit);
    const at = known ?? { phase: 'snapshot' as const, startSeq: seqAt(log.length), afterKey: '' };
    if (at.phase === 'snapshot') {
      const keys = [...documents[collection].keys()].sort().filter((key) => key > at.afterKey);
      const page = keys.slice(0, rows);
      const done = page.length === keys.length;
      return {
        documents: page.filter((id) => server.visible(collection, id)).map((id) => wire(collection, id)),
        checkpoint: {
          ...epochs,
          at: done ? { phase: 'tail', seq: at.startSeq } : { ...at, afterKey: page.at(-1) ?? '' },
        },
        caughtUp: done && at.startSeq === seqAt(log.length),
        restarted,
        asOf: server.now(),
      };
    }
    const from = Number(at.seq.slice(1));
    const page = log.slice(from, from + rows);
    const ids = new Set(page.filter((each) => each.collection === collection).map(({ id }) => id));
    return {
      documents: [...ids].map((id) => wire(collection, id)),
      checkpoint: { ...epochs, at: { phase: 'tail', seq: seqAt(from + page.length) } },
      caughtUp: from + page.length === log.length,
      restarted,
      asOf: server.now(),
    };
  }

  function accept(item: { event: AuthoredEnvelope }): PushOutcome | null {
    const { event } = item;
    const judged = server.judge(event);
    if (judged === 'silence') return null;
    if (judged !== null) return judged;
    const before = eventsOf('consults', event.document);
    const same = before.find((each) => each.id === event.id);
    if (same !== undefined && isStamped(same)) {
      return canonicalEvent(same) === canonicalEvent(event)
        ? { id: event.id, outcome: 'duplicate', n: same.n, receivedAt: same.receivedAt }
        : { id: event.id, outcome: 'quarantined', code: 'other-bytes' };
    }
    if (before.length === 0 && event.type !== 'submitted') return { id: event.id, outcome: 'waiting' };
    const n = 1 + before.reduce((highest, each) => Math.max(highest, each.n ?? 0), 0);
    const stamped = { ...event, n, receivedAt: server.now(), via: 'session', seal: 'test-seal' };
    put('consults', event.document, { kind: 'consult', id: event.document, events: [...before, stamped] });
    return { id: event.id, outcome: 'accepted', n, receivedAt: stamped.receivedAt };
  }

  function answer(path: string, body: never): unknown {
    const asOf = server.now();
    switch (path) {
      case 'pull':
        return pull(body);
      case 'push':
        return {
          outcomes: (body as { items: never[] }).items.map(accept).filter((each) => each !== null),
          asOf,
        };
      case 'state': {
        const { collection, count, digest } = body as {
          collection: CollectionName;
          count: number;
          digest: string;
        };
        const mine = held(collection);
        return { agrees: mine.length === count && digestOf(mine) === digest, count: mine.length, asOf };
      }
      case 'compare':
        return { ...compare(body), asOf };
      case 'documents': {
        const { collection, ids } = body as { collection: CollectionName; ids: string[] };
        return { documents: ids.map((id) => wire(collection, id)), asOf };
      }
      case 'offer':
        return { taken: offer(body), asOf };
      case 'receipts':
        return { outcomes: (body as { ids: string[] }).ids.map(receipt), asOf };
      default:
        return null;
    }
  }

  function compare(body: { collection: CollectionName; held: [string, string][] }) {
    const theirs = new Map(body.held);
    const mine = new Map(held(body.collection));
    const unknown = [...theirs.keys()].filter((id) => !mine.has(id));
    const lost = unknown.filter(
      (id) => !documents[body.collection].has(id) && server.storeEpoch !== 'store-1',
    );
    return {
      fetch: [...mine].filter(([id, version]) => theirs.get(id) !== version).map(([id]) => id),
      drop: unknown.filter((id) => !lost.includes(id)),
      offerBack: lost,
    };
  }

  function offer(body: { collection: CollectionName; documents: { id: string; events: HeldEvent[] }[] }) {
    return body.documents.map(({ id, events }) => {
      const before = eventsOf(body.collection, id);
      const fit = events.filter((event) => event.seal === 'test-seal');
      const added = fit.filter((event) => !before.some((each) => each.id === event.id));
      if (added.length > 0) {
        const all = [...before, ...added].sort((a, b) => (a.n ?? 0) - (b.n ?? 0));
        put(body.collection, id, { kind: 'consult', id, events: all });
      }
      const refused = events.filter((event) => !fit.includes(event)).map((event) => event.id);
      return { id, restored: added.length, refused };
    });
  }

  function receipt(id: string): PushOutcome | null {
    for (const [document] of documents.consults) {
      const event = eventsOf('consults', document).find((each) => each.id === id);
      if (event !== undefined && isStamped(event)) {
        return { id, outcome: 'accepted', n: event.n, receivedAt: event.receivedAt };
      }
    }
    return null;
  }

  const headers = (contentType: string): Record<string, string> => ({
    'content-type': contentType,
    [serverHeader]: '1',
    [protocolHeader]: '1',
    [nowHeader]: server.now(),
  });

  function stream(signal: AbortSignal | null | undefined): Response {
    const encoder = new TextEncoder();
    let mine: OpenStream | null = null;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        mine = {
          send: (text) => controller.enqueue(encoder.encode(text)),
          end: () => controller.close(),
        };
        streams.add(mine);
        const hello = {
          type: 'hello',
          storeEpoch: server.storeEpoch,
          scopeEpoch: server.scopeEpoch,
          asOf: server.now(),
        };
        mine.send(`data: ${JSON.stringify(hello)}\n\n`);
        signal?.addEventListener('abort', () => {
          if (mine !== null && streams.delete(mine))
            controller.error(new DOMException('aborted', 'AbortError'));
        });
      },
    });
    return new Response(body, { headers: headers('text/event-stream') });
  }

  async function serve(url: string, init: RequestInit): Promise<Response> {
    const path = url.slice(url.lastIndexOf('/') + 1);
    const body = (typeof init.body === 'string' ? JSON.parse(init.body) : null) as never;
    asked.push({ path, body });
    await Promise.resolve();
    if (init.signal?.aborted === true) throw new DOMException('aborted', 'AbortError');
    const fault = server.fault({ path, body });
    if (fault === 'no-network') throw new TypeError('fetch failed');
    if (fault instanceof Response) return fault;
    if (path === 'stream') return stream(init.signal);
    const answered = answer(path, body);
    if (fault === 'drop') throw new TypeError('connection lost');
    return new Response(JSON.stringify(answered), { headers: headers('application/json') });
  }

  return server;
}
export type TestServer = ReturnType<typeof createTestServer>;

/** An answer of our server that is a refusal. */
export function problem(
  server: TestServer,
  status: number,
  code: string,
  extra: Record<string, string> = {},
): Response {
  const body = { type: 'about:blank', title: code, status, code, requestId: 'r' };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      [serverHeader]: '1',
      [nowHeader]: server.now(),
      ...extra,
    },
  });
}

/** What a hotel Wi-Fi says to everything: 200, and a page to sign in. */
export const captivePortal = (): Response =>
  new Response('<html><body>Welcome to our Wi-Fi</body></html>', {
    status: 200,
    headers: { 'content-type': 'text/html' },
  });
