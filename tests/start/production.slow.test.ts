import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  administratorPassword,
  printedToken,
  problemCode,
  redeem,
  saysLink,
  signedIn,
  signIn,
} from './first-administrator.ts';
import { cleanUp, ensureBuilt, newFolder, run, startServer } from './running-server.ts';

const permissions = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe('npm run start:production', () => {
  beforeAll(ensureBuilt);
  afterEach(cleanUp);

  it('OPS-1 makes the first administrator by a link that works once', async () => {
    const folder = await newFolder();
    const first = await startServer(folder);
    const token = await printedToken(first.program);

    const page = await fetch(`${first.origin}/welcome/administrator`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');

    expect((await redeem(first, token)).status).toBe(204);
    const again = await redeem(first, token);
    expect([again.status, await problemCode(again)]).toEqual([400, 'link-not-valid']);
    const session = await signedIn(first);
    expect(session.demo).toBe(false);
    expect(first.program.output()).not.toContain(administratorPassword);
    // The terminal shows the link; a log that is kept must not.
    const log = first.program
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    expect(log.join('\n')).not.toContain(token);

    expect((await first.stop()).code).toBe(0);
    const second = await startServer(folder);
    expect((await signedIn(second)).person).toBe(session.person);
    expect(saysLink((await second.stop()).output)).toBe(false);
  });

  it('OPS-1 never seeds: no demo sign-ins, nobody of the demo, nothing in the store', async () => {
    const folder = await newFolder();
    const server = await startServer(folder);
    const demo = await fetch(`${server.origin}/api/session/demo`);
    expect([demo.status, await problemCode(demo)]).toEqual([404, 'not-found']);
    const { output } = await run(['scripts/cli.mjs', 'doctor'], { DATA_DIR: folder }).ended;
    expect(output).toContain('the server answers');
    expect(output).toMatch(/\b0 consults/);
  });

  it('OPS-8 keeps the secrets it makes from everybody but their owner', async () => {
    const folder = await newFolder();
    await startServer(folder);
    const secrets = join(folder, 'secrets');
    expect(await permissions(secrets)).toBe('700');
    const names = await readdir(secrets);
    expect(names.sort()).toEqual(['parcel-key', 'seal-key', 'session-key', 'vapid-private-key']);
    for (const name of names) expect(await permissions(join(secrets, name)), name).toBe('600');
    expect(await permissions(join(folder, 'server.sock'))).toBe('600');
    const texts = await Promise.all(names.map((name) => readFile(join(secrets, name), 'utf8')));
    expect(new Set(texts).size).toBe(4);
  });

  it('OPS-8 names every bad variable at once, no value, and touches nothing', async () => {
    const folder = join(await newFolder(), 'data');
    const weak = 'hunter2-hunter2';
    const { code, output } = await run(['build/server/main.js'], {
      DATA_DIR: folder,
      PORT: 'eighty',
      PUBLIC_ORIGIN: 'consult',
      TLS_CERT_FILE: '/nowhere/cert.pem',
      SESSION_KEY: weak,
      SEAL_KEY_FILE: '/nowhere/seal-key',
      VAPID_PRIVATE_KEY: Buffer.alloc(32, 7).toString('base64url'),
    }).ended;
    expect(code).toBe(78);
    const named = [...output.matchAll(/^ {2}([A-Z_]+) /gm)].map(([, name]) => name);
    expect(named).toEqual([
      'PORT',
      'PUBLIC_ORIGIN',
      'TLS_CERT_FILE',
      'TLS_KEY_FILE',
      'SESSION_KEY',
      'SEAL_KEY_FILE',
      'VAPID_PRIVATE_KEY',
    ]);
    expect(output).not.toContain(weak);
    await expect(stat(folder)).rejects.toThrow('ENOENT');
  });

  it('OPS-8 makes no secrets for a CouchDB that other gateways may share, and names all that are missing', async () => {
    const { code, output } = await run(['build/server/main.js'], {
      DATA_DIR: await newFolder(),
      COUCHDB_URL: 'http://gateway:quilt-ferry-lamp-1987@localhost:5984',
    }).ended;
    expect(code).toBe(78);
    const missing = [...output.matchAll(/^ {2}([A-Z_]+) is missing/gm)].map(([, name]) => name);
    expect(missing).toEqual(['SESSION_KEY', 'SEAL_KEY', 'PARCEL_KEY', 'VAPID_PRIVATE_KEY']);
  });

  it('ends cleanly on SIGTERM: what is stored is there at the next start, and the socket is gone', async () => {
    const folder = await newFolder();
    const server = await startServer(folder);
    await redeem(server, await printedToken(server.program));
    const { code, output } = await server.stop();
    expect(code).toBe(0);
    expect(output).toContain('"msg":"closed"');
    expect(output).not.toMatch(/"level":(50|60)/);
    expect(await readdir(folder)).not.toContain('server.sock');
    await expect(fetch(`${server.origin}/api/health/live`)).rejects.toThrow();
    const next = await startServer(folder);
    expect((await signIn(next)).status).toBe(200);
  });

  it('a second server on the same data ends with a reason, and the first goes on', async () => {
    const folder = await newFolder();
    const first = await startServer(folder);
    const { code, output } = await run(['build/server/main.js'], { PORT: '0', DATA_DIR: folder }).ended;
    expect(code).toBe(1);
    expect(output).toContain('The server cannot start.');
    expect((await fetch(`${first.origin}/api/health/ready`)).status).toBe(200);
  });
});
