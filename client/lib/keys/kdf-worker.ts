/// <reference lib="webworker" />
import { argon2id } from 'hash-wasm';
import { memoryKiB } from './kdf.ts';
import type { KdfAnswer, KdfRequest } from './kdf-messages.ts';

declare const self: DedicatedWorkerGlobalScope;

const derive = ({ text, salt, cost }: Extract<KdfRequest, { type: 'derive' }>): Promise<Uint8Array> =>
  argon2id({
    // One text typed on two keyboards is one secret.
    password: text.normalize('NFC'),
    salt,
    parallelism: 1,
    iterations: cost.passes,
    memorySize: cost.memoryKiB,
    hashLength: 32,
    outputType: 'binary',
  });

/** The second run is measured: the first pays for compiling and for memory it has never touched. */
async function measure(): Promise<number> {
  const once = { text: 'measure', salt: new Uint8Array(16), cost: { memoryKiB, passes: 1 } };
  await derive({ type: 'derive', ...once });
  const before = performance.now();
  await derive({ type: 'derive', ...once });
  return performance.now() - before;
}

async function answer(request: KdfRequest): Promise<KdfAnswer> {
  try {
    return request.type === 'derive'
      ? { type: 'derived', key: new Uint8Array(await derive(request)) }
      : { type: 'measured', passMs: await measure() };
  } catch (error) {
    return { type: 'failed', name: error instanceof Error ? error.name : 'Error' };
  }
}

self.addEventListener('message', (event: MessageEvent<KdfRequest>) => {
  void answer(event.data).then((told) => self.postMessage(told));
});
