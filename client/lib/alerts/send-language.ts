import type { Tablet } from '$lib/tablet/tablet.ts';
import type { ApiRequest } from './api-request.ts';
import { heldLanguage, languageSetting, type LanguageChoice } from './language-choice.ts';

export interface LanguageSenderParts {
  readonly tablet: Pick<Tablet, 'setting' | 'saveSetting'>;
  readonly request: ApiRequest;
  /** Calls `run` whenever it is worth trying again; the answer ends that. */
  readonly onWaking: (run: () => void) => () => void;
  /** Calls once after so long; the answer calls it off. */
  readonly later: (delayMs: number, run: () => void) => () => void;
}

const firstDelayMs = 5_000;
/** Also for a server that does not know the language or the route yet: it is asked again now and then. */
const longestDelayMs = 5 * 60_000;

/** Tells the server in which language the person wants their alerts (`PUT /api/alerts/language`), again and again until it takes the last choice. */
export function startLanguageSender(parts: LanguageSenderParts): () => void {
  const { tablet, request } = parts;
  let isClosed = false;
  /** Asked anew: it may have been closed while something was awaited. */
  const goesOn = (): boolean => !isClosed;
  let isRunning = false;
  let delayMs = firstDelayMs;
  let cancelLater: () => void = () => undefined;

  /** What waits, if it is still the last choice. */
  const waiting = (): LanguageChoice | null => {
    const held = heldLanguage(tablet);
    return held === null || held.isSent ? null : held;
  };

  async function send({ language }: LanguageChoice): Promise<boolean> {
    let response: Response;
    try {
      response = await request('/api/alerts/language', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ language }),
      });
    } catch (cause) {
      // No network, nobody signed in, or not our server: it waits.
      if (cause instanceof TypeError) return false;
      throw cause;
    }
    if (!response.ok) return false;
    if (waiting()?.language === language)
      await tablet.saveSetting(languageSetting, { language, isSent: true } satisfies LanguageChoice);
    return true;
  }

  async function run(): Promise<void> {
    if (isRunning || !goesOn()) return;
    isRunning = true;
    cancelLater();
    try {
      for (let choice = waiting(); choice !== null && goesOn(); choice = waiting()) {
        const isTaken = await send(choice);
        // A disk that takes nothing would have the same sent for ever.
        if (isTaken && waiting()?.language !== choice.language) {
          delayMs = firstDelayMs;
          continue;
        }
        if (goesOn()) {
          cancelLater = parts.later(delayMs, () => void run());
          delayMs = Math.min(2 * delayMs, longestDelayMs);
        }
        return;
      }
    } finally {
      isRunning = false;
    }
  }

  const stops = [
    tablet.setting<unknown>(languageSetting).subscribe(() => void run()),
    parts.onWaking(() => void run()),
  ];
  return () => {
    isClosed = true;
    cancelLater();
    for (const stop of stops) stop();
  };
}
