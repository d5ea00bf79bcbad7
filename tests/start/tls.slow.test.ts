import { writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cleanUp, ensureBuilt, newFolder, run, startServer } from './running-server.ts';

const localhost = [{ type: 2 as const, value: 'localhost' }];

async function writeCertificate(
  folder: string,
): Promise<{ cert: string; variables: Record<string, string> }> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [{ name: 'subjectAltName', altNames: localhost }],
  });
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(certFile, made.cert);
  await writeFile(keyFile, made.private, { mode: 0o600 });
  return { cert: made.cert, variables: { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } };
}

const answerOf = (url: string, ca: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(url, { ca }, (answer) => {
      answer.resume();
      resolve(answer);
    }).on('error', reject);
  });

describe('TLS of our own', () => {
  beforeAll(ensureBuilt);
  afterEach(cleanUp);

  it('OPS-1 serves app and API by https alone with the certificate given', async () => {
    const { cert, variables } = await writeCertificate(await newFolder());
    const server = await startServer(await newFolder(), { variables, scheme: 'https' });
    const ready = await answerOf(`${server.origin}/api/health/ready`, cert);
    expect(ready.statusCode).toBe(200);
    expect(ready.headers['strict-transport-security']).toContain('max-age=');
    expect((await answerOf(`${server.origin}/`, cert)).headers['content-type']).toContain('text/html');
    await expect(fetch(server.origin.replace('https:', 'http:'))).rejects.toThrow();
    expect(server.program.output()).toContain('https://localhost');
    expect((await server.stop()).code).toBe(0);
  });

  it('a key that does not fit the certificate ends the start with words', async () => {
    const [one, other] = [
      await writeCertificate(await newFolder()),
      await writeCertificate(await newFolder()),
    ];
    const { code, output } = await run(['build/server/main.js'], {
      PORT: '0',
      DATA_DIR: await newFolder(),
      ...one.variables,
      TLS_KEY_FILE: other.variables['TLS_KEY_FILE'] ?? '',
    }).ended;
    expect(code, output).toBe(78);
    expect(output).toMatch(/^ {2}TLS_(CERT|KEY)_FILE /m);
  });
});
