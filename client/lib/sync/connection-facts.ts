import { msBetween, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { CollectionName } from '#shared/sync/protocol.ts';
import type { Connection, Live } from '$lib/tablet/tablet.ts';
import { createLive } from '$lib/tablet/live.ts';
import type { ClockOffset } from './clock-offset.ts';
import type { Answer, ServerFailure } from './server-port.ts';

/** Longer than three beats of the stream: something may have come that this tablet did not hear. */
const silenceMs = 60_000;

export const noConnection: Connection = {
  confirmedAt: null,
  streaming: false,
  signInNeeded: false,
  clockOffsetMs: null,
  lastFullSyncAt: null,
  perCollection: {
    consults: { caughtUp: false, count: 0 },
    patients: { caughtUp: false, count: 0 },
    directory: { caughtUp: false, count: 0 },
    alerts: { caughtUp: false, count: 0 },
  },
  trouble: null,
  watcherLateSeconds: 0,
};

export interface ConnectionFacts {
  readonly live: Live<Connection>;
  readonly get: () => Connection;
  /** Notes what any answer of the server says: it was reached, we are signed in, its clock. */
  answered(answer: Answer<unknown>): void;
  failed(failure: ServerFailure): void;
  heard(asOf: Instant): void;
  streaming(streaming: boolean): void;
  watcherLate(seconds: number): void;
  storage(failing: boolean): void;
  collection(name: CollectionName, caughtUp: boolean, count: number): void;
  fullySynced(at: Instant): void;
  /** Shows what another window, which does the talking, knows. */
  adopt(connection: Connection): void;
}

function troubleOf(failure: ServerFailure): Connection['trouble'] {
  switch (failure.type) {
    case 'signed-out':
      return 'signed-out';
    case 'not-our-server':
      return 'not-our-server';
    case 'update-needed':
      return 'update-needed';
    case 'no-answer':
    case 'unavailable':
      return 'no-answer';
    case 'refused':
    case 'too-large':
      // The server is there and answered us; what it refused shows at the item.
      return null;
  }
}

export function createConnectionFacts(
  remembered: Connection,
  clock: Clock,
  offset: ClockOffset,
): ConnectionFacts {
  const live = createLive<Connection>(remembered);
  let storageFailing = false;

  function update(change: Partial<Connection>): void {
    const next = { ...live.get(), ...change };
    const trouble = storageFailing
      ? 'storage-failing'
      : next.trouble === 'storage-failing'
        ? null
        : next.trouble;
    live.set({ ...next, trouble });
  }

  /**
   * After a silence the first answer is about one thing: what had been fetched to its end before may have grown meanwhile, and
   * each collection counts as caught up again only when the server has said so anew.
   */
  function afterSilence(at: Instant): Partial<Connection> {
    const { confirmedAt, perCollection } = live.get();
    if (confirmedAt === null || msBetween(confirmedAt, at) <= silenceMs) return {};
    const unsure = (name: CollectionName): { readonly caughtUp: boolean; readonly count: number } => ({
      caughtUp: false,
      count: perCollection[name].count,
    });
    return {
      perCollection: {
        consults: unsure('consults'),
        patients: unsure('patients'),
        directory: unsure('directory'),
        alerts: unsure('alerts'),
      },
    };
  }

  return {
    live,
    get: live.get,
    answered({ serverNow, roundTripMs }) {
      offset.measure(serverNow, clock.now(), roundTripMs);
      update({
        ...afterSilence(serverNow),
        confirmedAt: serverNow,
        signInNeeded: false,
        clockOffsetMs: offset.current(),
        trouble: null,
      });
    },
    failed(failure) {
      const trouble = troubleOf(failure);
      update(failure.type === 'signed-out' ? { trouble, signInNeeded: true } : { trouble });
    },
    heard: (asOf) => update({ ...afterSilence(asOf), confirmedAt: asOf }),
    streaming: (streaming) => update({ streaming }),
    watcherLate: (watcherLateSeconds) => update({ watcherLateSeconds }),
    storage(failing) {
      storageFailing = failing;
      update({});
    },
    collection(name, caughtUp, count) {
      update({ perCollection: { ...live.get().perCollection, [name]: { caughtUp, count } } });
    },
    fullySynced: (lastFullSyncAt) => update({ lastFullSyncAt }),
    adopt: (connection) => live.set(connection),
  };
}
