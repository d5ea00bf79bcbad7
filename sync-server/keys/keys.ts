import { createECDH, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database } from '#server/store/port.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { secretFileName, secretNames, type SecretName, type SecretTexts } from './secret-names.ts';
import { secretBytes, secretFromText } from './secret-strength.ts';

export interface Keys {
  readonly session: Uint8Array;
  readonly seal: Uint8Array;
  readonly parcel: Uint8Array;
  /** Uncompressed point and scalar, base64url, as Web Push wants them. */
  readonly vapid: { readonly publicKey: string; readonly privateKey: string };
}

/** What the store keeps to recognise the keys by; nothing can be done with it but compare. */
export type KeyChecks = Readonly<Record<SecretName, string>>;

export const keyChecksId = 'key-checks';
const keyChecksSchema = z.looseObject({
  kind: z.literal('key-checks'),
  checks: z.record(z.enum(secretNames), z.string()),
});

export type KeyFault =
  | { readonly type: 'secrets-missing'; readonly names: readonly SecretName[] }
  | { readonly type: 'secrets-differ'; readonly names: readonly SecretName[] };

const publicKeyOf = (privateKey: Buffer): string => {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(privateKey);
  return curve.getPublicKey('base64url');
};

function bytesOf(text: string): Buffer {
  const bytes = secretFromText(text);
  if (bytes?.length !== secretBytes) throw new Error('a secret is not 32 bytes of base64url');
  return bytes;
}

function checkOf(name: SecretName, text: string): string {
  const bytes = bytesOf(text);
  if (name === 'VAPID_PRIVATE_KEY') return publicKeyOf(bytes);
  return createHmac('sha256', bytes).update(`hospital-consult key check ${name}`).digest('base64url');
}

export const checksOf = (texts: Readonly<Record<SecretName, string>>): KeyChecks =>
  Object.fromEntries(secretNames.map((name) => [name, checkOf(name, texts[name])])) as Record<
    SecretName,
    string
  >;

export function keysFrom(texts: Readonly<Record<SecretName, string>>): Keys {
  const vapid = bytesOf(texts.VAPID_PRIVATE_KEY);
  return {
    session: bytesOf(texts.SESSION_KEY),
    seal: bytesOf(texts.SEAL_KEY),
    parcel: bytesOf(texts.PARCEL_KEY),
    vapid: { publicKey: publicKeyOf(vapid), privateKey: vapid.toString('base64url') },
  };
}

/** A new secret as text. Every 32 bytes below the order of P-256 are a private key; nearly all are. */
export function makeSecret(name: SecretName): string {
  if (name !== 'VAPID_PRIVATE_KEY') return randomBytes(secretBytes).toString('base64url');
  const curve = createECDH('prime256v1');
  curve.generateKeys();
  // Leading zeros are cut by Node.
  return Buffer.from(curve.getPrivateKey('hex').padStart(secretBytes * 2, '0'), 'hex').toString('base64url');
}

/** Writes secrets into files only their owner can read; never over one that is there. */
export async function saveSecrets(folder: string, texts: SecretTexts): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  for (const name of secretNames) {
    const text = texts[name];
    if (text === undefined) continue;
    const file = await open(join(folder, secretFileName(name)), 'wx', 0o600);
    try {
      await file.writeFile(`${text}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** The check values in the store; null in a store that no gateway has opened yet. */
export async function storedChecks(meta: Database): Promise<Partial<KeyChecks> | null> {
  const held = await meta.get(keyChecksId);
  if (held === null) return null;
  return keyChecksSchema.parse(held.body).checks;
}

/** Puts check values in place of those there; for a store that takes over the keys of a backup. */
export async function storeChecks(meta: Database, checks: KeyChecks): Promise<void> {
  await changeDocument(meta, keyChecksId, () => ({ kind: 'key-checks', checks }));
}

const same = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
};

/**
 * The keys of this gateway, proven to be those of the store. Missing ones are made and saved in `folder` only for a store that has never
 * known any: in all other cases a new key would break every seal and session there is.
 */
export async function openKeys(deps: {
  meta: Database;
  given: SecretTexts;
  mayMake: boolean;
  folder: string;
}): Promise<Result<Keys, KeyFault>> {
  const known = await storedChecks(deps.meta);
  const missing = secretNames.filter((name) => deps.given[name] === undefined);
  const isLost = missing.some((name) => known?.[name] !== undefined);
  if (missing.length > 0 && (isLost || !deps.mayMake))
    return err({ type: 'secrets-missing', names: missing });

  const made: SecretTexts = Object.fromEntries(missing.map((name) => [name, makeSecret(name)]));
  const texts = { ...deps.given, ...made } as Record<SecretName, string>;
  const checks = checksOf(texts);
  const differing = secretNames.filter(
    (name) => known?.[name] !== undefined && !same(known[name], checks[name]),
  );
  if (differing.length > 0) return err({ type: 'secrets-differ', names: differing });

  await saveSecrets(deps.folder, made);
  if (known === null || secretNames.some((name) => known[name] === undefined)) {
    const held = await deps.meta.get(keyChecksId);
    const [outcome] = await deps.meta.write([
      { id: keyChecksId, rev: held?.rev, body: { kind: 'key-checks', checks } },
    ]);
    // Another gateway wrote first, or a cluster could not say: what stands there now decides.
    if (outcome?.type !== 'written') return openKeys({ ...deps, given: texts });
  }
  return ok(keysFrom(texts));
}
