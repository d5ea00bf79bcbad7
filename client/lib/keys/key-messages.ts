import type { UnlockedKeys } from './keyrings.ts';

/** Between a page that is left, the service worker, and the page that comes after it. */
export type KeyMessage =
  | { readonly type: 'hc-keys-keep'; readonly ticket: string; readonly keys: UnlockedKeys }
  /** Answered on the port that comes with it: the keys, or null. */
  | { readonly type: 'hc-keys-take'; readonly ticket: string }
  | { readonly type: 'hc-keys-forget'; readonly keyId: string };

export const keepMessage = (ticket: string, keys: UnlockedKeys): KeyMessage => ({
  type: 'hc-keys-keep',
  ticket,
  keys,
});
export const takeMessage = (ticket: string): KeyMessage => ({ type: 'hc-keys-take', ticket });
export const forgetMessage = (keyId: string): KeyMessage => ({ type: 'hc-keys-forget', keyId });

export function isKeyMessage(value: unknown): value is KeyMessage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    value.type.startsWith('hc-keys-')
  );
}
