import { fork, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callerOf, type Caller, type Methods } from '../calls.ts';
import type { CouchMethods } from './couch.worker.ts';
import type { EscalationGatewayMethods } from './gateway.worker.ts';

export type Child<M extends Methods<M>> = Caller<M> & {
  readonly process: ChildProcess;
  kill(): Promise<void>;
};

const running = new Set<ChildProcess>();
/** For a measure that failed: nothing it started may outlive it. */
export function endEscalationProcesses(): void {
  for (const child of running) child.kill('SIGKILL');
}

function start<M extends Methods<M>>(program: string): Child<M> {
  const child = fork(join(import.meta.dirname, program), {
    execArgv: ['--import', 'tsx', '--expose-gc'],
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
export const startGateway = (): GatewayProcess => start('gateway.worker.ts');
export const startCouch = (): Child<CouchMethods> => start('couch.worker.ts');

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
