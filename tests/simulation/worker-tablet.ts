import { Worker } from 'node:worker_threads';
import type { SimTablet, TabletHost, TabletOptions, TabletState } from './sim-tablet.ts';
import type { Call, FromTablet, FromTabletAtRest, ToTablet, ToTabletAtOnce } from './worker-messages.ts';
import type { MakeTablet } from './world.ts';

/** Threads that tablets live in, one each; used again by the next history. */
export interface TabletThreads {
  readonly makeTablet: MakeTablet;
  /** Resolves when every thread that was told something has come to rest; false when none was. */
  atRest(): Promise<boolean>;
  close(): Promise<void>;
}

type Message<T = ToTablet> = T extends unknown ? Omit<T, 'nowMs'> : never;

interface Thread {
  tell(message: Message): void;
  ask(message: (id: number) => Message): Promise<unknown>;
  /** What comes from the tablet now living there. */
  listen(run: (message: FromTablet) => void): void;
  /** False: nothing was told to it since it last rested. */
  rest(): Promise<boolean>;
  setClock(nowMs: () => number): void;
  close(): Promise<void>;
}

function openThread(): Thread {
  const worker = new Worker(new URL('./tablet-worker-entry.mjs', import.meta.url), { execArgv: [] });
  const waiting = new Map<number, (message: Extract<FromTablet, { type: 'done' }>) => void>();
  let next = 0;
  let toSay: ToTablet[] = [];
  let said = 0;
  let answered = 0;
  let atRest: (() => void)[] = [];
  let isTouched = false;
  let isDead = false;
  let nowMs = (): number => 0;
  let listener: (message: FromTablet) => void = () => undefined;

  function take(message: FromTablet): void {
    if (message.type !== 'done') {
      listener(message);
      return;
    }
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  }
  function rested(): void {
    const told = atRest;
    atRest = [];
    for (const resolve of told) resolve();
  }
  worker.on('message', ({ serial, messages }: FromTabletAtRest) => {
    for (const message of messages) take(message);
    answered = serial;
    if (answered === said) rested();
  });
  worker.on('error', (error) => {
    isDead = true;
    listener({ type: 'bug', what: `the thread ended: ${error.stack ?? error.message}` });
    for (const id of [...waiting.keys()]) take({ type: 'done', id, value: null, error: 'the thread ended' });
    rested();
  });

  function say(): void {
    if (toSay.length === 0) return;
    const messages = toSay;
    toSay = [];
    worker.postMessage({ serial: ++said, messages } satisfies ToTabletAtOnce);
  }
  const send = (message: Message): void => {
    isTouched = true;
    // Asked outside of virtual time nobody waits for rest.
    if (toSay.length === 0) setImmediate(say);
    toSay.push({ ...message, nowMs: nowMs() });
  };
  return {
    tell: send,
    ask: (message) =>
      new Promise((resolve, reject) => {
        if (isDead) throw new Error('the thread has ended');
        const id = next++;
        waiting.set(id, ({ value, error }) => {
          if (error === null) resolve(value);
          else reject(new Error(error));
        });
        send(message(id));
      }),
    listen: (run) => void (listener = run),
    async rest() {
      if (!isTouched || isDead) return false;
      isTouched = false;
      say();
      if (answered !== said) await new Promise<void>((resolve) => atRest.push(resolve));
      return true;
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

export function openTabletThreads(): TabletThreads {
  const threads: Thread[] = [];
  return {
    makeTablet: (index, host, options) => tabletIn((threads[index] ??= openThread()), host, options),
    async atRest() {
      const rested = await Promise.all(threads.map((thread) => thread.rest()));
      return rested.some((wasTouched) => wasTouched);
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}
