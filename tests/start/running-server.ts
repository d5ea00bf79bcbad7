import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

type Variables = Readonly<Record<string, string>>;

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** A program of ours as an operator runs it: only the variables given here, none of this machine's. */
export interface Program {
  /** Everything written so far to standard output and standard error. */
  output(): string;
  /** Resolves with the first line, past or to come, that the pattern matches; rejects when the program ends without it. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  signal(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

const running = new Set<ChildProcess>();
const folders = new Set<string>();

export function run(args: readonly string[], variables: Variables = {}): Program {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const lines: string[] = [];
  const waiting = new Set<{
    pattern: RegExp;
    resolve: (found: RegExpExecArray) => void;
    reject: (why: Error) => void;
  }>();
  const output = (): string => lines.join('\n');
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const one of waiting) {
        const found = one.pattern.exec(line);
        if (found === null) continue;
        waiting.delete(one);
        one.resolve(found);
      }
    });
  // 'close' comes after the last line, 'exit' may come before.
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    for (const { pattern, reject } of waiting)
      reject(new Error(`ended with ${String(code)} without ${String(pattern)}:\n${output()}`));
    return { code: code as number | null, output: output() };
  });
  return {
    output,
    ended,
    signal: (signal) => void child.kill(signal),
    line(pattern) {
      for (const line of lines) {
        const found = pattern.exec(line);
        if (found !== null) return Promise.resolve(found);
      }
      return new Promise((resolve, reject) => void waiting.add({ pattern, resolve, reject }));
    },
  };
}

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hc-start-'));
  folders.add(folder);
  return folder;
}

/** For `afterEach`: ends what a test left running and removes its folders. */
export async function cleanUp(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const gone = once(child, 'close');
      child.kill('SIGKILL');
      await gone;
    }),
  );
  await Promise.all([...folders].map((folder) => rm(folder, { recursive: true, force: true })));
  folders.clear();
}

export const cli = (args: readonly string[], variables: Variables): Promise<Ended> =>
  run(['scripts/cli.mjs', ...args], variables).ended;

/** For `beforeAll`: the very files that `npm start` runs. Builds the server when it is stale, the app only when it is missing. */
export async function ensureBuilt(): Promise<void> {
  const script = existsSync(join(root, 'build/client/index.html'))
    ? ['scripts/cli.mjs', 'help']
    : ['scripts/build.mjs'];
  const { code, output } = await run(script).ended;
  if (code !== 0) throw new Error(`the build failed:\n${output}`);
}

export interface RunningServer {
  readonly program: Program;
  readonly origin: string;
  /** Ends it as a service manager does. */
  stop(): Promise<Ended>;
}

/** Starts the built server on a port of the system's choice; resolves once it has said everything it says at a start. */
export async function startServer(
  dataFolder: string,
  options: { demo?: boolean; variables?: Variables; scheme?: 'http' | 'https' } = {},
): Promise<RunningServer> {
  const program = run(['build/server/main.js', ...(options.demo === true ? ['--demo'] : [])], {
    NODE_ENV: 'production',
    PORT: '0',
    DATA_DIR: dataFolder,
    ...options.variables,
  });
  const listening = await program.line(/"port":(\d+).*"msg":"listening"/);
  // The first line of the welcome; all of it is written at once.
  await program.line(/^Hospital Consult/);
  return {
    program,
    origin: `${options.scheme ?? 'http'}://localhost:${listening[1] ?? ''}`,
    stop() {
      program.signal('SIGTERM');
      return program.ended;
    },
  };
}
