import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '#server/compose.ts';
import { keysFrom, makeSecret, openKeys } from '#server/keys/keys.ts';
import { createSealer } from '#server/keys/sealer.ts';
import { secretFileName, secretNames, type SecretName } from '#server/keys/secret-names.ts';
import { weaknessOf } from '#server/keys/secret-strength.ts';
import type { DocumentStore } from '#server/store/port.ts';
import { instant } from '#shared/lib/instant.ts';

let folder: string;
let store: DocumentStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hc-keys-'));
  store = await openStore(
    { type: 'embedded', folder: join(folder, 'store') },
    new URL('../../../couchdb', import.meta.url).pathname,
  );
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});
const secretsFolder = () => join(folder, 'secrets');
const open = (given = {}, mayMake = true) =>
  openKeys({ meta: store.database('meta'), given, mayMake, folder: secretsFolder() });
const saved = () =>
  Object.fromEntries(
    secretNames.map((name) => [
      name,
      readFileSync(join(secretsFolder(), secretFileName(name)), 'utf8').trim(),
    ]),
  ) as Record<SecretName, string>;

describe('the server’s keys', () => {
  it('OPS-1 are made at the first start, for the owner’s eyes only', async () => {
    const keys = await open();
    expect(keys.ok && keys.value).toEqual(keysFrom(saved()));
    expect(readdirSync(secretsFolder()).sort()).toEqual(secretNames.map(secretFileName).sort());
    expect(statSync(secretsFolder()).mode & 0o777).toBe(0o700);
    for (const name of secretNames)
      expect(statSync(join(secretsFolder(), secretFileName(name))).mode & 0o777).toBe(0o600);
  });

  it('are the same at the next start', async () => {
    const first = await open();
    const second = await open(saved());
    expect(second).toEqual(first);
  });

  it('refuse a store that knows others, naming which', async () => {
    await open();
    const other = {
      ...saved(),
      SEAL_KEY: makeSecret('SEAL_KEY'),
      VAPID_PRIVATE_KEY: makeSecret('VAPID_PRIVATE_KEY'),
    };
    expect(await open(other)).toEqual({
      ok: false,
      error: { type: 'secrets-differ', names: ['SEAL_KEY', 'VAPID_PRIVATE_KEY'] },
    });
  });

  it('are never made anew for a store that had them', async () => {
    await open();
    const { SESSION_KEY: _lost, ...rest } = saved();
    expect(await open(rest)).toEqual({
      ok: false,
      error: { type: 'secrets-missing', names: ['SESSION_KEY'] },
    });
  });

  it('are not made where they must be given', async () => {
    expect(await open({}, false)).toEqual({
      ok: false,
      error: { type: 'secrets-missing', names: [...secretNames] },
    });
  });

  it('leave nothing secret in the store', async () => {
    await open();
    const rows = JSON.stringify(
      await store.database('meta').scan({ startKey: '', limit: 100, includeDocs: true }),
    );
    for (const text of Object.values(saved())) expect(rows).not.toContain(text);
  });

  it('are strong whenever they are made', () => {
    for (let time = 0; time < 50; time++)
      for (const name of secretNames) expect(weaknessOf(name, makeSecret(name))).toBeNull();
  });
});

describe('seals', () => {
  const stamps = { n: 3, receivedAt: instant('2026-03-02T08:00:00.000Z'), via: 'session' as const };

  it('fit the bytes and stamps they were made for, under their key', () => {
    const [ours, other] = [createSealer(Buffer.alloc(32, 1)), createSealer(Buffer.alloc(32, 2))];
    const seal = ours.seal('{"a":1}', stamps);
    expect(ours.verify('{"a":1}', stamps, seal)).toBe(true);
    expect(ours.verify('{"a":2}', stamps, seal)).toBe(false);
    expect(ours.verify('{"a":1}', { ...stamps, n: 4 }, seal)).toBe(false);
    expect(ours.verify('{"a":1}', { ...stamps, via: 'import' }, seal)).toBe(false);
    expect(other.verify('{"a":1}', stamps, seal)).toBe(false);
    expect(seal.length).toBeLessThanOrEqual(128);
  });

  it('no other text passes for one', () => {
    const sealer = createSealer(Buffer.alloc(32, 1));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String().map((text) => `v1.${text}`),
        ),
        (text) => {
          expect(sealer.verify('{}', stamps, text)).toBe(false);
        },
      ),
    );
  });
});
