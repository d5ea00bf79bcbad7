import { personIdSchema, type PersonId } from '#shared/lib/id.ts';

/** A tap on a notification: whom it called and where it leads. `person` null: an older message did not say. */
export interface Call {
  readonly person: PersonId | null;
  readonly path: string;
}

const inApp = /^\/(?![/\\])/;

/** A message of the service worker; null: something else, or it would lead out of the app. */
export function callOfMessage(data: unknown): Call | null {
  if (typeof data !== 'object' || data === null || !('type' in data) || data.type !== 'open') return null;
  if (!('path' in data) || typeof data.path !== 'string' || !inApp.test(data.path)) return null;
  const person = personIdSchema.safeParse('person' in data ? data.person : undefined);
  return { person: person.success ? person.data : null, path: data.path };
}

const prefix = '#for=';

/** The address a closed app is opened at. Behind the `#`, because that is never sent to a server. */
export const addressOfCall = ({ person, path }: Call): string =>
  person === null ? path : `${path}${prefix}${person}`;

/** null: the app was not opened by a notification. */
export function callOfAddress({
  pathname,
  search,
  hash,
}: {
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
}): Call | null {
  if (!hash.startsWith(prefix)) return null;
  const person = personIdSchema.safeParse(hash.slice(prefix.length));
  return person.success ? { person: person.data, path: pathname + search } : null;
}
