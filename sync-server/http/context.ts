import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Logger } from 'pino';
import type { RecognisedSession } from '#server/auth/sessions.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';

/** Who does something, from where and when: on every write and on every read of a patient or a consult. */
export interface Actor {
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly deviceKind: 'personal' | 'ward';
  /** The session document's id; no secret. */
  readonly session: string;
  /** The network address the request came from, as far as the server can tell. */
  readonly address: string;
  readonly at: Instant;
}

/** What a handler finds in its context. `actor`, `session` and `slot` are there wherever the session middleware ran, and only there. */
export interface AppEnv {
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    /** Carries the request id. Never log bodies, queries, names or clinical text. */
    logger: Logger;
    address: string;
    /** When the request came in, by the server's clock. */
    at: Instant;
    /** Largest body of the feature asked. */
    maxBodyBytes: number;
    actor: Actor;
    session: RecognisedSession;
    slot: number;
  };
}

/**
 * A group of routes under one path. `session`: every route asks for a session that has no password change waiting;
 * `public`: the routes see to it themselves.
 */
export interface Feature {
  readonly path: `/api/${string}`;
  readonly access: 'session' | 'public';
  readonly routes: Hono<AppEnv>;
  /** Paths that answer also to a device that was revoked, and there even to its ended sessions: handing in, and saying that it is empty. */
  readonly evenOnRevokedDevice?: readonly string[];
  /** Largest request body in bytes; absent: 64 KiB. A chunked body is cut there too. */
  readonly maxBodyBytes?: number;
}
