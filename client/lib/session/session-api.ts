import type { z } from 'zod';
import { problemSchema, type ProblemCode } from '#shared/lib/problem.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import {
  demoSignInsSchema,
  sessionSchema,
  type DeviceDescription,
  type Session,
} from '#shared/session/protocol.ts';
import { protocolHeader, protocolVersion, serverHeader, slotHeader } from '#shared/sync/protocol.ts';

export type ApiFailure =
  | { readonly type: 'no-answer' }
  | { readonly type: 'not-our-server' }
  | {
      readonly type: 'problem';
      readonly status: number;
      readonly code: ProblemCode | null;
      readonly retryAfterSeconds: number | null;
    };

export type DemoSignIns = z.infer<typeof demoSignInsSchema>;

/** The session routes of our server, slot by slot. */
export interface SessionApi {
  signIn(
    slot: number,
    email: string,
    password: string,
    device: DeviceDescription,
  ): Promise<Result<Session, ApiFailure>>;
  current(slot: number): Promise<Result<Session, ApiFailure>>;
  signOut(slot: number): Promise<Result<undefined, ApiFailure>>;
  changePassword(slot: number, current: string, next: string): Promise<Result<Session, ApiFailure>>;
  demoSignIns(): Promise<Result<DemoSignIns, ApiFailure>>;
}

const timeoutMs = 20_000;

export function createSessionApi(fetchIt: typeof fetch, origin = ''): SessionApi {
  async function send(
    method: string,
    path: string,
    slot: number | null,
    body?: unknown,
  ): Promise<Result<unknown, ApiFailure>> {
    const headers = new Headers({ accept: 'application/json', [protocolHeader]: String(protocolVersion) });
    if (slot !== null) headers.set(slotHeader, String(slot));
    if (body !== undefined) headers.set('content-type', 'application/json');
    let response: Response;
    try {
      response = await fetchIt(`${origin}/api/session${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        cache: 'no-store',
        credentials: 'same-origin',
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch {
      // fetch rejects alike for no network, a cut connection and our own time limit.
      return err({ type: 'no-answer' });
    }
    if (!response.headers.has(serverHeader)) return err({ type: 'not-our-server' });
    const json: unknown = response.status === 204 ? null : await response.json().catch(() => undefined);
    if (response.ok) return json === undefined ? err({ type: 'no-answer' }) : ok(json);
    const problem = problemSchema.safeParse(json);
    return err({
      type: 'problem',
      status: response.status,
      code: problem.success ? problem.data.code : null,
      retryAfterSeconds: (problem.success ? problem.data.retryAfterSeconds : undefined) ?? null,
    });
  }

  async function ask<S extends z.ZodType>(
    schema: S,
    ...request: Parameters<typeof send>
  ): Promise<Result<z.infer<S>, ApiFailure>> {
    const answer = await send(...request);
    if (!answer.ok) return answer;
    const parsed = schema.safeParse(answer.value);
    return parsed.success ? ok(parsed.data) : err({ type: 'not-our-server' });
  }

  return {
    signIn: (slot, email, password, device) =>
      ask(sessionSchema, 'POST', '', slot, { email, password, device }),
    current: (slot) => ask(sessionSchema, 'GET', '', slot),
    async signOut(slot) {
      const answer = await send('DELETE', '', slot);
      return answer.ok ? ok(undefined) : answer;
    },
    changePassword: (slot, current, next) => ask(sessionSchema, 'POST', '/password', slot, { current, next }),
    demoSignIns: () => ask(demoSignInsSchema, 'GET', '/demo', null),
  };
}
