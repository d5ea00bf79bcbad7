import { createECDH, createHash, createPublicKey, randomBytes, verify, type ECDH } from 'node:crypto';
import { Agent, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import httpEce from 'http_ece';
import { generate } from 'selfsigned';
import { pushPayloadSchema, type PushPayload, type PushSubscriptionJson } from '#shared/alert/protocol.ts';

/** One message as the push service got it, decrypted with the subscriber's own keys. */
export interface DeliveredPush {
  readonly payload: PushPayload;
  readonly text: string;
  readonly ttlSeconds: number;
  readonly urgency: string;
  readonly topic: string;
  readonly vapidSubject: string;
  /** The header, with the token and its signature. */
  readonly authorization: string;
}

export interface Subscriber {
  readonly subscription: PushSubscriptionJson;
  readonly delivered: readonly DeliveredPush[];
  /** Resolves with the nth message, counted from 0, as soon as it is there. */
  message(index: number): Promise<DeliveredPush>;
}

/** A push service over real TLS that decrypts (RFC 8291) and verifies VAPID (RFC 8292), and can refuse on demand. */
export interface PushService {
  readonly origin: string;
  /** Trusts this service's certificate. */
  readonly agent: Agent;
  subscribe(): Subscriber;
  /** Answers every message with this status until told otherwise; null: takes them. */
  answerWith(status: number | null): void;
  readonly faults: readonly string[];
  close(): Promise<void>;
}

interface Held {
  readonly ecdh: ECDH;
  readonly auth: Buffer;
  readonly delivered: DeliveredPush[];
  readonly waiting: { index: number; resolve: (push: DeliveredPush) => void }[];
}

function verifyVapid(header: string, origin: string): string {
  const { t: token = '', k: key = '' } = Object.fromEntries(
    header
      .replace(/^vapid /, '')
      .split(/,\s*/)
      .map((part) => part.split('=', 2)),
  ) as Record<string, string>;
  const [head = '', claims = '', signature = ''] = token.split('.');
  const point = Buffer.from(key, 'base64url');
  const publicKey = createPublicKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
  const isGenuine = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  const { aud, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
    aud: string;
    sub: string;
  };
  if (!isGenuine) throw new Error('VAPID signature is wrong');
  if (aud !== origin) throw new Error('VAPID audience is wrong');
  return sub;
}

export async function startPushService(): Promise<PushService> {
  const certificate = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const subscribers = new Map<string, Held>();
  const faults: string[] = [];
  let refusal: number | null = null;
  let origin = '';

  function take(path: string, headers: Record<string, string | string[] | undefined>, body: Buffer): number {
    const held = subscribers.get(path);
    if (held === undefined) return 404;
    const text = httpEce
      .decrypt(body, {
        version: 'aes128gcm',
        privateKey: held.ecdh,
        authSecret: held.auth.toString('base64url'),
      })
      .toString();
    const push: DeliveredPush = {
      payload: pushPayloadSchema.parse(JSON.parse(text)),
      text,
      ttlSeconds: Number(headers['ttl']),
      urgency: String(headers['urgency']),
      topic: String(headers['topic']),
      vapidSubject: verifyVapid(String(headers['authorization']), origin),
      authorization: String(headers['authorization']),
    };
    held.delivered.push(push);
    for (const { index, resolve } of held.waiting) if (index === held.delivered.length - 1) resolve(push);
    return 201;
  }

  const server = createServer({ key: certificate.private, cert: certificate.cert }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      let status = refusal ?? 400;
      try {
        if (refusal === null) status = take(request.url ?? '', request.headers, Buffer.concat(chunks));
      } catch (cause) {
        faults.push(String(cause));
      }
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `https://localhost:${String((server.address() as AddressInfo).port)}`;
  const agent = new Agent({ ca: certificate.cert, keepAlive: true });

  return {
    origin,
    agent,
    faults,
    subscribe() {
      const ecdh = createECDH('prime256v1');
      const p256dh = ecdh.generateKeys().toString('base64url');
      const auth = randomBytes(16);
      const path = `/push/${createHash('sha256').update(p256dh).digest('hex')}`;
      const held: Held = { ecdh, auth, delivered: [], waiting: [] };
      subscribers.set(path, held);
      return {
        subscription: { endpoint: origin + path, keys: { p256dh, auth: auth.toString('base64url') } },
        delivered: held.delivered,
        message(index) {
          const there = held.delivered[index];
          if (there !== undefined) return Promise.resolve(there);
          return new Promise((resolve) => held.waiting.push({ index, resolve }));
        },
      };
    },
    answerWith(status) {
      refusal = status;
    },
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
