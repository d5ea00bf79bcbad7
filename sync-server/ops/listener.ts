import { getRequestListener } from '@hono/node-server';
import { STATUS_CODES, createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Hono } from 'hono';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { AppEnv } from '#server/http/context.ts';
import type { ProblemCode } from '#shared/lib/problem.ts';

export interface Listener {
  readonly port: number;
  /** Takes no more, lets what runs finish for `graceMs`, then cuts. */
  close(graceMs: number): Promise<void>;
}

/** Slow senders must not hold connections for ever; streams of ours are answers and are not bound by this. */
const serverOptions: ServerOptions = {
  headersTimeout: 20_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16 * 1024,
  // Answered below like everything else.
  requireHostHeader: false,
};

const problemText = (status: number, code: ProblemCode, title: string): string =>
  JSON.stringify({
    type: `urn:hospital-consult:problem:${code}`,
    title,
    status,
    code,
    requestId: randomUUID(),
  });

/** What is no HTTP at all is answered in HTTP, without any of it. */
function answerNonsense(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const body = problemText(
    status,
    status === 431 ? 'too-large' : 'malformed',
    'The request cannot be understood.',
  );
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const requestListenerOf = (app: Hono<AppEnv>, logger: Logger) =>
  getRequestListener((request, env) => app.fetch(request, env), {
    hostname: 'localhost',
    overrideGlobalObjects: false,
    errorHandler(error) {
      // Only a request that cannot be made into one at all ends here, such as one with an impossible Host.
      const isTheirs = error instanceof Error && error.name === 'RequestError';
      if (!isTheirs) logger.error({ err: error }, 'a request could not be answered');
      const [status, code, title] = isTheirs
        ? ([400, 'malformed', 'The request cannot be understood.'] as const)
        : ([500, 'internal', 'The server made a mistake.'] as const);
      return new Response(problemText(status, code, title), {
        status,
        headers: { 'content-type': 'application/problem+json' },
      });
    },
  });

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Opens a port, or a socket file for the operator. Rejects when it cannot be opened. */
export async function listen(
  app: Hono<AppEnv>,
  where: { host: string | null; port: number } | { path: string },
  options: { tls: { cert: string; key: string } | null; logger: Logger },
): Promise<Listener> {
  const listener = requestListenerOf(app, options.logger);
  const answer: Parameters<typeof createServer>[1] = (incoming, outgoing) =>
    void listener(incoming, outgoing);
  const server: Server =
    options.tls === null
      ? createServer(serverOptions, answer)
      : createTlsServer({ ...serverOptions, ...options.tls, minVersion: 'TLSv1.2' }, answer);
  server.on('clientError', answerNonsense);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const ready = (): void => {
      server.off('error', reject);
      resolve();
    };
    if ('path' in where) server.listen(where.path, ready);
    else if (where.host === null) server.listen(where.port, ready);
    else server.listen(where.port, where.host, ready);
  });
  server.on('error', (error) => options.logger.error({ err: error }, 'the server socket failed'));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? (address satisfies AddressInfo).port : 0;
  return { port, close: (graceMs) => closeServer(server, graceMs) };
}
