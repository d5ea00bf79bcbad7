import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { webhookMessageSchema, type WebhookMessage } from '#shared/alert/protocol.ts';

export interface ReceivedWebhook {
  readonly message: WebhookMessage;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** An SMS gateway over real HTTP that checks the signature by itself, and can refuse on demand. */
export interface WebhookSink {
  readonly url: string;
  readonly secret: string;
  readonly received: readonly ReceivedWebhook[];
  /** What was wrong with what came. */
  readonly faults: readonly string[];
  /** Answers every message with this status until told otherwise; null: takes them. */
  answerWith(status: number | null, headers?: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
}

/** As any gateway would sign, written apart from the server's own code. */
export const signatureFor = (secret: string, timestamp: string, body: string): string =>
  `sha256=${createHmac('sha256', secret)
    .update(Buffer.from(`${timestamp}.${body}`))
    .digest('hex')}`;

export async function startWebhookSink(): Promise<WebhookSink> {
  const secret = 'a-secret-the-gateway-and-we-share-0123456789';
  const received: ReceivedWebhook[] = [];
  const faults: string[] = [];
  let refusal: { status: number; headers: Readonly<Record<string, string>> } | null = null;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (refusal !== null) {
        response.writeHead(refusal.status, refusal.headers).end();
        return;
      }
      const body = Buffer.concat(chunks).toString();
      const timestamp = String(request.headers['x-hc-timestamp']);
      if (request.headers['x-hc-signature'] !== signatureFor(secret, timestamp, body))
        faults.push('wrong signature');
      const parsed = webhookMessageSchema.safeParse(JSON.parse(body));
      if (!parsed.success) faults.push('not what the protocol says');
      else received.push({ message: parsed.data, body, headers: request.headers });
      response.writeHead(202).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/send?account=7`,
    secret,
    received,
    faults,
    answerWith(status, headers = {}) {
      refusal = status === null ? null : { status, headers };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
