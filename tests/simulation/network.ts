import type { Weather } from './faults.ts';
import type { Gateway } from './gateway.ts';
import { sessionHeader } from './gateway.ts';
import type { Chance } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface NetworkParts {
  readonly time: VirtualTime;
  readonly weather: Weather;
  readonly chance: Chance;
  /** The gateway this tablet is led to at the moment. */
  readonly gateway: () => Gateway;
  readonly session: () => string;
  /** What the server answered, whether or not it reaches the tablet. */
  readonly answered: (path: string, status: number, body: string) => void;
}

/** One tablet's way to the server: the wire itself is text, as over HTTP. */
export interface Network {
  readonly fetch: typeof fetch;
  setPartitioned(partitioned: boolean): void;
  isPartitioned(): boolean;
  /** Breaks what is open. */
  cutStreams(): void;
}

const usualLatencyMs = [2, 5, 20, 80, 200] as const;
/** Beyond the tablet's own patience of 30 s. */
const slowestMs = 45_000;
const page = '<html><body>Welcome to our Wi-Fi, please sign in</body></html>';

function problemAnswer(
  status: number,
  code: string,
  now: string,
  extra: Record<string, string> = {},
): Response {
  const body = { type: 'about:blank', title: code, status, code, requestId: 'simulated' };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'hc-server': 'simulated',
      'hc-now': now,
      ...extra,
    },
  });
}

export function createNetwork(parts: NetworkParts): Network {
  const { time, weather, chance } = parts;
  const streams = new Set<{ cut(): void }>();
  let partitioned = false;
  // Read through a function: it changes while an answer is on its way.
  const isCutOff = (): boolean => partitioned;
  const latencyMs = (): number => chance.pick(usualLatencyMs);

  const lost = (signal: AbortSignal | null | undefined): Promise<never> =>
    new Promise((_resolve, reject) => {
      const fail = (): void => reject(new TypeError('no answer'));
      // Some losses are noticed, others only by patience running out.
      if (chance.yes(0.6)) time.after(chance.int(50, 3_000), fail);
      signal?.addEventListener('abort', fail);
    });

  /** An answer that something between tablet and server gave, or null: it goes through. */
  function interfered(body: unknown): Response | null {
    if (weather.strikes('captive-portal')) {
      return new Response(page, {
        status: chance.pick([200, 302, 511]),
        headers: { 'content-type': 'text/html' },
      });
    }
    const now = time.clock.now();
    if (weather.strikes('signed-out')) return problemAnswer(401, 'session-ended', now);
    if (weather.strikes('server-error')) {
      return chance.pick([
        () => problemAnswer(503, 'unavailable', now, { 'retry-after': '2' }),
        () => problemAnswer(500, 'internal', now),
        () => problemAnswer(429, 'rate-limited', now, { 'retry-after': '5' }),
        () =>
          new Response('<html>502 Bad Gateway</html>', {
            status: 502,
            headers: { 'content-type': 'text/html' },
          }),
      ])();
    }
    const isBatch =
      typeof body === 'string' && body.includes('"items":[{') && body.split('"clockJumped"').length > 2;
    if (isBatch && weather.strikes('too-large')) return problemAnswer(413, 'too-large', now);
    return null;
  }

  async function send(
    path: string,
    init: RequestInit,
  ): Promise<{ gateway: Gateway; life: number; response: Response }> {
    const gateway = parts.gateway();
    const headers = new Headers(init.headers);
    headers.set(sessionHeader, parts.session());
    const life = gateway.life();
    const response = await gateway.request(path, {
      method: init.method ?? 'GET',
      headers,
      body: init.body ?? null,
    });
    return { gateway, life, response };
  }

  async function ask(path: string, init: RequestInit): Promise<Response> {
    const { signal } = init;
    await time.sleep(latencyMs());
    if (partitioned || weather.strikes('request-lost')) return lost(signal);
    const other = interfered(init.body);
    if (other !== null) return other;
    if (weather.strikes('request-doubled')) {
      time.after(chance.int(0, 5_000), () => void send(path, init).catch(() => undefined));
    }
    const { response } = await send(path, init);
    const text = await response.text();
    parts.answered(path, response.status, text);
    if (weather.strikes('answer-slow')) await time.sleep(chance.int(1_000, slowestMs));
    else await time.sleep(latencyMs());
    if (isCutOff() || weather.strikes('answer-lost')) return lost(signal);
    const cut = weather.strikes('answer-cut') ? text.slice(0, Math.floor(text.length / 2)) : text;
    return new Response(response.status === 204 ? null : cut, {
      status: response.status,
      headers: response.headers,
    });
  }

  async function stream(path: string, init: RequestInit): Promise<Response> {
    await time.sleep(latencyMs());
    if (partitioned || weather.strikes('request-lost')) return lost(init.signal);
    const other = interfered(null);
    if (other !== null) return other;
    const { gateway, life, response } = await send(path, init);
    const { body } = response;
    if (body === null || !response.ok) {
      await time.sleep(latencyMs());
      return new Response(await response.text(), { status: response.status, headers: response.headers });
    }
    const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
    return new Response(
      relay(reader, () => gateway.life() !== life, init.signal),
      {
        status: response.status,
        headers: response.headers,
      },
    );
  }

  /** Carries chunks one after the other; a chunk may vanish, and in a partition nothing more ever comes. */
  function relay(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    isServerGone: () => boolean,
    signal: AbortSignal | null | undefined,
  ): ReadableStream<Uint8Array> {
    let ended = false;
    let isStalled = false;
    const end = (): void => {
      ended = true;
      streams.delete(mine);
      reader.cancel().catch(() => undefined);
    };
    const mine = { cut: (): void => undefined };
    return new ReadableStream<Uint8Array>({
      start(controller) {
        const fail = (): void => {
          if (ended) return;
          end();
          controller.error(new TypeError('the stream broke'));
        };
        mine.cut = fail;
        streams.add(mine);
        signal?.addEventListener('abort', fail);
        const carry = async (): Promise<void> => {
          for (;;) {
            const { done, value } = await reader.read();
            await time.sleep(latencyMs());
            if (ended) return;
            isStalled ||= partitioned;
            if (isStalled) continue;
            if (done || isServerGone() || weather.strikes('stream-cut')) {
              fail();
              return;
            }
            if (weather.strikes('stream-message-lost')) continue;
            controller.enqueue(value);
          }
        };
        carry().catch(fail);
      },
      cancel: end,
    });
  }

  const virtualFetch = (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    if (typeof input !== 'string') throw new Error('the tablet asks by path');
    const work = input.endsWith('/stream') ? stream(input, init) : ask(input, init);
    const { signal } = init;
    if (signal === null || signal === undefined) return work;
    return Promise.race([
      work,
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      }),
    ]);
  };

  return {
    fetch: virtualFetch,
    setPartitioned(value) {
      partitioned = value;
    },
    isPartitioned: isCutOff,
    cutStreams() {
      for (const open of [...streams]) open.cut();
    },
  };
}
