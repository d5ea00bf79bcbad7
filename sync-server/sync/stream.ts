import type { Logger } from 'pino';
import type { Audit } from '#server/audit/audit.ts';
import type { Actor } from '#server/http/context.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import type { Clock, Instant } from '#shared/lib/instant.ts';
import type { Result } from '#shared/lib/result.ts';
import type { CollectionName } from '#shared/sync/protocol.ts';
import type { ScopeFailure } from '#shared/sync/scope.ts';
import type { Feed, News } from './feed.ts';
import type { HeldScope } from './held-scope.ts';
import { placeText } from './place.ts';
import type { Scheduler } from './scheduler.ts';
import { StreamClient } from './stream-client.ts';
import { createRounds } from './stream-rounds.ts';

const beatMs = 20_000;
/**
 * An alert is written when it is planned, when it is sent and when it is shown, within moments; everyone who has the consult is told of it once.
 * Who must act is called by the push, and reads the consult, which does not wait.
 */
const alertPauseMs = 150;
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
  /** The same for the device, whose next request is told why. Absent: none is ever revoked. */
  readonly onDeviceRevoked?: ((device: DeviceId, told: () => void) => () => void) | undefined;
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
  /** Something happened: tablets that have it in scope, or had, hear of it. */
  take(items: readonly News[]): void;
  /** Connected tablets. */
  readonly count: number;
  stop(): void;
}

class ClientsBy {
  private readonly clients = new Map<string, Set<StreamClient>>();

  of(key: string): Iterable<StreamClient> {
    return this.clients.get(key) ?? [];
  }

  put(key: string, client: StreamClient): void {
    const held = this.clients.get(key);
    if (held === undefined) this.clients.set(key, new Set([client]));
    else held.add(client);
  }

  take(key: string, client: StreamClient): void {
    const held = this.clients.get(key);
    held?.delete(client);
    if (held?.size === 0) this.clients.delete(key);
  }
}

export function createStreams(deps: StreamDeps): Streams {
  const { clock, scheduler } = deps;
  const rounds = createRounds(deps);
  const clients = new Set<StreamClient>();
  const byScopeKey = new ClientsBy();
  const bySession = new ClientsBy();
  let noticeCount = 0;
  let pausing: Set<StreamClient> | null = null;

  /** Tells them of alerts, after a pause in which more may come. */
  function wakeLater(client: StreamClient): void {
    if (scheduler.after === undefined) {
      rounds.wake(client);
      return;
    }
    if (pausing === null) {
      pausing = new Set();
      scheduler.after(alertPauseMs, () => {
        const woken = pausing ?? [];
        pausing = null;
        for (const one of woken) rounds.wake(one);
      });
    }
    pausing.add(client);
  }

  const signOut = (client: StreamClient): void => client.end({ type: 'signed-out', asOf: clock.now() });

  function tellToPull(client: StreamClient): void {
    client.forget();
    client.tell({ type: 'scope', scopeEpoch: client.scope.epoch, asOf: clock.now() });
  }

  function checkScope(client: StreamClient): void {
    const scope = deps.scopeOf(client.actor.person, clock.now());
    if (!scope.ok) {
      // A directory that is not loaded says nothing about anybody; a person who is gone has no scope.
      if (scope.error.type !== 'directory-not-loaded') signOut(client);
      return;
    }
    const isOther = scope.value.epoch !== client.scope.epoch;
    if (isOther) for (const key of client.scope.keys) byScopeKey.take(key, client);
    client.scope = scope.value;
    if (!isOther) return;
    for (const key of client.scope.keys) byScopeKey.put(key, client);
    tellToPull(client);
  }

  function checkIfDue(client: StreamClient, now: Instant): void {
    if (client.scope.changesAt !== null && client.scope.changesAt <= now) checkScope(client);
  }

  function beat(): void {
    const now = clock.now();
    const watcherLateSeconds = deps.watcherLateSeconds();
    for (const client of clients) {
      if (client.endsAt <= now) signOut(client);
      else if (++client.missedBeats > maxMissedBeats && client.hasUnreadMessages) client.close();
      else {
        checkIfDue(client, now);
        if (!client.hasUnreadMessages) client.tell({ type: 'beat', asOf: now, watcherLateSeconds });
      }
    }
  }

  /** Memberships that begin or end by themselves are looked at more often than the beat. */
  function checkDueScopes(): void {
    const now = clock.now();
    for (const client of clients) checkIfDue(client, now);
  }

  function audience({ before, after }: News): ReadonlySet<StreamClient> {
    if (before === null || after === null) return clients;
    const found = new Set<StreamClient>();
    for (const key of before) for (const client of byScopeKey.of(key)) found.add(client);
    for (const key of after) for (const client of byScopeKey.of(key)) found.add(client);
    return found;
  }

  /** What a piece of news means for a scope: the document is in it, has left it, or never was there. */
  function bearingOf({ collection, id, before }: News, scope: HeldScope): 'in' | 'left' | 'never' {
    if (deps.feed().index.standing(collection, id, scope) === 'in') return 'in';
    if (before === null) return 'left';
    for (const key of scope.keys) if (before.has(key)) return 'left';
    return 'never';
  }

  const stops = [scheduler.every(beatMs, beat), scheduler.every(1000, checkDueScopes)];

  return {
    open(actor, scope, endsAt) {
      const client = new StreamClient(
        { actor, scope, endsAt },
        {
          onReadable: (readable) => rounds.wake(readable),
          onClosed() {
            stopListening();
            stopWatching?.();
            clients.delete(client);
            for (const key of client.scope.keys) byScopeKey.take(key, client);
            bySession.take(actor.session, client);
          },
        },
      );
      const stopListening = deps.onSessionEnded(actor.session, () => signOut(client));
      const stopWatching = deps.onDeviceRevoked?.(actor.device, () => client.close());
      clients.add(client);
      for (const key of scope.keys) byScopeKey.put(key, client);
      bySession.put(actor.session, client);
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
      for (const client of bySession.of(session)) client.last.set(collection, seq);
    },

    checkScopes() {
      for (const client of clients) checkScope(client);
    },

    restarted() {
      for (const client of clients) tellToPull(client);
    },

    take(items) {
      const places = new Map<CollectionName, string>();
      for (const news of items) {
        const { collection } = news;
        let to = places.get(collection);
        if (to === undefined) {
          to = placeText(deps.feed().placeOf(collection));
          places.set(collection, to);
        }
        const notice = { number: ++noticeCount, news };
        // Tablets of one department have one scope: what the news means for it is looked up once.
        const bearings = new Map<string, 'in' | 'left' | 'never'>();
        for (const client of audience(news)) {
          let bearing = bearings.get(client.scope.epoch);
          if (bearing === undefined) {
            bearing = bearingOf(news, client.scope);
            bearings.set(client.scope.epoch, bearing);
          }
          if (bearing === 'never') continue;
          client.note(collection, to, notice, bearing === 'left');
          if (collection === 'alerts') wakeLater(client);
          else rounds.wake(client);
        }
      }
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
