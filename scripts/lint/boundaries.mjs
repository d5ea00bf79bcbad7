/**
 * Who may import what. Imports point inwards: client and sync-server know shared, shared knows nobody.
 * Every message names the right home of what was reached for.
 *
 * @typedef {{ regex: string, message: string }} Pattern
 * @typedef {{ files: string[], ignores?: string[], bans: Pattern[] }} Boundary
 */

const sharedIsClosed = {
  regex: '^(?!zod$|zod/|#shared/|\\.{1,2}/)',
  message:
    'shared imports zod and itself only. What needs a device, a network or Node lives in client/lib or sync-server.',
};
const sharedStaysInside = {
  regex: '^\\.\\./(?:.*/)?(?:client|sync-server|tests|scripts)/',
  message:
    'shared imports nothing of ours. Move what both sides need into shared; leave the rest where it is.',
};
const noClient = {
  regex: '^#client/|^\\$lib|(?:^|/)\\.\\./client/|^\\$app/|^svelte(?:/|$)|^rxdb(?:/|$)',
  message: 'sync-server never imports the client. What both need is a pure rule: put it into shared.',
};
const noServer = {
  regex: '^#server/|(?:^|/)\\.\\./sync-server/|^node:|^hono(?:/|$)|^@hono/',
  message: 'The client never imports the server or Node. What both need is a pure rule: put it into shared.',
};
const noTests = {
  regex: '^#tests/|(?:^|/)\\.\\./tests/',
  message:
    'The product never imports its tests. A twin that the product needs too is an adapter next to its port.',
};
const noStoreDrivers = {
  regex: '^(?:nano|leveldown|levelup|pouchdb(?:-.+)?)(?:/|$)',
  message: 'Only sync-server/store speaks to a database. Ask through the port in #server/store/port.ts.',
};
const noStoreAdapters = {
  regex: '(?:^#server|\\.\\.?)/store/(?:embedded|couchdb)(?:/|\\.ts$)',
  message: 'Rules import the port (#server/store/port.ts). Adapters are chosen in sync-server/compose.ts.',
};
const noPouchInClient = {
  regex: '^(?:pouchdb(?:-.+)?|nano|leveldown)(?:/|$)',
  message:
    'PouchDB on the tablet holds images and files only: client/lib/attachments. Records live in client/lib/db.',
};
const noRxdb = {
  regex: '^(?:rxdb|dexie)(?:/|$)',
  message:
    'RxDB is opened and asked in client/lib/db only. Import what client/lib/db offers, or add it there.',
};

/** @type {Boundary[]} the last one that matches a file counts, as ESLint does it */
const boundaries = [
  { files: ['shared/**/*.ts'], bans: [sharedIsClosed, sharedStaysInside] },
  {
    files: ['sync-server/**/*.ts', 'couchdb/**/*.ts'],
    bans: [noClient, noTests, noStoreDrivers, noStoreAdapters],
  },
  {
    files: ['sync-server/compose.ts', 'sync-server/compose/**/*.ts', 'sync-server/cli/**/*.ts'],
    bans: [noClient, noTests, noStoreDrivers],
  },
  { files: ['sync-server/store/**/*.ts'], bans: [noClient, noTests] },
  {
    files: ['client/**/*.ts', 'client/**/*.svelte'],
    bans: [noServer, noTests, noPouchInClient, noRxdb],
  },
  { files: ['client/lib/attachments/**/*.ts'], bans: [noServer, noTests, noRxdb] },
  { files: ['client/lib/db/**/*.ts'], bans: [noServer, noTests, noPouchInClient] },
];

/** @type {import('eslint').Linter.Config[]} */
export const importBoundaries = boundaries.map(({ files, bans }) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: bans }] },
}));

const pureMessage =
  'shared reads no clock and draws no random number: take the time or the id as an argument.';

/**
 * What makes a rule in shared depend on where and when it runs.
 * @type {import('eslint').Linter.Config}
 */
export const sharedIsPure = {
  files: ['shared/**/*.ts'],
  rules: {
    'no-restricted-syntax': [
      'error',
      {
        selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
        message: pureMessage,
      },
      { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: pureMessage },
      { selector: "CallExpression[callee.name='Date']", message: pureMessage },
      {
        selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
        message: pureMessage,
      },
    ],
    'no-restricted-globals': [
      'error',
      ...['crypto', 'performance', 'setTimeout', 'setInterval', 'queueMicrotask'].map((name) => ({
        name,
        message: pureMessage,
      })),
      ...['fetch', 'window', 'document', 'navigator', 'localStorage', 'indexedDB', 'process', 'Buffer'].map(
        (name) => ({
          name,
          message: 'shared does no input or output: it runs the same on tablet and server.',
        }),
      ),
    ],
  },
};
