import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keysFrom, makeSecret, type Keys } from '#server/keys/keys.ts';

const names = ['SESSION_KEY', 'SEAL_KEY', 'PARCEL_KEY', 'VAPID_PRIVATE_KEY'] as const;
type Texts = Readonly<Record<(typeof names)[number], string>>;

/** Made once by the test, read by every server that it starts over the folder. */
export async function makeKeys(folder: string): Promise<void> {
  const texts = Object.fromEntries(names.map((name) => [name, makeSecret(name)]));
  await writeFile(join(folder, 'secrets.json'), JSON.stringify(texts), { mode: 0o600 });
}

export const keysIn = async (folder: string): Promise<Keys> =>
  keysFrom(JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8')) as Texts);
