import { Agent, request } from 'node:http';
import { systemClock } from '#server/ops/system-clock.ts';
import type { AuthoredConsultType, ConsultBody } from '#shared/consult/events.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { AuthoredEnvelope } from '#shared/event/envelope.ts';
import type { ConsultId, EventId } from '#shared/lib/id.ts';
import { slotHeader, type PushAnswer } from '#shared/sync/protocol.ts';
import { deviceOf } from './hospital.ts';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** One signed-in tablet's POST; resolves with the answer's text. Throws for any status but 200. */
export function post(origin: string, cookie: string, path: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(origin);
    const outgoing = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        headers: {
          host: `localhost:${port}`,
          origin,
          cookie,
          [slotHeader]: '0',
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (answer.statusCode === 200) resolve(text);
          else reject(new Error(`${path} answered ${answer.statusCode ?? 0}: ${text.slice(0, 300)}`));
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** An act as a tablet writes it, by somebody who has seen the document up to `base`. */
export function act<T extends AuthoredConsultType>(
  by: Person,
  document: ConsultId,
  base: number,
  type: T,
  body: ConsultBody<T>,
): AuthoredEnvelope {
  return {
    v: 1,
    id: crypto.randomUUID() as EventId,
    document,
    type,
    author: by.id,
    device: deviceOf(by),
    lamport: base + 1,
    base,
    occurredAt: systemClock.now(),
    body,
  };
}

export const pushBody = (events: readonly AuthoredEnvelope[]): string =>
  JSON.stringify({
    sentAt: systemClock.now(),
    unsentAfter: 0,
    items: events.map((event) => ({ event, clockJumped: false })),
  });

/** Throws unless every event of a push was accepted: a bench of refusals would be fast. */
export function expectAccepted(text: string): void {
  const { outcomes } = JSON.parse(text) as PushAnswer;
  const other = outcomes.find(({ outcome }) => outcome !== 'accepted');
  if (other !== undefined) throw new Error(`an event was not accepted: ${JSON.stringify(other)}`);
}
