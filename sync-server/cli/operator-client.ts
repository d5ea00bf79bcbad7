import { request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { operatorSocketPath } from '#server/ops/operator-socket.ts';

export interface OperatorAnswer {
  readonly status: number;
  readonly body: IncomingMessage;
  json(): Promise<unknown>;
}

/** Speaks to the running server; null when none answers. */
export interface OperatorClient {
  ask(method: 'GET' | 'POST', path: string, body?: AsyncIterable<Uint8Array>): Promise<OperatorAnswer | null>;
}

async function textOf(body: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

const nobodyThere = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'EINVAL', 'ENAMETOOLONG']);

export function createOperatorClient(instanceFolder: string): OperatorClient {
  return {
    ask: (method, path, body) =>
      new Promise((resolve, reject) => {
        const outgoing = request({ socketPath: operatorSocketPath(instanceFolder), method, path }, (answer) =>
          resolve({
            status: answer.statusCode ?? 0,
            body: answer,
            json: async () => JSON.parse(await textOf(answer)) as unknown,
          }),
        );
        outgoing.on('error', (error: NodeJS.ErrnoException) => {
          if (nobodyThere.has(error.code ?? '')) resolve(null);
          else reject(error);
        });
        if (body === undefined) outgoing.end();
        else pipeline(Readable.from(body), outgoing).catch(reject);
      }),
  };
}
