import { Hono } from 'hono';
import type { AlertFact } from '#shared/alert/alert.ts';
import { webhookReceiptSchema } from '#shared/alert/protocol.ts';
import type { Clock } from '#shared/lib/instant.ts';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { readBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import type { AlertBook } from './alert-book.ts';
import { alertOfKey } from './alert-message.ts';
import type { Delivery } from './delivery.ts';
import type { Heard } from './heard.ts';
import { isSigned, signatureHeader, timestampHeader } from './webhook-signature.ts';

/** Receipts of a gateway are small; nothing unsigned is read further. */
const maxReceiptBytes = 8 * 1024;

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema refuses it.
    return null;
  }
}

/** What the SMS or voice gateway says became of a message. No session: whoever holds the shared secret may say it, within minutes of signing it. */
export function webhookFeature(deps: {
  readonly book: AlertBook;
  readonly delivery: Pick<Delivery, 'lookAt'>;
  readonly heard: Pick<Heard, 'noteShown'>;
  readonly clock: Clock;
  readonly secret: string;
}): Feature {
  const { book, delivery, heard, clock, secret } = deps;
  const routes = new Hono<AppEnv>();
  routes.post(
    '/receipt',
    describe({
      summary: 'The SMS or voice gateway says what became of a message; signed with the shared secret',
      tag: 'alerts',
      session: false,
      body: webhookReceiptSchema,
      problems: ['signature-refused', 'malformed', 'not-found', 'too-large'],
    }),
    async (c) => {
      const bytes = await readBody(c.req.raw, maxReceiptBytes);
      if (!bytes.ok) return problem(c, bytes.error);
      const body = Buffer.from(bytes.value).toString();
      const now = clock.now();
      const signed = {
        timestamp: c.req.header(timestampHeader),
        signature: c.req.header(signatureHeader),
        body,
      };
      if (!isSigned(secret, now, signed)) return problem(c, 'signature-refused');
      const parsed = webhookReceiptSchema.safeParse(parsedJson(body));
      if (!parsed.success) return problem(c, 'malformed');
      const id = alertOfKey(parsed.data.id, 'sms');
      const alert = id === null ? null : await book.get(id);
      const tries = alert?.facts.filter(({ fact, channel }) => fact === 'sent' && channel === 'sms') ?? [];
      // An alert that was never sent this way is as unknown as none.
      if (alert === null || tries.length === 0) return problem(c, 'not-found');
      const last = tries.reduce((most, { attempt }) => Math.max(most, attempt), 0);
      const isDelivered = parsed.data.status === 'delivered';
      const said: AlertFact = {
        fact: isDelivered ? 'shown' : 'sent',
        channel: 'sms',
        device: null,
        // A failure comes after the gateway took it: it counts as a try of its own, which proves the number dead.
        attempt: isDelivered ? 0 : last + 1,
        outcome: isDelivered ? null : 'gone',
        at: now,
      };
      const isKnown = tries.some(({ outcome }) => outcome === 'gone');
      if (isDelivered || !isKnown) await book.add(alert.id, [said]);
      if (isDelivered) await heard.noteShown(alert.recipient, now);
      else delivery.lookAt(alert);
      return c.body(null, 204);
    },
  );
  return { path: '/api/alert-webhook', access: 'public', routes };
}
