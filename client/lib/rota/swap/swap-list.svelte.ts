import { swapListSchema, swapViewSchema, type SwapView } from '#shared/directory/rota-protocol.ts';
import type { ApiRequest } from '$lib/alerts/api-request.ts';
import { askRota, type RotaFailure } from '../ask-rota.ts';

/** The swaps one asked for and was asked for, as the server knows them; null until it has answered. */
export class SwapList {
  readonly #request: ApiRequest;
  swaps = $state.raw<readonly SwapView[] | null>(null);
  failure = $state.raw<RotaFailure | null>(null);
  busy = $state(false);

  constructor(request: ApiRequest) {
    this.#request = request;
  }

  /** Without an answer what was known stays. */
  async read(): Promise<void> {
    const answer = await askRota(this.#request, '/api/rota/swaps', swapListSchema);
    if (answer.ok) this.swaps = answer.value.swaps;
  }

  async answer(swap: SwapView, word: 'agree' | 'decline' | 'withdraw'): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.failure = null;
    const answer = await askRota(
      this.#request,
      `/api/rota/swaps/${encodeURIComponent(swap.id)}/${word}`,
      swapViewSchema,
      { method: 'POST' },
    );
    if (!answer.ok) this.failure = answer.error;
    await this.read();
    this.busy = false;
  }
}
