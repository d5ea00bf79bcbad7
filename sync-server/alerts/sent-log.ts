import type { OutsideChannel } from '#shared/alert/preferences.ts';
import type { Clock, Instant } from '#shared/lib/instant.ts';
import type { AlertAddress, AlertChannel, AlertMessage, SendOutcome } from './channel.ts';

/** One message as it left this server, for the demo's and developers' eyes. Without the address, which is a person's own. */
export interface SentMessage {
  readonly at: Instant;
  readonly channel: OutsideChannel;
  readonly message: AlertMessage;
  readonly outcome: SendOutcome['type'];
}

export interface SentLog {
  /** A channel that notes what it sends. */
  around<Address extends AlertAddress>(channel: AlertChannel<Address>): AlertChannel<Address>;
  /** Newest first. */
  list(): readonly SentMessage[];
}

const kept = 200;

/** Keeps the last messages, in memory. Only composed in the demo and in development. */
export function createSentLog(clock: Clock): SentLog {
  const sent: SentMessage[] = [];
  return {
    around: (channel) => ({
      name: channel.name,
      addressesOf: (person) => channel.addressesOf(person),
      async send(address, message) {
        const outcome = await channel.send(address, message);
        sent.unshift({ at: clock.now(), channel: channel.name, message, outcome: outcome.type });
        sent.length = Math.min(sent.length, kept);
        return outcome;
      },
    }),
    list: () => [...sent],
  };
}
