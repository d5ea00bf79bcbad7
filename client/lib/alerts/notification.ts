import { z } from 'zod';
import { pushPayloadSchema, type PushPayload } from '#shared/alert/protocol.ts';
import type { AlertWords } from '#shared/alert/words/vocabulary.ts';
import { aboutWords, titleOf, wordsIn } from '#shared/alert/words/words.ts';
import { baseLanguage, directionOf, languageOfTag, type Language } from '#shared/lib/language.ts';

/** What the notification says and offers, apart from the browser that shows it. */
export interface NotificationPlan {
  readonly title: string;
  readonly body: string;
  readonly lang: Language;
  readonly dir: 'ltr' | 'rtl';
  readonly tag: string;
  /** Stays until touched; for emergencies. */
  readonly requireInteraction: boolean;
  readonly vibrate: readonly number[];
  readonly actions: readonly { readonly action: 'acknowledge' | 'open'; readonly title: string }[];
  readonly data: PushPayload;
}

/** The server's own words for the notification, which a push declares beside the payload. */
export interface Declared {
  readonly title: string;
  readonly body: string;
}

export interface Push {
  readonly payload: PushPayload;
  /** null: the push declares none. */
  readonly declared: Declared | null;
}

const declaredSchema = z.object({ notification: z.object({ title: z.string().min(1), body: z.string() }) });

/** A push from the network; null when it is not ours, or of a newer build that writes it otherwise. */
export function readPush(text: string): Push | null {
  try {
    const json: unknown = JSON.parse(text);
    const payload = pushPayloadSchema.safeParse(json).data;
    if (payload === undefined) return null;
    return { payload, declared: declaredSchema.safeParse(json).data?.notification ?? null };
  } catch (cause) {
    // Only JSON.parse throws here: what came is not JSON.
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

const languageSaid = z.object({ lang: z.string() });

/** In which language to speak of a push that could not be read: the one it names all the same, else the browser's. */
export function languageOfUnread(text: string, browserTag: string): Language {
  try {
    const said = languageSaid.safeParse(JSON.parse(text)).data?.lang;
    if (said !== undefined) return languageOfTag(said) ?? baseLanguage;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  return languageOfTag(browserTag) ?? baseLanguage;
}

const languageOf = ({ lang }: PushPayload): Language => lang ?? baseLanguage;
/** Words of the person the push is to. */
export const wordsFor = (payload: PushPayload): AlertWords => wordsIn(languageOf(payload));

/**
 * Holds urgency, department and kind only: a locked screen shows it to everyone who walks by. What a newer server says and this worker has no word for is
 * said in the server's own words, where the push brings them.
 */
export function planNotification(payload: PushPayload, declared: Declared | null = null): NotificationPlan {
  const emergency = payload.urgency === 'emergency';
  const lang = languageOf(payload);
  const words = wordsIn(lang);
  const open = { action: 'open', title: words.open } as const;
  const own: Declared = { title: titleOf(payload, lang), body: aboutWords(payload, lang) };
  const said = payload.about === 'unknown' ? (declared ?? own) : own;
  return {
    title: said.title,
    body: said.body,
    lang,
    dir: directionOf(lang),
    tag: payload.tag,
    requireInteraction: emergency,
    vibrate: emergency ? [400, 150, 400, 150, 400] : [],
    actions:
      payload.acknowledge === null ? [open] : [{ action: 'acknowledge', title: words.acknowledge }, open],
    data: payload,
  };
}
