import type { Bytes } from './bytes.ts';
import { memoryKiB, passesFor, type Kdf, type KdfCost } from './kdf.ts';
import type { KdfAnswer, KdfRequest } from './kdf-messages.ts';

/** One worker for one request: what it derived goes with it. */
function ask(request: KdfRequest): Promise<KdfAnswer> {
  const worker = new Worker(new URL('./kdf-worker.ts', import.meta.url), { type: 'module' });
  const answered = new Promise<KdfAnswer>((resolve, reject) => {
    worker.addEventListener('message', (event: MessageEvent<KdfAnswer>) => resolve(event.data));
    worker.addEventListener('error', () => reject(new Error('the worker that derives keys did not start')));
  });
  worker.postMessage(request);
  return answered.finally(() => worker.terminate());
}

/** Argon2id in a worker. Rejects where the browser cannot run it (no memory, no WebAssembly). */
export function createWorkerKdf(): Kdf {
  let cost: Promise<KdfCost> | null = null;
  return {
    async derive(text: string, salt: Bytes, wanted: KdfCost) {
      const answer = await ask({ type: 'derive', text, salt, cost: wanted });
      if (answer.type !== 'derived') throw new Error('no key could be derived');
      return answer.key;
    },
    costHere() {
      cost ??= ask({ type: 'measure' }).then((answer) => {
        if (answer.type !== 'measured') throw new Error('the cost could not be measured');
        return { memoryKiB, passes: passesFor(answer.passMs) };
      });
      return cost;
    },
  };
}
