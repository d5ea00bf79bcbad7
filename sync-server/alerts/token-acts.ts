import type { z } from 'zod';
import type { acknowledgeAnswerSchema } from '#shared/alert/protocol.ts';
import type { Alert } from '#shared/alert/alert.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { ConsultId, DeviceId, EventId, PersonId } from '#shared/lib/id.ts';
import type { Clock, Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { AlertBook } from './alert-book.ts';
import type { Heard } from './heard.ts';
import type { AlertTokens } from './tokens.ts';

/** "When will you be there?" for someone who answered from the notification, where nothing can be asked (minutes). */
export const defaultPromiseMinutes: Readonly<Record<Urgency, number>> = {
  emergency: 15,
  urgent: 60,
  routine: 240,
};

export interface Acknowledgement {
  readonly consult: ConsultId;
  readonly person: PersonId;
  readonly device: DeviceId;
  /** Equal for every use of one token: the second use finds the event of the first. */
  readonly eventId: EventId;
  readonly promiseMinutes: number;
  /** What the notification told of: the person answers the consult as it was then. */
  readonly cause: EventId;
}

/** null: the person may not acknowledge this consult, or it is not there. */
export type Acknowledge = (
  act: Acknowledgement,
) => Promise<{ readonly receivedAt: Instant; readonly tookEffect: boolean } | null>;

export type TokenFailure = { readonly type: 'unknown-token' };

/** What a token in a notification can do. Unknown, forged and foreign tokens all fail alike and leave no trace. */
export interface TokenActs {
  receipt(token: string, fact: 'shown' | 'opened'): Promise<Result<Alert, TokenFailure>>;
  acknowledge(token: string): Promise<Result<z.infer<typeof acknowledgeAnswerSchema>, TokenFailure>>;
}

export function createTokenActs(deps: {
  readonly book: AlertBook;
  readonly tokens: AlertTokens;
  readonly clock: Clock;
  readonly acknowledge: Acknowledge;
  readonly heard: Pick<Heard, 'noteShown'>;
  /** Whether the device may still speak: false once it was revoked or the person removed. */
  readonly isTrusted: (person: PersonId, device: DeviceId) => Promise<boolean>;
}): TokenActs {
  const { book, tokens, clock } = deps;
  const unknown = err({ type: 'unknown-token' as const });

  return {
    async receipt(token, fact) {
      const opened = tokens.open(token);
      if (opened?.use !== 'receipt') return unknown;
      const at = clock.now();
      const add = (id: string) =>
        book.add(id, [{ fact, channel: 'push', device: opened.device, attempt: 0, outcome: null, at }]);
      const alert = await add(opened.alert);
      if (alert === null) return unknown;
      await Promise.all((opened.also ?? []).map(add));
      await deps.heard.noteShown(alert.recipient, at);
      return ok(alert);
    },

    async acknowledge(token) {
      const opened = tokens.open(token);
      if (opened?.use !== 'acknowledge') return unknown;
      const alert = await book.get(opened.alert);
      if (alert === null || alert.consult === null) return unknown;
      if (!(await deps.isTrusted(alert.recipient, opened.device))) return unknown;
      const promiseMinutes = defaultPromiseMinutes[alert.urgency];
      const done = await deps.acknowledge({
        consult: alert.consult,
        person: alert.recipient,
        device: opened.device,
        eventId: tokens.eventIdOf(token) as EventId,
        promiseMinutes,
        cause: alert.cause,
      });
      if (done === null) return unknown;
      await book.add(alert.id, [
        { fact: 'acted', channel: 'push', device: opened.device, attempt: 0, outcome: 'ok', at: clock.now() },
      ]);
      return ok({ acknowledgedAt: done.receivedAt, promiseMinutes, tookEffect: done.tookEffect });
    },
  };
}
