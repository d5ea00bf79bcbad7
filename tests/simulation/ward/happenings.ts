/** What befalls a ward in a history, by name. One that never happens in a whole run is a failure of the simulation. */
export const happeningKinds = [
  // people and their tablets
  'signed-in',
  'signed-out',
  'locked',
  'switched',
  'opened-with-pin',
  'opened-with-password',
  'pin-set',
  'wrong-secret',
  'tries-used-up',
  'recovered',
  'half-written',
  // the app
  'page-killed',
  'sent-in-background',
  'storage-full',
  'clock-jumped',
  'migrated',
  'migration-killed',
  // the network
  'partition',
  'server-restarted',
  // codes
  'carried',
  'frame-lost',
  'code-replayed',
  'code-of-others',
  // what goes wrong for good
  'device-revoked',
  'wiped',
  'keys-ended',
  'evicted',
  'databases-evicted',
  'record-damaged',
  'database-damaged',
  // files
  'file-added',
  'file-in-chunks',
] as const;
export type Happening = (typeof happeningKinds)[number];
export type HappeningCounts = Map<Happening, number>;
