import { recoverySchema } from '#shared/session/recovery.ts';
import { problemSchema } from '#shared/lib/problem.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { protocolHeader, protocolVersion, serverHeader, slotHeader } from '#shared/sync/protocol.ts';
import { bytesOfBase64Url, type Bytes } from './bytes.ts';

export type RecoveryFailure =
  | { readonly type: 'no-answer' }
  /** The server does not give it to this device any more. */
  | { readonly type: 'revoked' };

/** The server's half of what opens this person's keys on this device, fetched in a session of theirs. */
export interface RecoveryApi {
  secret(slot: number): Promise<Result<Bytes, RecoveryFailure>>;
}

const timeoutMs = 20_000;

export function createRecoveryApi(fetchIt: typeof fetch): RecoveryApi {
  return {
    async secret(slot) {
      let response: Response;
      try {
        response = await fetchIt('/api/recovery', {
          method: 'POST',
          headers: {
            accept: 'application/json',
            [protocolHeader]: String(protocolVersion),
            [slotHeader]: String(slot),
          },
          cache: 'no-store',
          credentials: 'same-origin',
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
        });
      } catch {
        // No network, a cut connection, our own time limit.
        return err({ type: 'no-answer' });
      }
      if (!response.headers.has(serverHeader)) return err({ type: 'no-answer' });
      const json: unknown = await response.json().catch(() => undefined);
      if (!response.ok) {
        const problem = problemSchema.safeParse(json);
        const isRevoked = problem.success && problem.data.code === 'device-revoked';
        return err({ type: isRevoked ? 'revoked' : 'no-answer' });
      }
      const parsed = recoverySchema.safeParse(json);
      const secret = parsed.success ? bytesOfBase64Url(parsed.data.secret) : null;
      return secret?.length === 32 ? ok(secret) : err({ type: 'no-answer' });
    },
  };
}
