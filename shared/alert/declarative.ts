import { z } from 'zod';
import { utf8Bytes } from '#shared/event/size.ts';
import { directionOf, type Language } from '#shared/lib/language.ts';
import { pushPayloadSchema, type PushPayload } from './protocol.ts';

/** What tells a browser that a push declares its notification itself (Push API, "declarative push message"). */
export const declarativeMagic = 8030;

/** A push service takes 4096 bytes; encryption (RFC 8291) keeps 103 of them for itself. */
export const maxPushBytes = 3993;

const declaredActionSchema = z.object({
  action: z.enum(['acknowledge', 'open']),
  title: z.string().max(80),
  /** Where a tap leads where no worker handles it. */
  navigate: z.url(),
});

/** The declared notification: title and `navigate` are required by the standard, for each action too. */
const declaredSchema = z.object({
  title: z.string().min(1).max(160),
  body: z.string().max(200),
  lang: z.string().max(35),
  dir: z.enum(['ltr', 'rtl']),
  navigate: z.url(),
  tag: z.string().max(120),
  requireInteraction: z.boolean(),
  /** The whole payload again: a browser that read the declaration may hand the worker the notification and no message. */
  data: pushPayloadSchema,
  actions: z.array(declaredActionSchema).max(2),
});

/**
 * One message that is valid both ways: an older browser hands it to our worker, which reads the payload's own fields; Safari shows
 * `notification` by itself when the worker does not run in time. `mutable` asks it to try the worker first, for the receipt.
 */
export const declarativePushSchema = pushPayloadSchema.extend({
  web_push: z.literal(declarativeMagic),
  notification: declaredSchema,
  mutable: z.literal(true),
});
export type DeclarativePush = z.infer<typeof declarativePushSchema>;

/** Words of the recipient's language. No name, no bed, no words of the request: a locked screen shows them. */
export interface DeclaredWords {
  readonly title: string;
  readonly body: string;
  readonly lang: Language;
  readonly acknowledge: string;
  readonly open: string;
}

/**
 * The message for an alert. The bare payload, for the worker alone, for a stand-down (a declared notification is always shown, and a
 * stand-down shows none) and where ids are so long that both together would not fit into one push.
 * `origin` is the hospital's own, such as `https://consult.hospital.example`; throws TypeError when it is no origin.
 */
export function declarativePush(
  payload: PushPayload,
  words: DeclaredWords,
  origin: string,
): DeclarativePush | PushPayload {
  if (payload.type === 'stand-down') return payload;
  const navigate = new URL(payload.open, origin).href;
  const open = { action: 'open', title: words.open, navigate } as const;
  const declared: DeclarativePush = {
    ...payload,
    web_push: declarativeMagic,
    mutable: true,
    notification: {
      title: words.title,
      body: words.body,
      lang: words.lang,
      dir: directionOf(words.lang),
      navigate,
      tag: payload.tag,
      requireInteraction: payload.urgency === 'emergency',
      data: payload,
      actions:
        payload.acknowledge === null
          ? [open]
          : [{ action: 'acknowledge', title: words.acknowledge, navigate }, open],
    },
  };
  return utf8Bytes(JSON.stringify(declared)) <= maxPushBytes ? declared : payload;
}
