import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeSecret } from '#server/keys/keys.ts';
import { secretNames, type SecretTexts } from '#server/keys/secret-names.ts';

/** The same for every start on one folder. */
export async function secretsOf(folder: string): Promise<SecretTexts> {
  const path = join(folder, 'secrets.json');
  if (!existsSync(path)) {
    await mkdir(folder, { recursive: true });
    const made = Object.fromEntries(secretNames.map((name) => [name, makeSecret(name)]));
    await writeFile(path, JSON.stringify(made), { mode: 0o600 });
  }
  return JSON.parse(await readFile(path, 'utf8')) as SecretTexts;
}
