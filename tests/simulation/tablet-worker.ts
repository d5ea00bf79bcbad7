import { parentPort } from 'node:worker_threads';
import { ownWork } from './own-work-of-thread.ts';
import { newSeal, sealedPlace } from '#tests/contract/tablet-store/rxdb-places.ts';
import { createSimTablet, type SimTablet, type TabletHost } from './sim-tablet.ts';
import type { FromTablet, FromTabletAtRest, ToTablet, ToTabletAtOnce } from './worker-messages.ts';

/** One tablet in a thread of its own: real RxDB on IndexedDB, sealed as the app seals it; time and network come as messages from the world. */
const port = parentPort;
if (port === null) throw new Error('this runs in a worker');
const seal = await newSeal();
let toSay: FromTablet[] = [];
let heard = 0;
let isResting = false;
const post = (message: FromTablet): void => {
  toSay.push(message);
  void sayAtRest();
};

/** What the tablet says goes out when it has come to rest: nothing answers it before. */
async function sayAtRest(): Promise<void> {
  if (isResting) return;
  isResting = true;
  let serial: number;
  do {
    serial = heard;
    await ownWork.rest();
    const messages = toSay;
    toSay = [];
    port?.postMessage({ serial, messages } satisfies FromTabletAtRest);
  } while (heard !== serial);
  isResting = false;
}

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

function take(message: ToTablet): void {
  nowMs = message.nowMs;
  switch (message.type) {
    case 'new':
      tablet = createSimTablet(sealedPlace(seal), host, message.options);
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
  }
}

port.on('message', ({ serial, messages }: ToTabletAtOnce) => {
  heard = serial;
  for (const message of messages) take(message);
  void sayAtRest();
});
