import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { slotHeader, pushAnswerSchema, type PushOutcome } from '#shared/sync/protocol.ts';
import type { AuthoredEnvelope } from '#shared/event/envelope.ts';
import { msToInstant } from '#shared/lib/instant.ts';
import { cookiesOf, testDevice, testPassword } from '#tests/server.ts';

export interface Doctor {
  push(events: readonly AuthoredEnvelope[]): Promise<readonly PushOutcome[] | 'no-answer'>;
}

export interface KilledServer {
  signIn(index: number, device: string): Promise<Doctor>;
  /** SIGKILL: no handler runs, nothing is flushed. */
  kill(): Promise<void>;
  isAlive(): boolean;
}

const script = fileURLToPath(new URL('./server-process.ts', import.meta.url));

/** Starts the server as a process of its own over that folder, and waits until it answers. */
export async function startServerProcess(folder: string): Promise<KilledServer> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  child.stderr?.on('data', (data: Buffer) => errors.push(data.toString()));
  const exited = once(child, 'exit');
  if (child.stdout === null) throw new Error('the server has no output');
  const lines = createInterface({ input: child.stdout });
  const listening = once(lines, 'line') as Promise<[string]>;
  const first = await Promise.race([listening, exited.then(() => null)]);
  if (first === null) throw new Error(`the server did not start: ${errors.join('')}`);
  const origin = `http://127.0.0.1:${first[0].replace('listening ', '')}`;

  async function ask(path: string, body: unknown, headers: Record<string, string>): Promise<Response | null> {
    try {
      return await fetch(origin + path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          origin: 'http://localhost',
          [slotHeader]: '0',
          ...headers,
        },
        body: JSON.stringify(body),
      });
    } catch (error) {
      // The process is gone, or went while it answered.
      if (error instanceof TypeError) return null;
      throw error;
    }
  }

  return {
    async signIn(index, device) {
      const request = {
        email: `doctor${String(index)}@hospital.test`,
        password: testPassword,
        device: testDevice({ id: device as never }),
      };
      const response = await ask('/api/session', request, {});
      const cookie = response === null ? undefined : cookiesOf(response)[0];
      if (response === null || cookie === undefined) throw new Error('the sign-in failed');
      return {
        async push(events) {
          const items = events.map((event) => ({ event, clockJumped: false }));
          const answer = await ask(
            '/api/sync/push',
            { sentAt: msToInstant(Date.now()), unsentAfter: 0, items },
            { cookie },
          );
          if (answer === null || !answer.ok) return 'no-answer';
          const text = await answer.text().catch(() => null);
          if (text === null) return 'no-answer';
          return pushAnswerSchema.parse(JSON.parse(text)).outcomes;
        },
      };
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    isAlive: () => child.exitCode === null && child.signalCode === null,
  };
}
