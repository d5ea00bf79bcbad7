import { cpus, loadavg, totalmem } from 'node:os';

/** What a figure was taken on, without saying whose machine it is. */
export interface Machine {
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly cpu: string;
}

export function thisMachine(): Machine {
  const cores = cpus();
  return {
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.versions.node,
    cpu: (cores[0]?.model ?? 'unknown CPU').trim(),
  };
}

/** For a file's name. */
export const machineName = ({ cores, memoryGiB, node, cpu }: Machine): string =>
  `${cores}-cores-${memoryGiB}-gib-node-${node}-${cpu}`
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-|-$/g, '');

/** The mean number of running processes during the last minute. */
export const loadNow = (): number => loadavg()[0] ?? 0;
