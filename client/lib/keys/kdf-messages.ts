import type { Bytes } from './bytes.ts';
import type { KdfCost } from './kdf.ts';

export type KdfRequest =
  | { readonly type: 'derive'; readonly text: string; readonly salt: Bytes; readonly cost: KdfCost }
  | { readonly type: 'measure' };

export type KdfAnswer =
  | { readonly type: 'derived'; readonly key: Bytes }
  | { readonly type: 'measured'; readonly passMs: number }
  | { readonly type: 'failed'; readonly name: string };
