import { IDBFactory } from 'fake-indexeddb';
import { keysOf } from '$lib/keys/data-key.ts';
import { openOwnParcels, type OwnParcels } from '$lib/parcels/own-parcels.ts';
import type { ParcelApi, ParcelFailure } from '$lib/parcels/parcel-api.ts';
import { createParcelStore, type ParcelStore } from '$lib/parcels/parcel-store.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import { addMs, instant, type Instant } from '#shared/lib/instant.ts';
import { err, ok } from '#shared/lib/result.ts';
import { bytesToBase64url } from '#shared/lib/base64url.ts';
import type { CarriedParcel, ParcelKey, ParcelVerdict } from '#shared/parcel/protocol.ts';
import type { Grant, SigningKeyRequest } from '#shared/parcel/signing.ts';
import { authored, eventId, people, uuidOf } from '#tests/builders.ts';

export const device = uuidOf('device ward') as DeviceId;
export const start = instant('2026-03-02T08:00:00.000Z');
export const dataKey = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(32).map((_, at) => (name.charCodeAt(at % name.length) * 7 + at) % 256);

export interface FakeServer extends ParcelApi {
  /** Bundles as they came. */
  readonly bundles: CarriedParcel[][];
  readonly registered: SigningKeyRequest[];
  verdicts: (parcel: CarriedParcel) => ParcelVerdict;
  failure: ParcelFailure | null;
  /** Of registering alone. */
  registering: ParcelFailure | null;
  /** Server clock minus device clock. */
  offsetMs: number;
}

export async function fakeServer(now: () => Instant): Promise<FakeServer> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const key: ParcelKey = {
    id: '0123456789abcdef.7',
    publicKey: bytesToBase64url(point),
    until: addMs(start, 1e9),
  };
  const server: FakeServer = {
    bundles: [],
    registered: [],
    verdicts: () => 'taken',
    failure: null,
    registering: null,
    offsetMs: 0,
    key: () => Promise.resolve(server.failure !== null ? err(server.failure) : answered({ key })),
    bring(parcels) {
      if (server.failure !== null) return Promise.resolve(err(server.failure));
      server.bundles.push([...parcels]);
      return Promise.resolve(
        answered({ verdicts: parcels.map((one) => server.verdicts(one)), key, asOf: now() }),
      );
    },
    register(_slot, request) {
      const failure = server.failure ?? server.registering;
      if (failure !== null) return Promise.resolve(err(failure));
      server.registered.push(request);
      const grant: Grant = {
        v: 1,
        person: people.requester.id,
        device,
        keyId: '0'.repeat(32),
        publicKey: request.publicKey,
        from: now(),
        until: addMs(now(), 1e9),
        mac: 'mac',
      };
      return Promise.resolve(answered({ grant, key, asOf: now() }));
    },
  };
  const answered = <T>(body: T) => ok({ body, serverNow: addMs(now(), server.offsetMs) });
  return server;
}

/** One tablet: a device outbox, a clock, a server. */
export interface Device {
  readonly factory: IDBFactory;
  readonly store: ParcelStore;
  readonly server: FakeServer;
  clock: { now: () => Instant; advance(ms: number): void };
  own(person?: PersonId, options?: { dataKey?: string; slot?: number | null }): Promise<OwnParcels>;
}

export async function openDevice(): Promise<Device> {
  let now = start;
  const clock = { now: () => now, advance: (ms: number) => void (now = addMs(now, ms)) };
  const factory = new IDBFactory();
  const store = createParcelStore(factory);
  const server = await fakeServer(clock.now);
  return {
    factory,
    store,
    server,
    clock,
    own: async (person = people.requester.id, { dataKey: name = person, slot = 0 } = {}) =>
      openOwnParcels({
        store,
        api: server,
        keys: await keysOf(person, dataKey(name)),
        device,
        slot: () => slot,
        clock,
      }),
  };
}

export function entry(name: string, over: Partial<OutboxEntry> = {}): OutboxEntry {
  const event: HeldEvent = authored('message-posted', { text: name }, { id: eventId(name), device });
  return {
    id: event.id,
    document: event.document,
    kind: 'consult',
    order: 1,
    event,
    accepted: null,
    offsetAtWritingMs: 0,
    ...over,
  };
}
