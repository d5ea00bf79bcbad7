import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { ServerResponse } from 'node:http';
import { createCouchApp } from './app.ts';
import { createDatabases } from './databases.ts';
import { createFaults, type Faults } from './faults.ts';

export interface CouchServer {
  url: string;
  faults: Faults;
  /** Breaks every connection and refuses new ones; the data stays. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const listening = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

const stopped = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** Sends the headers and half of the answer, then breaks the connection; with `bytes` 0, breaks it at once. */
async function cut(response: Response, outgoing: ServerResponse, share: number): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  if (share === 0) {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(response.status, { 'content-type': 'application/json', 'content-length': body.length });
  outgoing.write(body.subarray(0, Math.floor(body.length * share)), () => outgoing.destroy());
}

/** A CouchDB for tests: PouchDB in memory behind CouchDB's API on a real port, with faults to order. */
export async function startCouchServer(): Promise<CouchServer> {
  const databases = createDatabases();
  const faults = createFaults();
  const app = createCouchApp(databases);

  const listener = getRequestListener(async (request, env) => {
    const fault = faults.take(request.method, new URL(request.url).pathname);
    if (fault?.type === 'status') {
      return new Response(JSON.stringify({ error: fault.error, reason: 'ordered by a test' }), {
        status: fault.status,
        headers: { 'content-type': 'application/json' },
      });
    }
    if (fault?.type === 'slow') await fault.until;
    const response = await app.fetch(request, { fault });
    if (fault?.type === 'cut' || fault?.type === 'lost-answer') {
      await cut(response, env.outgoing as ServerResponse, fault.type === 'cut' ? 0.5 : 0);
      return RESPONSE_ALREADY_SENT;
    }
    return response;
  });

  let server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  const port = await listening(server, 0);

  return {
    url: `http://127.0.0.1:${String(port)}`,
    faults,
    stop: () => stopped(server),
    async start() {
      server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
      await listening(server, port);
    },
    async close() {
      await stopped(server);
      await databases.close();
    },
  };
}
