import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { administrator, printedToken, redeem, signedIn } from './first-administrator.ts';
import {
  cleanUp,
  cli,
  ensureBuilt,
  newFolder,
  run,
  startServer,
  type RunningServer,
} from './running-server.ts';

/** A hospital with its first administrator. */
async function openHospital(folder: string): Promise<RunningServer> {
  const server = await startServer(folder);
  await redeem(server, await printedToken(server.program));
  return server;
}

describe('npm run cli', () => {
  beforeAll(ensureBuilt);
  afterEach(cleanUp);

  it('OPS-1 asks the running server how it is', async () => {
    const folder = await newFolder();
    const asked = { DATA_DIR: folder };
    expect((await cli(['doctor'], asked)).output).toContain('no server is running');
    await openHospital(folder);
    const { code, output } = await cli(['doctor'], asked);
    expect(code, output).toBe(0);
    expect(output).toContain('the server answers');
    expect(output).toContain('the secrets are those of the store');
    expect(output).toContain('1 administrators');
    expect(output).not.toContain('BAD');
    const verified = await cli(['verify-audit'], asked);
    expect(verified.code, verified.output).toBe(0);
    expect(verified.output).toContain('the audit is whole');
  });

  it('OPS-1 makes another administrator while the server runs', async () => {
    const folder = await newFolder();
    const server = await openHospital(folder);
    const made = run(['scripts/cli.mjs', 'create-admin'], { DATA_DIR: folder });
    const token = await printedToken(made);
    expect((await made.ended).code).toBe(0);
    const second = { ...administrator, name: 'Dr Omar Sheikh', email: 'omar.sheikh@hospital.example' };
    expect((await redeem(server, token, second)).status).toBe(204);
    expect((await signedIn(server, second.email)).person).not.toBe((await signedIn(server)).person);
  });

  it('OPS-1 backs up under the running server and restores, secrets and all, where nothing is', async () => {
    const [folder, elsewhere, shelf] = [await newFolder(), await newFolder(), await newFolder()];
    const server = await openHospital(folder);
    const { person, storeEpoch } = await signedIn(server);
    const [file, passphrase] = [join(shelf, 'backup'), join(shelf, 'passphrase')];
    await writeFile(passphrase, 'lamp ferry quilt 1987\n');
    const sealing = ['--passphrase-file', passphrase];
    const backup = await cli(['backup', file, ...sealing], { DATA_DIR: folder });
    expect(backup.code, backup.output).toBe(0);
    await server.stop();

    const restored = await cli(['restore', file, ...sealing], { DATA_DIR: elsewhere });
    expect(restored.code, restored.output).toBe(0);
    const twin = await startServer(elsewhere);
    const session = await signedIn(twin);
    expect(session.person).toBe(person);
    // Tablets see by it that the store was set back, and offer what they hold.
    expect(session.storeEpoch).not.toBe(storeEpoch);

    const twice = await cli(['restore', file, ...sealing], { DATA_DIR: elsewhere });
    expect(twice.code).toBe(1);
    expect(twice.output).toContain('There is work in this store already');
  });

  it('OPS-1 restores into a running, empty server that has the secrets of the backup', async () => {
    const [folder, elsewhere, shelf] = [await newFolder(), await newFolder(), await newFolder()];
    const server = await openHospital(folder);
    const file = join(shelf, 'backup');
    expect((await cli(['backup', file], { DATA_DIR: folder })).code).toBe(0);
    await server.stop();

    await cp(join(folder, 'secrets'), join(elsewhere, 'secrets'), { recursive: true });
    const twin = await startServer(elsewhere);
    // The link it prints is no work: a hospital that was started before it was restored is still new.
    await printedToken(twin.program);
    const restored = await cli(['restore', file], { DATA_DIR: elsewhere });
    expect(restored.code, restored.output).toBe(0);
    expect((await signedIn(twin)).demo).toBe(false);
  });
});
