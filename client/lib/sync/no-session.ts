import { err } from '#shared/lib/result.ts';
import type { ServerFailure, ServerPort } from './server-port.ts';

/**
 * The server for somebody who is signed in nowhere here: nothing is asked of it. A free slot's cookie may still stand for somebody who signed out
 * without a network, and their records must not come into these.
 */
export function createNoSession(): ServerPort {
  const signedOut = (): Promise<ReturnType<typeof err<ServerFailure>>> =>
    Promise.resolve(err({ type: 'signed-out' as const }));
  return {
    push: signedOut,
    pull: signedOut,
    state: signedOut,
    compare: signedOut,
    documents: signedOut,
    offer: signedOut,
    receipts: signedOut,
    openStream: signedOut,
    close: () => undefined,
  };
}
