import { z } from 'zod';
import { slotSchema } from '#shared/session/protocol.ts';

/** Where a withdrawn device has come to; each step may be begun again. */
const wipeStateSchema = z.object({
  step: z.enum(['handing-in', 'deleting', 'telling', 'done']),
  /** Whose sessions can hand in and tell; nobody's name. */
  slots: z.array(slotSchema),
  /** Items that are at the server now, set aside for the heads. */
  handedIn: z.int().min(0),
  /** Items that could not be handed in by any way. */
  lost: z.int().min(0),
});
export type WipeState = z.infer<typeof wipeStateSchema>;

export const wipeKey = 'hc-withdrawn';

/** Outlives everything else that is deleted, so that a tablet that is switched off in the middle goes on at its next start. */
export interface WipeMarker {
  /** null: this device was not withdrawn, as far as it knows. */
  read(): WipeState | null;
  write(state: WipeState): void;
  clear(): void;
}

export function createWipeMarker(store: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>): WipeMarker {
  return {
    read() {
      const text = store.getItem(wipeKey);
      if (text === null) return null;
      try {
        const parsed = wipeStateSchema.safeParse(JSON.parse(text));
        if (parsed.success) return parsed.data;
      } catch {
        // Not JSON: something was written here all the same.
      }
      return { step: 'handing-in', slots: [], handedIn: 0, lost: 0 };
    },
    write: (state) => store.setItem(wipeKey, JSON.stringify(state)),
    clear: () => store.removeItem(wipeKey),
  };
}
