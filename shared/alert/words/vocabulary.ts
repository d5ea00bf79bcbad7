import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { AlertKind } from '../alert.ts';

/** Why a test was sent: asked for · at the start of a turn on call · the same once more, on the next channel, because no device showed it. */
export type TestOccasion = 'asked' | 'turn' | 'turn-silent';

/**
 * All words that leave the hospital about alerts, in one language. A locked screen shows them: no name, no bed, no words of a request, and nothing
 * that is filled in but a number, a moment, the department's name and the consult's reference.
 */
export interface AlertWords {
  /** Of the product, where a title has nothing else to say. */
  readonly product: string;
  readonly urgency: Readonly<Record<Urgency, string>>;
  /** In place of the urgency. */
  readonly testTitle: string;
  /** Whole sentences. */
  readonly about: Readonly<Record<Exclude<AlertKind, 'test'>, string>>;
  readonly test: Readonly<Record<TestOccasion, string>>;
  /** A bundle: so many more stand behind the one that is named. */
  more(count: number): string;
  /** Buttons of a notification. */
  readonly acknowledge: string;
  readonly open: string;
  /** What came of the tap on a notification. */
  readonly acknowledged: string;
  readonly acknowledgeWaiting: string;
  readonly acknowledgeLate: string;
  readonly acknowledgeRefused: string;
  readonly mail: {
    readonly openInApp: string;
    readonly foot: string;
  };
}

/** The words of a mail with a one-time link. */
export interface LinkMailWords {
  readonly subject: string;
  readonly why: string;
  /** On the link itself. */
  readonly link: string;
  /** `moment` is written out in the same language. */
  until(moment: string): string;
  readonly unexpected: string;
}
export type LinkPurpose = 'invitation' | 'reset';
