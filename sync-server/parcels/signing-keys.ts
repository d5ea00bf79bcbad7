import { createHash } from 'node:crypto';
import { z } from 'zod';
import { audited, type AuditedBy } from '#server/audit/pending.ts';
import type { Actor } from '#server/http/context.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database, StoredDocument } from '#server/store/port.ts';
import type { AuthoredEnvelope } from '#shared/event/envelope.ts';
import { base64urlToBytes } from '#shared/lib/base64url.ts';
import {
  deviceIdSchema,
  personIdSchema,
  type DeviceId,
  type EventId,
  type PersonId,
} from '#shared/lib/id.ts';
import { addMs, instantSchema, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import {
  signingKeyIdSchema,
  textToProve,
  textToSign,
  type Grant,
  type SigningKeyRequest,
} from '#shared/parcel/signing.ts';
import type { Grants } from './grants.ts';
import { isSignedBy, signingKeyFrom } from './signature.ts';

/** Document `signing-key:<person>:<device>:<key id>` among the accounts: a public key, and until when it is believed. */
const signingKeySchema = z.looseObject({
  kind: z.literal('signing-key'),
  person: personIdSchema,
  device: deviceIdSchema,
  keyId: signingKeyIdSchema,
  publicKey: z.string(),
  from: instantSchema,
  until: instantSchema,
  /** The server's clock. What arrives later is set aside, whenever it says it was signed. */
  revokedAt: instantSchema.nullable(),
});
type SigningKey = z.infer<typeof signingKeySchema>;

export interface KeyOwner {
  readonly person: PersonId;
  readonly device: DeviceId;
}

/** Which signatures are believed. */
export interface Signatures {
  /**
   * Of these events of one person on one device, the ids of those whose signature is good under a key believed at `at`. `grants`: those that came
   * along with them, for keys that the store does not know.
   */
  proven(
    owner: KeyOwner,
    events: readonly AuthoredEnvelope[],
    at: Instant,
    grants?: readonly Grant[],
  ): Promise<ReadonlySet<EventId>>;
}

export interface SigningKeys extends Signatures {
  /** Believes a key from now on, or for longer. `ended`: it was ended, and stays so; `not-proven`: it is no key, or not the sender's. */
  register(
    actor: Actor,
    request: SigningKeyRequest,
  ): Promise<Result<Grant, { readonly type: 'ended' | 'not-proven' }>>;
  /** Ends the keys of a person, on one device or (null) on all. Those that have ended stay as they are. */
  end(owner: { person: PersonId; device: DeviceId | null }, at: Instant, by?: AuditedBy): Promise<void>;
}

/** Registering again renews it; every online session does. */
const believedMs = 365 * 24 * 60 * 60_000;
/** Nobody needs more than the present one and a few whose work is under way. */
const mostLiving = 8;
const mostRead = 200;

const prefixOf = (person: PersonId, device: DeviceId | null): string =>
  device === null ? `signing-key:${person}:` : `signing-key:${person}:${device}:`;
const idOf = ({ person, device, keyId }: KeyOwner & { keyId: string }): string =>
  `${prefixOf(person, device)}${keyId}`;

function signingKeyIdOf(publicKey: string): string {
  const bytes = base64urlToBytes(publicKey) ?? new Uint8Array();
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

const parseKey = (stored: StoredDocument | null | undefined): SigningKey | null => {
  const parsed = signingKeySchema.safeParse(stored?.body);
  return parsed.success ? parsed.data : null;
};

const isBelieved = (key: Pick<SigningKey, 'revokedAt' | 'until'>, at: Instant): boolean =>
  key.revokedAt === null && at < key.until;

export function createSigningKeys(deps: { accounts: Database; grants: Grants }): SigningKeys {
  const { accounts, grants } = deps;

  async function keysOf(person: PersonId, device: DeviceId | null): Promise<SigningKey[]> {
    const prefix = prefixOf(person, device);
    const rows = await accounts.scan({
      startKey: prefix,
      endKey: `${prefix}~`,
      limit: mostRead,
      includeDocs: true,
    });
    return rows.flatMap(({ doc }) => parseKey(doc) ?? []);
  }

  async function endOne(key: SigningKey, at: Instant, by: AuditedBy | undefined): Promise<void> {
    await changeDocument(accounts, idOf(key), (held) => {
      const now = parseKey(held);
      if (now === null || now.revokedAt !== null) return null;
      return audited({ ...held?.body, revokedAt: at }, by, held?.body ?? null);
    });
  }

  return {
    async register(actor, { publicKey, proof, endsEarlier }) {
      const { person, device, at } = actor;
      const key = signingKeyFrom(publicKey);
      if (key === null || !isSignedBy(key, textToProve({ person, device, publicKey }), proof))
        return err({ type: 'not-proven' });
      const keyId = signingKeyIdOf(publicKey);
      const id = idOf({ person, device, keyId });
      const until = addMs(at, believedMs);
      const by = { actor, act: { action: 'signing-key.register', subjects: [id] } };
      let from = at;
      const written = await changeDocument(accounts, id, (held) => {
        const before = parseKey(held);
        if (before !== null && before.revokedAt !== null) return null;
        from = before?.from ?? at;
        const body = { kind: 'signing-key', person, device, keyId, publicKey, from, until, revokedAt: null };
        // Renewing it says nothing new, and happens at every sign-in.
        return before === null
          ? audited(body, by, held?.body ?? null)
          : { ...held?.body, until, revokedAt: null };
      });
      if (written === null) return err({ type: 'ended' });
      const others = (await keysOf(person, device))
        .filter((other) => other.keyId !== keyId && other.revokedAt === null)
        .sort((a, b) => (a.until < b.until ? 1 : -1));
      for (const other of endsEarlier ? others : others.slice(mostLiving - 1)) {
        const act = { action: 'signing-key.end', subjects: [idOf(other)] };
        await endOne(other, at, { actor, act });
      }
      return ok(grants.sign({ v: 1, person, device, keyId, publicKey, from, until }));
    },

    async end({ person, device }, at, by) {
      for (const key of await keysOf(person, device)) await endOne(key, at, by);
    },

    async proven(owner, events, at, brought = []) {
      const signed = events.filter(({ sig }) => sig !== undefined);
      if (signed.length === 0) return new Set();
      const stored = await keysOf(owner.person, owner.device);
      const known = new Set(stored.map(({ keyId }) => keyId));
      const forgotten = brought.filter(
        (grant) =>
          !known.has(grant.keyId) &&
          grant.person === owner.person &&
          grant.device === owner.device &&
          at < grant.until &&
          grants.isOurs(grant),
      );
      const publicKeys = new Set(
        [...stored.filter((key) => isBelieved(key, at)), ...forgotten].map(({ publicKey }) => publicKey),
      );
      const keys = [...publicKeys].flatMap((publicKey) => signingKeyFrom(publicKey) ?? []);
      return new Set(
        signed
          .filter(({ author, device }) => author === owner.person && device === owner.device)
          .filter((event) => {
            const text = textToSign(event);
            return keys.some((key) => isSignedBy(key, text, event.sig ?? ''));
          })
          .map(({ id }) => id),
      );
    },
  };
}
