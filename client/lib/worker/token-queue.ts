import { Queue } from 'workbox-background-sync';

/** Tokens in notifications are the right to act; they wait here when there is no network and are sent when the browser says so. */
export interface TokenQueue {
  /** Sends now; a request that did not reach our server waits for background sync. */
  send(
    path: '/api/alert-tokens/receipt' | '/api/alert-tokens/acknowledge',
    body: Record<string, unknown>,
  ): Promise<SendOutcome>;
  /** For browsers that never fire background sync: called whenever the worker wakes for something else. */
  flush(): Promise<void>;
}

export type SendOutcome =
  | { readonly type: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly type: 'waiting' };

const retentionMinutes = 24 * 60;

/** An answer is ours only with our header: a captive portal's page is no answer. */
const isAnswer = (response: Response): boolean =>
  response.headers.has('hc-server') && response.status < 500 && response.status !== 429;

export function createTokenQueue(): TokenQueue {
  const queue = new Queue('alert-tokens', {
    maxRetentionTime: retentionMinutes,
    onSync: ({ queue: waiting }) => replay(waiting),
  });

  async function replay(waiting: Queue): Promise<void> {
    for (
      let entry = await waiting.shiftRequest();
      entry !== undefined;
      entry = await waiting.shiftRequest()
    ) {
      let answered = false;
      try {
        answered = isAnswer(await fetch(entry.request.clone()));
      } finally {
        if (!answered) await waiting.unshiftRequest(entry);
      }
      // Rejecting tells the browser to sync again later.
      if (!answered) throw new Error('no answer from our server yet');
    }
  }

  return {
    async send(path, body) {
      const request = new Request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        keepalive: true,
      });
      let response: Response | null = null;
      try {
        response = await fetch(request.clone());
      } catch (cause) {
        // fetch rejects with TypeError when there is no network; then the request waits.
        if (!(cause instanceof TypeError)) throw cause;
      }
      if (response !== null && isAnswer(response)) {
        return { type: 'answered', status: response.status, body: await response.json().catch(() => null) };
      }
      await queue.pushRequest({ request });
      return { type: 'waiting' };
    },
    async flush() {
      if ((await queue.size()) > 0) await replay(queue);
    },
  };
}
