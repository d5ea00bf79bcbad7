import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '#server/ops/logger.ts';
import { listen, type Listener } from '#server/ops/listener.ts';
import { problemSchema } from '#shared/lib/problem.ts';
import { startSmallHospital } from '#tests/http/people.ts';
import type { TestServer } from '#tests/server.ts';

let server: TestServer;
let listener: Listener;
beforeEach(async () => {
  server = await startSmallHospital();
  listener = await listen(
    server.app,
    { host: '127.0.0.1', port: 0 },
    { tls: null, logger: createLogger('silent') },
  );
});
afterEach(async () => {
  await listener.close(0);
  await server.close();
});

/** Sends bytes as they are; the whole answer as text, once the server has closed the connection. */
const sendRaw = (bytes: string | Uint8Array): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(listener.port, '127.0.0.1');
    const pieces: Buffer[] = [];
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(pieces).toString('latin1')));
    socket.write(bytes);
  });

it.each([
  ['no HTTP at all', 'hello, is Mrs Smith there?\r\n\r\n'],
  ['random bytes', Uint8Array.from({ length: 300 }, (_, at) => (at * 37) % 256)],
  ['a broken header', 'GET /api/session HTTP/1.1\r\nHost: x\r\nbad header Smith\r\n\r\n'],
  [
    'two lengths',
    'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nSmith',
  ],
  [
    'a length and chunks',
    'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a huge header', `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'Smith'.repeat(8000)}\r\n\r\n`],
  ['an impossible host', 'GET /api/session HTTP/1.1\r\nHost: a b/Smith@\r\nConnection: close\r\n\r\n'],
  ['no host', 'GET /api/nothing HTTP/1.1\r\nConnection: close\r\n\r\n'],
  [
    'an absolute address elsewhere',
    'GET http://Smith.test/api/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  ],
  ['an unknown method', 'SMITH /api/session HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['TRACE', 'TRACE /api/session HTTP/1.1\r\nHost: x\r\nX-Name: Smith\r\nConnection: close\r\n\r\n'],
  ['an upgrade', 'CONNECT Smith.test:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
])('%s is answered with a 4xx problem, or not at all, and never echoed', async (_what, bytes) => {
  const answer = await sendRaw(bytes);
  expect(answer).not.toContain('Smith');
  if (answer === '') return;
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  const body = answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1);
  expect(problemSchema.parse(JSON.parse(body)).status).toBe(Number(answer.slice(9, 12)));
});

it('says the client’s address to the app, and answers over a real connection', async () => {
  const response = await fetch(`http://127.0.0.1:${listener.port}/api/health/live`);
  expect(response.status).toBe(200);
  expect(response.headers.get('hc-server')).toBe('hospital-consult');
});

it('finishes what is under way before it closes, and takes no more', async () => {
  const answers = Array.from({ length: 5 }, () =>
    fetch(`http://127.0.0.1:${listener.port}/api/health/ready`),
  );
  const first = await Promise.all(answers);
  await listener.close(1000);
  expect(first.map((response) => response.status)).toEqual([200, 200, 200, 200, 200]);
  await expect(fetch(`http://127.0.0.1:${listener.port}/api/health/live`)).rejects.toThrow();
});
