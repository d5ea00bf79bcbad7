import { pushPayloadSchema, type PushPayload } from '#shared/alert/protocol.ts';
import type { AlertKind } from '#shared/alert/alert.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';

/** What the notification says and offers, apart from the browser that shows it. */
export interface NotificationPlan {
  readonly title: string;
  readonly body: string;
  readonly tag: string;
  /** Stays until touched; for emergencies. */
  readonly requireInteraction: boolean;
  readonly vibrate: readonly number[];
  readonly actions: readonly { readonly action: 'acknowledge' | 'open'; readonly title: string }[];
  readonly data: PushPayload;
}

/** Words of the person's language; message files fill them in. */
export interface NotificationWords {
  urgency(urgency: Urgency): string;
  about(kind: AlertKind): string;
  readonly acknowledge: string;
  readonly open: string;
}

/** A push payload from the network; null when it is not ours or of a newer build. */
export function readPayload(text: string): PushPayload | null {
  try {
    return pushPayloadSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch (cause) {
    // Only JSON.parse throws here: what came is not JSON.
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

/** Holds urgency, department and kind only: a locked screen shows it to everyone who walks by. */
export function planNotification(payload: PushPayload, words: NotificationWords): NotificationPlan {
  const emergency = payload.urgency === 'emergency';
  const open = { action: 'open', title: words.open } as const;
  return {
    title: [words.urgency(payload.urgency), payload.departmentName].filter((part) => part !== '').join(' · '),
    body: words.about(payload.about),
    tag: payload.tag,
    requireInteraction: emergency,
    vibrate: emergency ? [400, 150, 400, 150, 400] : [],
    actions:
      payload.acknowledge === null ? [open] : [{ action: 'acknowledge', title: words.acknowledge }, open],
    data: payload,
  };
}
