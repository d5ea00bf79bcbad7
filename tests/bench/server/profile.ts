import { Session } from 'node:inspector/promises';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

export interface Hot {
  readonly share: number;
  readonly place: string;
}

const listed = 15;

/** A CPU profile of this process, from `start` to `stop`. */
export function createProfiler() {
  const session = new Session();
  return {
    async start(): Promise<void> {
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.start');
    },
    /** Writes the profile and resolves with where most time was spent, by time of the functions themselves. */
    async stop(path: string): Promise<Hot[]> {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, JSON.stringify(profile));
      const names = new Map(
        profile.nodes.map(({ id, callFrame }) => [
          id,
          `${callFrame.functionName || '(anonymous)'} ${basename(callFrame.url) || 'native'}`,
        ]),
      );
      const spent = new Map<string, number>();
      let total = 0;
      for (const [at, node] of (profile.samples ?? []).entries()) {
        const name = names.get(node) ?? '';
        // The inspector itself works in `dispatch`.
        if (name.startsWith('(idle)') || name.startsWith('(program)') || name === 'dispatch native') continue;
        const micros = profile.timeDeltas?.[at] ?? 0;
        total += micros;
        spent.set(name, (spent.get(name) ?? 0) + micros);
      }
      return [...spent]
        .sort((a, b) => b[1] - a[1])
        .slice(0, listed)
        .map(([place, micros]) => ({ place, share: micros / total }));
    },
  };
}
