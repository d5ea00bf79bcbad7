import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { callerOf, type Caller, type Methods } from '../calls.ts';
import type { CouchMethods } from './couch.worker.ts';
import type { EscalationGatewayMethods } from './gateway.worker.ts';

export type Child<M extends Methods<M>> = Caller<M> & {
  readonly process: ChildProcess;
  kill(): Promise<void>;
};

/** As deep as the built server: what the server finds by where it lies is found from there as well. */
const builtFolder = join(import.meta.dirname, '../../../data/bench-workers');
const workers = ['gateway', 'couch'] as const;
type WorkerName = (typeof workers)[number];

/** Builds the workers as the server is built: a process that reads TypeScript holds 40 MB more. To be called before any is started. */
export async function buildWorkers(): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: {
      ssr: true,
      outDir: builtFolder,
      target: 'node20',
      emptyOutDir: true,
      rolldownOptions: {
        input: Object.fromEntries(
          workers.map((name) => [name, join(import.meta.dirname, `${name}.worker.ts`)]),
        ),
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  });
}

const running = new Set<ChildProcess>();
/** For a measure that failed: nothing it started may outlive it. */
export function endEscalationProcesses(): void {
  for (const child of running) child.kill('SIGKILL');
}

function start<M extends Methods<M>>(name: WorkerName): Child<M> {
  const program = join(builtFolder, `${name}.js`);
  if (!existsSync(program)) throw new Error('the workers are not built');
  const child = fork(program, {
    execArgv: ['--expose-gc'],
    serialization: 'advanced',
  });
  running.add(child);
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      running.delete(child);
      resolve();
    }),
  );
  return {
    ...callerOf<M>(child),
    process: child,
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

export type GatewayProcess = Child<EscalationGatewayMethods>;
export const startGateway = (): GatewayProcess => start('gateway');
export const startCouch = (): Child<CouchMethods> => start('couch');

export interface Resident {
  readonly bytes: number;
  /** Of `bytes`: pages of files, which the system takes back when it needs them. LevelDB maps its tables. */
  readonly fileBytes: number;
}

/** What a process holds now, as the system counts it. */
export async function residentOf({ pid }: ChildProcess): Promise<Resident> {
  const text = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1] ?? NaN);
  return { bytes: kilobytes('VmRSS') * 1024, fileBytes: kilobytes('RssFile') * 1024 };
}
