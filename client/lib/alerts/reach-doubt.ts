import type { Reach } from '#shared/alert/protocol.ts';
import { isTurnTestSilent } from '#shared/alert/turn-test.ts';
import type { OutsideChannel } from '#shared/alert/preferences.ts';
import type { Instant } from '#shared/lib/instant.ts';

/** What is to be known of somebody on call beside whether their device was heard of. */
export interface ReachDoubt {
  /** The single way to them; null: there are more, or none. */
  readonly onlyWay: OutsideChannel | null;
  /** When the test of their turn was sent that nothing has shown; null: it was shown, is on its way, or there was none. */
  readonly silentTestAt: Instant | null;
  /** When it was shown; null: it was not. */
  readonly testShownAt: Instant | null;
}

export function reachDoubt(
  { channels, isOneWay, turnTest }: Pick<Reach, 'channels' | 'isOneWay' | 'turnTest'>,
  now: Instant,
): ReachDoubt {
  return {
    onlyWay: isOneWay ? (channels[0] ?? null) : null,
    silentTestAt: turnTest !== null && isTurnTestSilent(turnTest, now) ? turnTest.sentAt : null,
    testShownAt: turnTest?.shownAt ?? null,
  };
}

export const isDoubtful = ({ onlyWay, silentTestAt }: ReachDoubt): boolean =>
  onlyWay !== null || silentTestAt !== null;
