import { fork, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { callerOf, type Caller } from '../calls.ts';
import type { BenchServerMethods } from './bench-server.worker.ts';
import type { Hot } from './profile.ts';

export interface BenchServer extends Caller<BenchServerMethods> {
  readonly origin: string;
  readonly port: number;
  /** Runs `work` under a CPU profile of the server when `path` is not null. */
  profiled<T>(path: string | null, work: () => Promise<T>): Promise<{ value: T; hot: Hot[] }>;
  start(folder: string): Promise<void>;
  kill(): Promise<void>;
  /** Ends the server in order. */
  end(): Promise<void>;
}

/** Every process the bench has started and that has not ended. */
export const running = new Set<ChildProcess>();
/** For a measure that failed: nothing it started may outlive it. */
export function endAllServers(): void {
  for (const child of running) child.kill('SIGKILL');
}

const programOf = (name: string): string => join(import.meta.dirname, name);

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

export async function isReady(origin: string): Promise<boolean> {
  try {
    const answer = await fetch(`${origin}/api/health/ready`);
    await answer.arrayBuffer();
    return answer.ok;
  } catch (error) {
    // Nobody listens yet.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts a process that can be a server; nothing is open in it yet. */
export async function createBenchServer(
  options: { env?: Record<string, string> } = {},
): Promise<BenchServer> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const child = fork(programOf('bench-server.worker.ts'), {
    execArgv: ['--import', 'tsx', '--expose-gc'],
    serialization: 'advanced',
    env: { ...process.env, ...options.env },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const caller = callerOf<BenchServerMethods>(child);
  const server: BenchServer = {
    ...caller,
    origin,
    port,
    async profiled(path, work) {
      if (path === null) return { value: await work(), hot: [] };
      await caller.call('profileStart');
      const value = await work();
      return { value, hot: await caller.call('profileStop', { path }) };
    },
    async start(folder) {
      const starting = caller.call('start', { folder, port, logPath: join(folder, 'bench.log') });
      const ended = { badly: false };
      starting.catch(() => (ended.badly = true));
      while (!(await isReady(origin))) {
        // Awaiting it says why.
        if (ended.badly) await starting;
        await pause(5);
      }
      await starting;
    },
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    async end() {
      await caller.call('stop');
      child.kill();
      await gone;
    },
  };
  return server;
}
