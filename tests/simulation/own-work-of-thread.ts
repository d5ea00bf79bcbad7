import { countOwnWork } from './own-work.ts';

/** Imported first in a tablet's thread, so that all that follows is counted. */
export const ownWork = countOwnWork();
