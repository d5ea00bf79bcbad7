import type { Alert } from '#shared/alert/alert.ts';
import { channelsFor, outsideChannels, type ChannelPlan } from '#shared/alert/channels-for.ts';
import type { OutsideChannel } from '#shared/alert/preferences.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { hospitalLanguage, type Language } from '#shared/lib/language.ts';
import type { AlertAddress, AlertChannel } from './channel.ts';
import type { Contacts } from './contacts.ts';
import type { Heard } from './heard.ts';

/** Ways to a person, as they are now. */
export interface Reach {
  /** What an alert to them takes: wishes, quiet hours, and only channels with an address. */
  planFor(alert: Alert): Promise<{
    plan: ChannelPlan;
    addresses: ReadonlyMap<OutsideChannel, readonly AlertAddress[]>;
    /** The recipient's. */
    language: Language;
  }>;
  /** Channels with an address, whatever the person wishes. */
  channelsOf(person: PersonId): Promise<OutsideChannel[]>;
  /** One of these and no more, where the hospital has set up more. */
  isOneWay(channels: readonly OutsideChannel[]): boolean;
  /** A channel, or an app that was open lately. */
  isReachable(person: PersonId): Promise<boolean>;
}

export function createReach(deps: {
  readonly channels: readonly AlertChannel[];
  readonly contacts: Pick<Contacts, 'of'>;
  readonly heard: Pick<Heard, 'isInApp'>;
  readonly directory: () => Directory;
  readonly clock: Clock;
}): Reach {
  const { channels, contacts, heard, directory, clock } = deps;

  async function addressesOf(person: PersonId, names: readonly OutsideChannel[]) {
    const found = new Map<OutsideChannel, readonly AlertAddress[]>();
    // Whoever left is called no more.
    if (directory().people.get(person)?.active !== true) return found;
    const wanted = channels.filter(({ name }) => names.includes(name));
    const all = await Promise.all(wanted.map((channel) => channel.addressesOf(person)));
    for (const [at, channel] of wanted.entries()) {
      const addresses = all[at] ?? [];
      if (addresses.length > 0) found.set(channel.name, addresses);
    }
    return found;
  }
  const channelsOf = async (person: PersonId): Promise<OutsideChannel[]> => {
    const found = await addressesOf(person, outsideChannels);
    return outsideChannels.filter((name) => found.has(name));
  };

  return {
    async planFor(alert) {
      const { preferences, language } = await contacts.of(alert.recipient);
      const wished = channelsFor(alert, preferences, directory(), clock.now());
      const addresses = await addressesOf(alert.recipient, wished.channels);
      return {
        plan: { ...wished, channels: wished.channels.filter((name) => addresses.has(name)) },
        addresses,
        language: language ?? hospitalLanguage(directory().organisation),
      };
    },
    channelsOf,
    isOneWay: (found) => found.length === 1 && channels.length > 1,
    async isReachable(person) {
      return (await channelsOf(person)).length > 0 || heard.isInApp(person, clock.now());
    },
  };
}
