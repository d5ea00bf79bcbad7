import type { DeviceId } from '#shared/lib/id.ts';
import { maxEventBytes } from '#shared/event/envelope.ts';
import { utf8Bytes } from '#shared/event/size.ts';
import { msBetween, type Clock, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { ParcelKey } from '#shared/parcel/protocol.ts';
import type { Grant } from '#shared/parcel/signing.ts';
import { saveFailure } from '$lib/db/save-failure.ts';
import type { UnlockedKeys } from '$lib/keys/keyrings.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';
import type { SaveFailure } from '$lib/tablet/tablet.ts';
import type { KeptParcel, KeptSigningKey } from './kept.ts';
import type { ParcelApi } from './parcel-api.ts';
import type { ParcelStore } from './parcel-store.ts';
import { sealParcel } from './seal.ts';
import { proofOf, signEvent, type SigningKey } from './signing.ts';
import { newSigningKey, unwrapSigningKey } from './wrapped-key.ts';

/**
 * The second copy of everything a person writes: signed, sealed to the server, in the device outbox. Without a grant (the server has not
 * answered since the key was made) what is written is neither signed nor sealed: it waits for its author's own session alone.
 */
export interface OwnParcels {
  /** Signs the event and puts its parcel by, not to be sent yet. Nothing is put by when it fails. */
  put(entry: OutboxEntry): Promise<Result<OutboxEntry, SaveFailure>>;
  /** The event lies in its author's outbox: its parcel may be sent. */
  written(id: string): Promise<void>;
  /** It does not, after all. */
  dropped(id: string): Promise<void>;
  /** These have left the outbox, or the server has accepted them: nobody else needs to bring them. */
  delivered(ids: readonly string[]): Promise<void>;
  /**
   * Sees to it that everything in this person's outbox has its parcel, and that what only the device outbox has is brought: after the app died in
   * between, parcels were lost, or their records were damaged or begun anew.
   */
  compare(outbox: readonly OutboxEntry[]): Promise<void>;
  /** Registers the signing key, or renews it. Never rejects; asked for again when the network comes back. */
  register(): Promise<void>;
  /** Goes with every push. */
  grant(): Grant | null;
}

export interface OwnParcelsParts {
  readonly store: ParcelStore;
  readonly api: Pick<ParcelApi, 'register'>;
  readonly keys: UnlockedKeys;
  readonly device: DeviceId;
  /** null: signed in nowhere here. */
  readonly slot: () => number | null;
  readonly clock: Clock;
}

/** Another window may be between its two writes. */
const underWayMs = 60_000;
function isOfNow(at: Instant, now: Instant): boolean {
  const sinceMs = msBetween(at, now);
  return sinceMs >= 0 && sinceMs < underWayMs;
}

export async function openOwnParcels(parts: OwnParcelsParts): Promise<OwnParcels> {
  const { store, keys, device, clock } = parts;
  const { person } = keys;
  let signing: { readonly key: SigningKey; readonly kept: KeptSigningKey } | null = null;
  let serverKey: ParcelKey | null = null;
  let isFresh = false;

  async function makeKey(endsEarlier: boolean): Promise<void> {
    signing = await newSigningKey(keys, device, endsEarlier);
    await store.keepSigningKey(signing.kept);
  }
  async function load(): Promise<void> {
    serverKey = await store.serverKey();
    const kept = await store.signingKey(person);
    const key = kept === null || kept.device !== device ? null : await unwrapSigningKey(kept, keys);
    if (kept !== null && key !== null) signing = { key, kept };
    else await makeKey(kept !== null);
  }
  // A device outbox that does not answer must not keep a person from their records.
  await load().catch(() => undefined);

  const usable = (): { key: SigningKey; grant: Grant; serverKey: ParcelKey } | null =>
    signing === null || signing.kept.grant === null || serverKey === null
      ? null
      : { key: signing.key, grant: signing.kept.grant, serverKey };

  async function sealed(entry: OutboxEntry, state: KeptParcel['state']): Promise<KeptParcel | null> {
    const now = usable();
    if (now === null || entry.event.sig === undefined) return null;
    const parcel = await sealParcel({ v: 1, event: entry.event, grant: now.grant }, now.serverKey);
    return {
      v: 1,
      id: entry.id,
      person,
      state,
      at: clock.now(),
      parcel,
      origin: { type: 'written', offsetMs: entry.offsetAtWritingMs, under: keys.keyId },
      verdict: null,
    };
  }
  /** What the next start puts right needs no word now. */
  const later = (work: Promise<void>): Promise<void> => work.catch(() => undefined);

  async function registerNow(): Promise<void> {
    const slot = parts.slot();
    if (slot === null) return;
    if (signing === null) await load();
    if (signing === null) return;
    const { key, kept } = signing;
    const answer = await parts.api.register(slot, {
      publicKey: key.publicKey,
      proof: await proofOf(key, { person, device }),
      endsEarlier: kept.endsEarlier,
    });
    if (!answer.ok) {
      const { error } = answer;
      // The server has ended this key for good: another one is made, and asked about next time.
      if (error.type === 'refused' && error.status === 409) await makeKey(false);
      return;
    }
    const { grant, key: toSealTo } = answer.value.body;
    if (grant.publicKey !== key.publicKey) return;
    signing = { key, kept: { ...kept, grant, endsEarlier: false } };
    serverKey = toSealTo;
    await store.keepServerKey(toSealTo);
    await store.keepSigningKey(signing.kept);
    isFresh = true;
  }
  let registering: Promise<void> | null = null;

  return {
    async put(entry) {
      const now = usable();
      if (now === null) return ok(entry);
      const signed: OutboxEntry = { ...entry, event: await signEvent(now.key, entry.event) };
      const bytes = utf8Bytes(JSON.stringify(signed.event));
      if (bytes > maxEventBytes) return err({ type: 'too-large', bytes, maxBytes: maxEventBytes });
      try {
        const parcel = await sealed(signed, 'held');
        if (parcel !== null) await store.put([parcel]);
        return ok(signed);
      } catch (error) {
        return err(saveFailure(error));
      }
    },
    written: (id) =>
      later(
        store.change([id], (held) =>
          held.state === 'held' ? { ...held, state: 'ready', at: clock.now() } : undefined,
        ),
      ),
    dropped: (id) => later(store.remove([id])),
    delivered: (ids) => later(store.change(ids, (held) => (held.person === person ? null : undefined))),
    compare: (outbox) =>
      later(
        (async () => {
          const waiting = new Map(
            outbox.filter(({ accepted }) => accepted === null).map((entry) => [entry.id, entry]),
          );
          const own = (await store.parcels()).filter((held) => held.person === person);
          await store.change(
            own.map(({ id }) => id),
            (held) => {
              const isHere = waiting.has(held.id);
              switch (held.state) {
                case 'held':
                  if (isHere) return { ...held, state: 'ready' };
                  // Of records that nobody can open any more it is not known whether it was in their outbox.
                  if (held.origin.type === 'written' && held.origin.under !== keys.keyId)
                    return { ...held, state: 'alone' };
                  return isOfNow(held.at, clock.now()) ? undefined : null;
                case 'ready':
                  // Perhaps delivered, and the app died before it was noted; perhaps the outbox was damaged: it is brought, never dropped.
                  return isHere ? undefined : { ...held, state: 'alone' };
                case 'alone':
                  return isHere ? { ...held, state: 'ready' } : undefined;
                case 'gone':
                  return isHere ? undefined : null;
              }
            },
          );
          const there = new Set(own.map(({ id }) => id));
          for (const entry of waiting.values()) {
            const parcel = there.has(entry.id) ? null : await sealed(entry, 'ready');
            if (parcel !== null) await store.put([parcel]);
          }
        })(),
      ),
    async register() {
      if (isFresh) return;
      registering ??= later(registerNow()).finally(() => (registering = null));
      await registering;
    },
    grant: () => signing?.kept.grant ?? null,
  };
}
