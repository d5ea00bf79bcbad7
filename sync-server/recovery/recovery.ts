import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { audited, type AuditedBy } from '#server/audit/pending.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import type { ServerParts } from '#server/ops/server-module.ts';
import type { Database } from '#server/store/port.ts';
import { deviceIdSchema, personIdSchema, type DeviceId, type PersonId } from '#shared/lib/id.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';

/** Document `recovery:<device>:<person>` in `accounts`; no tablet ever reads it. */
const recoveryDocumentSchema = z.looseObject({
  kind: z.literal('recovery'),
  person: personIdSchema,
  device: deviceIdSchema,
  madeAt: instantSchema,
  /** base64url: nonce, ciphertext and tag of AES-256-GCM under a key that lies outside the store. */
  sealed: z.string(),
});

/**
 * The server's halves of what opens people's records on their devices: one random secret for each person and device. A half alone opens
 * nothing; the other half, the wrap, lies on the device.
 */
export interface Recovery {
  /** Made when it is first asked for. `by` goes into the audit with the making of it. */
  secretOf(person: PersonId, device: DeviceId, at: Instant, by?: AuditedBy): Promise<Uint8Array>;
  /**
   * Destroys everybody's halves for a device that was revoked or lost: who holds it needs the PIN or the password from then on. Answers
   * whose they were. What is already in a backup, or in a revision that the store has not compacted, is sealed.
   */
  destroyFor(device: DeviceId): Promise<readonly PersonId[]>;
}

const secretBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
/** A tablet has few people; this is a bound, not a page. */
const mostPeople = 1_000;

const prefixOf = (device: DeviceId): string => `recovery:${device}:`;

function createSecretSealer(sealKey: Uint8Array) {
  const key = Buffer.from(hkdfSync('sha256', sealKey, new Uint8Array(), 'tablet recovery secrets', 32));
  return {
    seal(id: string, secret: Uint8Array): string {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(id));
      return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      );
    },
    /** Throws when it is not what was sealed for this document. */
    open(id: string, text: string): Uint8Array {
      const bytes = Buffer.from(text, 'base64url');
      const tagAt = bytes.length - tagBytes;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
        .setAAD(Buffer.from(id))
        .setAuthTag(bytes.subarray(tagAt));
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, tagAt)), decipher.final()]);
    },
  };
}

export function createRecovery(deps: {
  readonly database: Database;
  readonly sealKey: Uint8Array;
}): Recovery {
  const { database } = deps;
  const sealer = createSecretSealer(deps.sealKey);
  return {
    async secretOf(person, device, at, by) {
      const id = prefixOf(device) + person;
      await changeDocument(database, id, (held) =>
        held === null
          ? audited(
              {
                kind: 'recovery',
                person,
                device,
                madeAt: at,
                sealed: sealer.seal(id, randomBytes(secretBytes)),
              },
              by,
              null,
            )
          : null,
      );
      const held = await database.get(id);
      if (held === null) throw new Error('the recovery secret is gone as soon as it was made');
      return sealer.open(id, recoveryDocumentSchema.parse(held.body).sealed);
    },
    async destroyFor(device) {
      const people: PersonId[] = [];
      const prefix = prefixOf(device);
      const rows = await database.scan({
        startKey: prefix,
        endKey: `${prefix}\uffff`,
        limit: mostPeople,
        includeDocs: true,
      });
      for (const { id, doc } of rows) {
        const parsed = recoveryDocumentSchema.safeParse(doc?.body);
        await removeWhole(database, id);
        if (parsed.success) people.push(parsed.data.person);
      }
      return people;
    },
  };
}

async function removeWhole(database: Database, id: string): Promise<void> {
  const leaves = await database.leaves(id);
  await database.removeLeaves(
    id,
    leaves.map(({ rev }) => rev),
  );
}

/** By this server's own store and keys; it remembers nothing, so any number may be made. */
export const recoveryOf = ({ store, keys }: Pick<ServerParts, 'store' | 'keys'>): Recovery =>
  createRecovery({ database: store.database('accounts'), sealKey: keys.seal });
