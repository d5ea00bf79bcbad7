import { basename, dirname } from 'node:path';
import { databaseNames } from '#server/store/port.ts';

/** Databases of the bench are the run's own, named after its folder. */
export const couchPrefixOf = (folder: string): string =>
  `${basename(dirname(folder))}-${basename(folder)}-`.toLowerCase().replace(/[^a-z0-9-]/g, '-');

/** Throws away what a fixture left in CouchDB. */
export async function removeCouchDatabases(couchdbUrl: string, folder: string): Promise<void> {
  const url = new URL(couchdbUrl);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const name = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers = { authorization: `Basic ${Buffer.from(name).toString('base64')}` };
  for (const database of databaseNames) {
    const answer = await fetch(new URL(`/${couchPrefixOf(folder)}${database}`, url), {
      method: 'DELETE',
      headers: username === '' ? {} : headers,
    });
    await answer.arrayBuffer();
  }
}
