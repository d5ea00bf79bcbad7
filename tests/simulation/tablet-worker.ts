import { parentPort } from 'node:worker_threads';
import { dexiePlace } from '#tests/contract/tablet-store/rxdb-places.ts';
import { createSimTablet, type SimTablet, type TabletHost } from './sim-tablet.ts';
import type { FromTablet, ToTablet } from './worker-messages.ts';

/** One tablet in a thread of its own: real RxDB on IndexedDB; time and network come as messages from the world. */
const port = parentPort;
if (port === null) throw new Error('this runs in a worker');
const post = (message: FromTablet): void => {
  activity++;
  port.postMessage(message);
};

const restTurnMs = 2;
const restTurns = 3;
let activity = 0;
let nowMs = 0;
let next = 0;
let tablet: SimTablet | null = null;
const timers = new Map<number, () => void>();
const asked = new Map<number, { resolve: (response: Response) => void; reject: (cause: Error) => void }>();
const streams = new Map<number, ReadableStreamDefaultController<Uint8Array>>();

const askWorld: typeof fetch = (input, init = {}) =>
  new Promise((resolve, reject) => {
    const id = next++;
    asked.set(id, { resolve, reject });
    const { signal } = init;
    signal?.addEventListener('abort', () => {
      post({ type: 'abort', id });
      asked.delete(id);
      const stream = streams.get(id);
      streams.delete(id);
      const error = new DOMException('aborted', 'AbortError');
      stream?.error(error);
      reject(error);
    });
    if (typeof input !== 'string') throw new Error('the tablet asks by path');
    const headers = [...new Headers(init.headers)];
    const body = typeof init.body === 'string' ? init.body : null;
    post({ type: 'fetch', id, path: input, method: init.method ?? 'GET', headers, body });
  });

const host: TabletHost = {
  nowMs: () => nowMs,
  after(delayMs, run) {
    const timer = next++;
    timers.set(timer, run);
    post({ type: 'after', timer, delayMs });
    return () => {
      if (timers.delete(timer)) post({ type: 'cancel', timer });
    };
  },
  fetch: askWorld,
  written: (entry, nature) => post({ type: 'written', entry, nature }),
  bug: (what) => post({ type: 'bug', what }),
};

async function call({ id, call: name, args }: Extract<ToTablet, { type: 'call' }>): Promise<void> {
  try {
    const methods = (tablet ?? {}) as Readonly<Record<string, (...given: readonly unknown[]) => unknown>>;
    const value = await methods[name]?.(...args);
    post({ type: 'done', id, value, error: null });
  } catch (cause) {
    post({
      type: 'done',
      id,
      value: null,
      error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
    });
  }
}

/** IndexedDB and RxDB need many turns; so many quiet ones in a row are taken for rest. */
async function rest(id: number): Promise<void> {
  for (let quiet = 0; quiet < restTurns;) {
    const before = activity;
    await new Promise((resolve) => setTimeout(resolve, restTurnMs));
    quiet = activity === before ? quiet + 1 : 0;
  }
  port?.postMessage({ type: 'rested', id } satisfies FromTablet);
}

port.on('message', (message: ToTablet) => {
  nowMs = message.nowMs;
  switch (message.type) {
    case 'new':
      tablet = createSimTablet(dexiePlace(), host, message.options);
      return;
    case 'call':
      void call(message);
      return;
    case 'fire': {
      const run = timers.get(message.timer);
      timers.delete(message.timer);
      run?.();
      return;
    }
    case 'answer': {
      const { status, headers, text } = message;
      asked.get(message.id)?.resolve(new Response(status === 204 ? null : text, { status, headers }));
      asked.delete(message.id);
      return;
    }
    case 'stream': {
      const { id, status, headers } = message;
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => void streams.set(id, controller),
      });
      asked.get(id)?.resolve(new Response(body, { status, headers }));
      return;
    }
    case 'chunk':
      streams.get(message.id)?.enqueue(message.bytes);
      return;
    case 'broken': {
      const error = new TypeError('no answer');
      streams.get(message.id)?.error(error);
      asked.get(message.id)?.reject(error);
      streams.delete(message.id);
      asked.delete(message.id);
      return;
    }
    case 'rest':
      void rest(message.id);
      return;
  }
});
