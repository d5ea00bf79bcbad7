import { chmod, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Hono } from 'hono';
import type { Logger } from 'pino';
import type { AppEnv } from '#server/http/context.ts';
import { listen, type Listener } from './listener.ts';

export const operatorSocketPath = (instanceFolder: string): string => join(instanceFolder, 'server.sock');

/** Beyond this the operating system cuts the name off. */
const maxSocketPathBytes = 100;

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Opens the operator's socket, for its owner alone. null where it cannot be had; then the command line needs the server stopped. */
export async function openOperatorSocket(
  app: Hono<AppEnv>,
  instanceFolder: string,
  logger: Logger,
): Promise<Listener | null> {
  const path = operatorSocketPath(instanceFolder);
  if (Buffer.byteLength(path) > maxSocketPathBytes) {
    logger.warn('DATA_DIR is too long a path for the command line socket: commands need the server stopped');
    return null;
  }
  if (await isAnswered(path)) {
    logger.warn('another server has the command line socket of this DATA_DIR');
    return null;
  }
  // Left behind by a server that was killed.
  await rm(path, { force: true });
  const listener = await listen(app, { path }, { tls: null, logger });
  await chmod(path, 0o600);
  return {
    port: 0,
    async close(graceMs) {
      await listener.close(graceMs);
      await rm(path, { force: true });
    },
  };
}
