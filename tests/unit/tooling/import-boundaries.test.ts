import { parser } from 'typescript-eslint';
import { Linter } from 'eslint';
import { describe, expect, it } from 'vitest';
import { importBoundaries, sharedIsPure } from '../../../scripts/lint/boundaries.mjs';

const linter = new Linter();
const config: Linter.Config[] = [
  { files: ['**/*.ts', '**/*.svelte'], languageOptions: { parser } },
  ...importBoundaries,
  sharedIsPure,
];

const messagesFor = (file: string, code: string): string[] =>
  linter.verify(code, config, { filename: file }).map(({ message }) => message);

const importOf = (specifier: string) => `import ${JSON.stringify(specifier)};`;

describe('import boundaries', () => {
  it.each([
    ['shared/consult/project.ts', 'zod'],
    ['shared/consult/project.ts', '#shared/lib/result.ts'],
    ['shared/consult/project.ts', '../event/merge.ts'],
    ['sync-server/sync/accept.ts', '#server/store/port.ts'],
    ['sync-server/sync/accept.ts', '../store/port.ts'],
    ['sync-server/sync/accept.ts', '#shared/consult/project.ts'],
    ['sync-server/compose.ts', '#server/store/embedded.ts'],
    ['sync-server/compose.ts', './store/couchdb.ts'],
    ['sync-server/cli/restore.ts', '#server/store/embedded.ts'],
    ['sync-server/store/embedded.ts', 'pouchdb-core'],
    ['sync-server/store/couchdb.ts', 'nano'],
    ['client/lib/sync/pull.ts', '#shared/sync/protocol.ts'],
    ['client/lib/sync/pull.ts', '$lib/db/open.ts'],
    ['client/lib/db/open.ts', 'rxdb/plugins/storage-dexie'],
    ['client/lib/attachments/images.ts', 'pouchdb-adapter-idb'],
    ['tests/contract/store.test.ts', '#server/store/embedded.ts'],
  ])('%s may import %s', (file, specifier) => {
    expect(messagesFor(file, importOf(specifier))).toEqual([]);
  });

  it.each([
    ['shared/consult/project.ts', 'node:crypto', 'shared imports zod and itself only'],
    ['shared/consult/project.ts', 'rxdb', 'shared imports zod and itself only'],
    ['shared/consult/project.ts', '#server/config.ts', 'shared imports zod and itself only'],
    ['shared/consult/project.ts', '../../client/lib/x.ts', 'shared imports nothing of ours'],
    ['shared/consult/project.ts', '../../sync-server/x.ts', 'shared imports nothing of ours'],
    ['sync-server/sync/accept.ts', '#client/lib/sync/pull.ts', 'sync-server never imports the client'],
    ['sync-server/sync/accept.ts', '../../client/lib/sync/pull.ts', 'sync-server never imports the client'],
    ['sync-server/sync/accept.ts', '#tests/builders.ts', 'never imports its tests'],
    ['sync-server/sync/accept.ts', '#server/store/embedded.ts', 'sync-server/compose.ts'],
    ['sync-server/escalation/scan.ts', '../store/couchdb.ts', 'sync-server/compose.ts'],
    ['sync-server/app.ts', './store/embedded.ts', 'sync-server/compose.ts'],
    ['sync-server/auth/sessions.ts', 'nano', '#server/store/port.ts'],
    ['sync-server/audit/chain.ts', 'pouchdb-core', '#server/store/port.ts'],
    ['sync-server/compose.ts', 'leveldown', '#server/store/port.ts'],
    ['sync-server/store/embedded.ts', '$lib/db/open.ts', 'sync-server never imports the client'],
    ['client/lib/sync/pull.ts', '#server/sync/accept.ts', 'The client never imports the server'],
    ['client/lib/sync/pull.ts', '../../../sync-server/config.ts', 'The client never imports the server'],
    ['client/lib/sync/pull.ts', 'node:crypto', 'The client never imports the server'],
    ['client/lib/sync/pull.ts', 'rxdb', 'client/lib/db'],
    ['client/lib/db/open.ts', 'pouchdb-core', 'client/lib/attachments'],
    ['client/lib/attachments/images.ts', 'rxdb', 'client/lib/db'],
    ['client/service-worker.ts', 'pouchdb-core', 'client/lib/attachments'],
  ])('%s may not import %s, and the message names the right home', (file, specifier, home) => {
    const messages = messagesFor(file, importOf(specifier));
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(home);
  });
});

describe('purity of shared', () => {
  it.each([
    'Date.now();',
    'new Date();',
    'Date();',
    'Math.random();',
    'crypto.randomUUID();',
    'fetch("/");',
    'setTimeout(() => {}, 1);',
    'process.exit();',
  ])('refuses %s', (code) => {
    expect(messagesFor('shared/consult/clocks.ts', code)).not.toEqual([]);
  });

  it.each(['new Date(0);', 'Date.parse("2026-01-01T00:00:00.000Z");', 'Math.max(1, 2);'])(
    'allows %s',
    (code) => {
      expect(messagesFor('shared/consult/clocks.ts', code)).toEqual([]);
    },
  );

  it('says nothing of clocks outside shared', () => {
    expect(messagesFor('sync-server/clock.ts', 'Date.now();')).toEqual([]);
  });
});
