import type { WipeMarker, WipeState } from './wipe-marker.ts';

export interface WipeParts {
  readonly marker: WipeMarker;
  /** Asks once more before anything is deleted; `unknown`: no answer yet. */
  readonly isWithdrawn: (slots: readonly number[]) => Promise<'yes' | 'no' | 'unknown'>;
  /** Hands in what waits here, of everybody; null: it is worth trying again. */
  readonly handIn: (
    slots: readonly number[],
  ) => Promise<{ readonly handedIn: number; readonly lost: number } | null>;
  /** Deletes everything but the marker; false: something is still there. */
  readonly erase: () => Promise<boolean>;
  /** Tells the server; false: it has not heard. */
  readonly tell: (slots: readonly number[], lost: number) => Promise<boolean>;
  /** Until it is worth trying again. */
  readonly pause: () => Promise<void>;
}

/** What the screen says: where it has come to, and whether it waits for the network. */
export interface WipeProgress extends WipeState {
  readonly waits: boolean;
}

/**
 * Empties a device that was withdrawn: hands in, deletes, tells, in this order, however often it is begun again. Nothing is deleted before
 * everything that can be handed in is at the server. Resolves when done, or with false when the server does not say any more that it is withdrawn.
 */
export async function runWipe(parts: WipeParts, show: (progress: WipeProgress) => void): Promise<boolean> {
  const { marker } = parts;

  /** One step; false: it has to be tried again. */
  async function advance(state: WipeState): Promise<boolean> {
    switch (state.step) {
      case 'handing-in': {
        const handed = await parts.handIn(state.slots);
        if (handed !== null) marker.write({ ...state, ...handed, step: 'deleting' });
        return handed !== null;
      }
      case 'deleting': {
        const isGone = await parts.erase();
        if (isGone) marker.write({ ...state, step: 'telling' });
        return isGone;
      }
      case 'telling': {
        const isTold = await parts.tell(state.slots, state.lost);
        if (isTold) marker.write({ ...state, step: 'done' });
        return isTold;
      }
      case 'done':
        return true;
    }
  }

  for (;;) {
    const state = marker.read();
    if (state === null) return false;
    show({ ...state, waits: false });
    if (state.step === 'done') return true;
    if (state.step === 'handing-in') {
      const withdrawn = await parts.isWithdrawn(state.slots);
      if (withdrawn === 'no') {
        marker.clear();
        return false;
      }
      if (withdrawn === 'unknown') {
        show({ ...state, waits: true });
        await parts.pause();
        continue;
      }
    }
    if (await advance(state)) continue;
    show({ ...state, waits: true });
    await parts.pause();
  }
}
