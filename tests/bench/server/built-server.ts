import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { couchPrefixOf } from './couch-databases.ts';
import { freePort, isReady, pause, running } from './bench-server.ts';
import { secretsOf } from './secrets.ts';

const rootFolder = join(import.meta.dirname, '../../..');
const program = join(rootFolder, 'build', 'server', 'main.js');

/** Builds app and server where the sources have changed; throws when that fails. */
export function buildAll(say: (line: string) => void): void {
  const built = spawnSync(process.execPath, [join(rootFolder, 'scripts', 'build.mjs')], {
    cwd: rootFolder,
    encoding: 'utf8',
  });
  for (const line of `${built.stdout}${built.stderr}`.split('\n')) if (line !== '') say(`  ${line}`);
  if (built.status !== 0) throw new Error('the build failed');
}

/** The server as a hospital runs it: the built program in production mode, with nothing of the bench in it. */
export interface BuiltServer {
  /** From the birth of the process until `/api/health/ready` said yes. */
  readonly readyAfterMs: number;
  /** Processor time of all its threads until then; what other programs took is not in it. */
  readonly cpuMs: number;
  /** Changes it read for its index, by its own log. */
  readonly read: number;
  readonly residentBytes: number;
  /** Ends it in order; it saves its index. */
  end(): Promise<void>;
}

export interface Starting {
  /** Rejects when the process ends before. */
  readonly ready: Promise<BuiltServer>;
  kill(): Promise<void>;
}

/** Hundredths of a second on every Linux. */
const tickMs = 10;

/** null where there is no /proc. */
function processOf(pid: number): { cpuMs: number; residentBytes: number } | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs, residentBytes: pages * 4096 };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** `profileFolder`: where a CPU profile of the whole life of the process goes; null: none. */
export async function startBuilt(
  folder: string,
  store: 'embedded' | 'couchdb',
  profileFolder: string | null,
): Promise<Starting> {
  const port = await freePort();
  const secrets = await secretsOf(folder);
  const bornAt = performance.now();
  const flags = profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const child = spawn(process.execPath, [...flags, program], {
    cwd: rootFolder,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      ...secrets,
      DATA_DIR: folder,
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'info',
      COUCHDB_URL: store === 'couchdb' ? process.env['COUCHDB_URL'] : '',
      COUCHDB_PREFIX: store === 'couchdb' ? couchPrefixOf(folder) : '',
    },
  });
  running.add(child);
  let read = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const entry = JSON.parse(line) as { msg?: string; documents?: number };
    if (entry.msg === 'the index is ready') read = entry.documents ?? 0;
  });
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      running.delete(child);
      resolve();
    }),
  );

  async function ready(): Promise<BuiltServer> {
    while (!(await isReady(`http://127.0.0.1:${port}`))) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error('the built server ended before it was ready');
      await pause(5);
    }
    const readyAfterMs = performance.now() - bornAt;
    const own = processOf(child.pid ?? 0);
    return {
      readyAfterMs,
      cpuMs: own?.cpuMs ?? NaN,
      residentBytes: own?.residentBytes ?? NaN,
      get read() {
        return read;
      },
      async end() {
        child.kill('SIGTERM');
        await gone;
      },
    };
  }

  return {
    ready: ready(),
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
