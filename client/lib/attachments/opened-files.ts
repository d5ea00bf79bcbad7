import type { Tablet } from '$lib/tablet/tablet.ts';
import type { Files } from './files.ts';

/** The files of each workspace that asked for them. Apart from what opens them, so that the first screen carries no more than this. */
export const openedFiles = new WeakMap<Tablet, Promise<Files>>();

/** Says, before PouchDB is fetched, whether it is worth it. Holds no id of a file. */
export const waitingKey = (person: string): string => `hc-files-waiting-${person}`;
