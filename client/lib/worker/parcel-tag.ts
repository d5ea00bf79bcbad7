/** The background-sync tag, kept by the browser while the app is closed. */
export const parcelTag = 'hc-parcels';
/** Tags of earlier builds, which may still be registered. */
export const isParcelTag = (tag: string): boolean => tag === parcelTag || tag.startsWith('outbox:');

export const attendedPrefix = 'hc-attended:';
/** Held (shared) by each window of this person that a person looks at: it sends by itself, and nobody else need send for them. */
export const attendedLock = (person: string): string => attendedPrefix + person;
