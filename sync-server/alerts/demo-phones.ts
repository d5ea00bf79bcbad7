import type { PersonId } from '#shared/lib/id.ts';
import { addMs, type Clock } from '#shared/lib/instant.ts';
import type { AlertBook } from './alert-book.ts';
import type { AlertAddress, AlertChannel } from './channel.ts';
import type { Heard } from './heard.ts';
import type { PushAddress } from './push-channel.ts';

/** As a phone does, a moment after it was sent. */
const showsAfterMs = 900;

const isReal = (address: AlertAddress): address is PushAddress => 'subscription' in address;

/**
 * Push in the demo. Nobody stands behind most of its people: whoever has never signed in carries a make-believe phone that shows every alert at once, so
 * that a visitor sees alerts answered for as on an ordinary day, and not a hospital in which nobody can be reached. Whoever signs in has no such phone
 * from then on: what their own devices show is the truth. All of it stands on the page of alerts sent.
 */
export function withDemoPhones(
  push: AlertChannel<PushAddress>,
  deps: {
    readonly book: Pick<AlertBook, 'add'>;
    readonly heard: Pick<Heard, 'noteShown'>;
    readonly hasSignedIn: (person: PersonId) => Promise<boolean>;
    readonly clock: Clock;
  },
): AlertChannel {
  const { book, heard, hasSignedIn, clock } = deps;
  return {
    name: push.name,
    async addressesOf(person) {
      const real = await push.addressesOf(person);
      if (real.length > 0 || (await hasSignedIn(person))) return real;
      return [{ device: null, to: person }];
    },
    async send(address, message) {
      if (isReal(address)) return push.send(address, message);
      if (message.type === 'stand-down') return { type: 'ok' };
      const at = addMs(clock.now(), showsAfterMs);
      for (const alert of message.alerts)
        await book.add(alert, [
          { fact: 'shown', channel: 'push', device: null, attempt: 0, outcome: null, at },
        ]);
      await heard.noteShown(address.to as PersonId, at);
      return { type: 'ok' };
    },
  };
}
