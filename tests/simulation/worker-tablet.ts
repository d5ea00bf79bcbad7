import { Worker } from 'node:worker_threads';
import type { SimTablet, TabletHost, TabletOptions, TabletState } from './sim-tablet.ts';
import type { Call, FromTablet, ToTablet } from './worker-messages.ts';
import type { MakeTablet } from './world.ts';

/** Threads that tablets live in, one each; used again by the next history. */
export interface TabletThreads {
  readonly makeTablet: MakeTablet;
  /** Resolves when every thread that was told something has come to rest. */
  atRest(): Promise<void>;
  close(): Promise<void>;
}

type Message<T = ToTablet> = T extends unknown ? Omit<T, 'nowMs'> : never;

interface Thread {
  tell(message: Message): void;
  ask(message: (id: number) => Message): Promise<unknown>;
  /** What comes from the tablet now living there. */
  listen(run: (message: FromTablet) => void): void;
  rest(): Promise<void>;
  setClock(nowMs: () => number): void;
  close(): Promise<void>;
}

function openThread(): Thread {
  const worker = new Worker(new URL('./tablet-worker-entry.mjs', import.meta.url), { execArgv: [] });
  const waiting = new Map<number, (message: FromTablet) => void>();
  let next = 0;
  let isTouched = false;
  let nowMs = (): number => 0;
  let listener: (message: FromTablet) => void = () => undefined;
  worker.on('message', (message: FromTablet) => {
    if (message.type === 'done' || message.type === 'rested') {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    } else listener(message);
  });
  worker.on('error', (error) => {
    listener({ type: 'bug', what: `the thread ended: ${error.stack ?? error.message}` });
    for (const [id, answer] of waiting) answer({ type: 'done', id, value: null, error: 'the thread ended' });
    waiting.clear();
  });
  const send = (message: Message): void => {
    isTouched = true;
    worker.postMessage({ ...message, nowMs: nowMs() });
  };
  return {
    tell: send,
    ask: (message) =>
      new Promise((resolve, reject) => {
        const id = next++;
        waiting.set(id, (answer) => {
          if (answer.type !== 'done') resolve(undefined);
          else if (answer.error === null) resolve(answer.value);
          else reject(new Error(answer.error));
        });
        send(message(id));
      }),
    listen: (run) => void (listener = run),
    async rest() {
      while (isTouched) {
        isTouched = false;
        const id = next++;
        const rested = new Promise<void>((resolve) => waiting.set(id, () => resolve()));
        worker.postMessage({ type: 'rest', id, nowMs: nowMs() } satisfies ToTablet);
        await rested;
      }
    },
    setClock(clock) {
      nowMs = clock;
    },
    async close() {
      await worker.terminate();
    },
  };
}

/** Carries one request of a tablet's thread through the world's network. */
async function carry(
  thread: Thread,
  host: TabletHost,
  { id, path, method, headers, body }: Extract<FromTablet, { type: 'fetch' }>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const response = await host.fetch(path, { method, headers, ...(body === null ? {} : { body }), signal });
    const answer = { id, status: response.status, headers: [...response.headers] };
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (!isStream || response.body === null) {
      thread.tell({ type: 'answer', ...answer, text: await response.text() });
      return;
    }
    thread.tell({ type: 'stream', ...answer });
    const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      thread.tell({ type: 'chunk', id, bytes: value });
    }
    thread.tell({ type: 'broken', id });
  } catch {
    // However it failed, for the tablet it is no answer.
    if (!signal.aborted) thread.tell({ type: 'broken', id });
  }
}

function tabletIn(thread: Thread, host: TabletHost, options: TabletOptions): SimTablet {
  const timers = new Map<number, () => void>();
  const requests = new Map<number, AbortController>();
  let running = false;
  thread.setClock(() => host.nowMs());
  thread.listen((message) => {
    switch (message.type) {
      case 'after': {
        const { timer, delayMs } = message;
        timers.set(
          timer,
          host.after(delayMs, () => {
            if (timers.delete(timer)) thread.tell({ type: 'fire', timer });
          }),
        );
        return;
      }
      case 'cancel':
        timers.get(message.timer)?.();
        timers.delete(message.timer);
        return;
      case 'fetch': {
        const abort = new AbortController();
        requests.set(message.id, abort);
        void carry(thread, host, message, abort.signal).finally(() => requests.delete(message.id));
        return;
      }
      case 'abort':
        requests.get(message.id)?.abort();
        return;
      case 'written':
        host.written(message.entry, message.nature);
        return;
      case 'bug':
        host.bug(message.what);
        return;
      case 'done':
      case 'rested':
        return;
    }
  });
  thread.tell({ type: 'new', options });
  const call = (name: Call, ...args: readonly unknown[]): Promise<unknown> =>
    thread.ask((id) => ({ type: 'call', id, call: name, args }));
  const order = (name: Call, ...args: readonly unknown[]): void => {
    call(name, ...args).catch((cause: unknown) => host.bug(String(cause)));
  };
  return {
    async start() {
      await call('start');
      running = true;
    },
    async kill() {
      running = false;
      await call('kill');
    },
    isRunning: () => running,
    act: (nature) => order('act', nature),
    syncNow: () => order('syncNow'),
    wake: () => order('wake'),
    failPages: (count) => order('failPages', count),
    setFull: (full) => order('setFull', full),
    jumpClock: (byMs) => order('jumpClock', byMs),
    state: async () => (await call('state')) as TabletState,
    heldEvents: async () => (await call('heldEvents')) as readonly string[],
  };
}

/** Threads are waited for once in so much virtual time; what they say meanwhile comes a little later, as from a slow tablet. */
const betweenRestsMs = 250;

export function openTabletThreads(): TabletThreads {
  const threads: Thread[] = [];
  let nowMs = (): number => 0;
  let restedAtMs = 0;
  return {
    makeTablet(index, host, options) {
      nowMs = () => host.nowMs();
      return tabletIn((threads[index] ??= openThread()), host, options);
    },
    async atRest() {
      if (Math.abs(nowMs() - restedAtMs) < betweenRestsMs) return;
      restedAtMs = nowMs();
      await Promise.all(threads.map((thread) => thread.rest()));
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}
