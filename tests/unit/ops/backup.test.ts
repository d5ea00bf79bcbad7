import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backupFileLines, writeBackupFile } from '#server/cli/backup-file.ts';
import { CannotUnseal } from '#server/cli/sealed-file.ts';
import {
  backup,
  CommandFailed,
  createAdmin,
  doctor,
  restore,
  verify,
  type CommandDeps,
} from '#server/cli/commands.ts';
import { verifyAuditCommand } from '#server/cli/verify-audit.ts';
import { createOperatorClient } from '#server/cli/operator-client.ts';
import { loadConfig } from '#server/config.ts';
import { compose, openStore } from '#server/compose.ts';
import { defaultRateLimits } from '#server/http/rate-limit.ts';
import { loadStaticFiles } from '#server/http/static-files.ts';
import { openKeys } from '#server/keys/keys.ts';
import { createLogger } from '#server/ops/logger.ts';
import { createOperatorApp } from '#server/ops/operator-app.ts';
import { openOperatorSocket, operatorSocketPath } from '#server/ops/operator-socket.ts';
import { verifyBackup } from '#server/ops/backup-stream.ts';
import { chief, smallHospital } from '#tests/http/people.ts';
import { createTestClock, testPasswordCost } from '#tests/server.ts';

// Several stores are opened in each.
vi.setConfig({ testTimeout: 30_000 });

const designFolder = new URL('../../../couchdb', import.meta.url).pathname;
const clock = createTestClock();
const logger = createLogger('silent');

let folder: string;
const opened: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hc-bk-'));
  writeFileSync(join(folder, 'passphrase'), 'violet gravel 7 hums\n');
});
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

const passphraseFile = () => join(folder, 'passphrase');
const configOf = (name: string) => {
  const config = loadConfig('production', {
    DATA_DIR: join(folder, name),
    PUBLIC_ORIGIN: 'https://consult.test',
  });
  if (!config.ok) throw new Error('bad configuration');
  return config.value;
};

/** A hospital's data folder with a server that answers its socket, until closed. */
async function startHospital(name: string) {
  const config = configOf(name);
  const store = await openStore(config.store, designFolder);
  const keys = await openKeys({
    meta: store.database('meta'),
    given: config.secrets,
    mayMake: true,
    folder: join(config.instanceFolder, 'secrets'),
  });
  if (!keys.ok) throw new Error(keys.error.type);
  const server = await compose({
    store,
    keys: keys.value,
    clock,
    logger,
    publicOrigin: config.publicOrigin,
    vapidSubject: config.vapidSubject,
    pushServices: null,
    trustedProxyHops: 0,
    showsMetrics: false,
    cacheFolder: null,
    passwordCost: testPasswordCost,
    rateLimits: defaultRateLimits,
    staticFiles: loadStaticFiles('/nowhere'),
    demoSignIns: null,
    modules: [],
  });
  const socket = await openOperatorSocket(
    createOperatorApp(server.parts, server.checks),
    config.instanceFolder,
    logger,
  );
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await socket?.close(0);
    await server.close();
  };
  opened.push(close);
  return { store, close, parts: server.parts };
}

async function fill({ store, parts }: Awaited<ReturnType<typeof startHospital>>) {
  await store
    .database('directory')
    .write(smallHospital.map((document) => ({ id: document.id, body: { ...document } })));
  await parts.accounts.create({ person: chief.id, email: 'chief@hospital.test', at: clock.now() });
  const [written] = await store.database('consults').write([{ id: 'c1', body: { text: 'first' } }]);
  if (written?.type !== 'written') throw new Error('not written');
  await store.database('consults').write([{ id: 'c1', rev: written.rev, body: { text: 'second' } }]);
}

/** The command line on a data folder, as it would be started anew: configuration and secrets are read again. */
function commandLine(name: string) {
  const said: string[] = [];
  const config = configOf(name);
  const deps: CommandDeps = {
    config,
    client: createOperatorClient(config.instanceFolder),
    clock,
    logger,
    designFolder,
    sealCost: 10,
    say: (line) => void said.push(line),
  };
  return { deps, said };
}

describe('backup and restore', () => {
  it.each([true, false])(
    'OPS-4 a backup made with the server %s comes back into an empty system with a new store epoch',
    async (isRunning) => {
      const first = await startHospital('one');
      await fill(first);
      const epoch = first.parts.epoch.current();
      if (!isRunning) await first.close();
      const path = join(folder, 'backup');
      const made = commandLine('one');
      await backup(made.deps, path, passphraseFile());
      expect(statSync(path).mode & 0o077).toBe(0);
      await first.close();

      await restore(commandLine('two').deps, path, { passphraseFile: passphraseFile(), intoExisting: false });
      const second = await startHospital('two');
      expect((await second.store.database('consults').get('c1'))?.body).toEqual({ text: 'second' });
      expect((await second.parts.accounts.byEmail('chief@hospital.test'))?.person).toBe(chief.id);
      expect(second.parts.epoch.current()).not.toBe(epoch);
      expect(second.parts.keys).toEqual(first.parts.keys);
    },
  );

  it('goes into the running server of an emptied store under the same secrets', async () => {
    const first = await startHospital('one');
    await fill(first);
    const path = join(folder, 'backup');
    await backup(commandLine('one').deps, path, undefined);
    await first.close();
    rmSync(join(folder, 'one', 'store'), { recursive: true });
    const again = await startHospital('one');
    const epoch = again.parts.epoch.current();
    await restore(commandLine('one').deps, path, { passphraseFile: undefined, intoExisting: false });
    expect((await again.store.database('consults').get('c1'))?.body).toEqual({ text: 'second' });
    await again.parts.directory.caughtUp();
    expect(again.parts.directory.current().people.has(chief.id)).toBe(true);
    const stored = await again.store.database('meta').get('store-epoch');
    expect(stored?.body['epoch']).not.toBe(epoch);
  });

  it('does not touch a store in use unless told, and then takes nothing away', async () => {
    const first = await startHospital('one');
    await fill(first);
    const path = join(folder, 'backup');
    await backup(commandLine('one').deps, path, undefined);
    await first.store.database('consults').write([{ id: 'later', body: { text: 'later' } }]);
    const run = (intoExisting: boolean) =>
      restore(commandLine('one').deps, path, { passphraseFile: undefined, intoExisting });
    await expect(run(false)).rejects.toThrow(CommandFailed);
    await run(true);
    expect(await first.store.database('consults').get('later')).not.toBeNull();
  });

  it('ends sessions and links: what was ended after the backup does not come back to life', async () => {
    const first = await startHospital('one');
    await fill(first);
    const account = await first.parts.accounts.get(chief.id);
    const device = {
      id: '11111111-1111-4111-8111-111111111111' as never,
      kind: 'ward' as const,
      name: 'tablet',
    };
    const { token } = await first.parts.sessions.begin({ account: account!, device, at: clock.now() });
    const link = await first.parts.links.make({ purpose: 'reset', person: chief.id, at: clock.now() });
    await first.parts.directory.caughtUp();
    expect((await first.parts.sessions.recognise(token, clock.now())).ok).toBe(true);
    const path = join(folder, 'backup');
    await backup(commandLine('one').deps, path, passphraseFile());
    await first.close();
    await restore(commandLine('two').deps, path, { passphraseFile: passphraseFile(), intoExisting: false });
    const second = await startHospital('two');
    expect((await second.parts.sessions.recognise(token, clock.now())).ok).toBe(false);
    expect(await second.parts.links.find(link.token, clock.now())).toBeNull();
  });

  it('asks for the keys when they are not those of the backup', async () => {
    const first = await startHospital('one');
    await fill(first);
    const path = join(folder, 'backup');
    await backup(commandLine('one').deps, path, undefined);
    await expect(
      restore(commandLine('two').deps, path, { passphraseFile: undefined, intoExisting: false }),
    ).rejects.toThrow('secrets');
  });

  it('finds what is cut, changed or sealed under another passphrase', async () => {
    const first = await startHospital('one');
    await fill(first);
    const [plain, sealed] = [join(folder, 'plain'), join(folder, 'sealed')];
    const { deps, said } = commandLine('one');
    await backup(deps, plain, undefined);
    await backup(deps, sealed, passphraseFile());
    await verify(deps, sealed, passphraseFile());
    expect(said.join('\n')).toContain(`${sealed} is whole.`);
    expect(readFileSync(sealed).includes('Chief')).toBe(false);

    const lines: string[] = [];
    for await (const line of backupFileLines(plain, null)) lines.push(line);
    const verdictOf = async (changed: readonly string[]) => {
      const verdict = await verifyBackup(
        (async function* () {
          for (const line of changed) yield await Promise.resolve(line);
        })(),
      );
      return verdict.ok ? 'whole' : verdict.error.type;
    };
    expect(await verdictOf(lines)).toBe('whole');
    expect(await verdictOf(lines.slice(0, -1))).toBe('cut-short');
    expect(await verdictOf(lines.map((line) => line.replace('second', 'secomd')))).toBe('damaged');
    expect(await verdictOf(lines.filter((line) => !line.includes('"c1"')))).toBe('damaged');
    expect(await verdictOf(['hello'])).toBe('not-a-backup');
    expect(await verdictOf([])).toBe('not-a-backup');

    const drain = async (path: string, passphrase: string) => {
      for await (const line of backupFileLines(path, passphrase)) if (line === '') return;
    };
    await expect(drain(sealed, 'another passphrase')).rejects.toThrow(CannotUnseal);
    const bytes = readFileSync(sealed);
    writeFileSync(sealed, bytes.subarray(0, -1));
    await expect(drain(sealed, 'violet gravel 7 hums')).rejects.toThrow(CannotUnseal);
    bytes[bytes.length - 40]! ^= 1;
    writeFileSync(sealed, bytes);
    await expect(drain(sealed, 'violet gravel 7 hums')).rejects.toThrow(CannotUnseal);
  });

  it('never leaves half a file under the name of a backup', async () => {
    const path = join(folder, 'backup');
    const broken = (async function* () {
      yield await Promise.resolve(Buffer.from('beginning'));
      throw new Error('the store went away');
    })();
    await expect(writeBackupFile(path, broken, null)).rejects.toThrow('the store went away');
    expect(() => statSync(path)).toThrow();
  });
});

describe('the command line', () => {
  it('OPS-9 makes a link for an administrator, through the server or without', async () => {
    const first = await startHospital('one');
    const running = commandLine('one');
    await createAdmin(running.deps);
    await first.close();
    const stopped = commandLine('one');
    await createAdmin(stopped.deps);
    for (const { said } of [running, stopped])
      expect(said.join('\n')).toMatch(/https:\/\/consult\.test\/welcome\/administrator#[\w-]{43}/);
  });

  it('OPS-9 the doctor is content with a new hospital, and not with secrets others can read', async () => {
    await startHospital('one');
    const well = commandLine('one');
    expect(await doctor(well.deps)).toBe(true);
    expect(well.said.join('\n')).toContain('the secrets are those of the store');
    const { chmodSync } = await import('node:fs');
    chmodSync(join(folder, 'one', 'secrets'), 0o755);
    expect(await doctor(commandLine('one').deps)).toBe(false);
  });

  it('AUD-1 OPS-9 verifies the audit, through the server and without, and says where it was changed', async () => {
    const first = await startHospital('one');
    const actor = { person: null, device: null, address: 'ward 7', at: clock.now() };
    const { audit } = first.parts;
    for (const subject of ['a', 'b', 'c'])
      await audit.recordWrite(actor, { action: 'x', subjects: [subject] });
    const process = audit.head()!.process;
    const running = commandLine('one');
    expect(await verifyAuditCommand(running.deps)).toBe(true);
    expect(running.said.at(-1)).toContain('whole: 4 entries in 1 chains');
    await first.close();
    const stopped = commandLine('one');
    expect(await verifyAuditCommand(stopped.deps)).toBe(true);
    expect(stopped.said).toEqual(running.said);

    const id = `entry:${process}:000000000002`;
    const store = await openStore(configOf('one').store, designFolder);
    const held = await store.database('audit').get(id);
    await store.database('audit').write([{ id, rev: held!.rev, body: { ...held!.body, subjects: ['z'] } }]);
    await store.close();
    const after = commandLine('one');
    expect(await verifyAuditCommand(after.deps)).toBe(false);
    expect(after.said[0]).toBe(`BAD   ${id} says something else than when it was stored`);
    expect(after.said.join()).not.toContain('ward 7');
  });

  it('the socket is for its owner alone', async () => {
    await startHospital('one');
    expect(statSync(operatorSocketPath(join(folder, 'one'))).mode & 0o777).toBe(0o600);
  });
});
