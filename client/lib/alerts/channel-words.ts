import type { OutsideChannel } from '#shared/alert/preferences.ts';
import { m } from '$lib/paraglide/messages.js';

/** By what an alert goes out. */
export function channelWord(channel: OutsideChannel): string {
  switch (channel) {
    case 'push':
      return m.test_channel_push();
    case 'sms':
      return m.test_channel_sms();
    case 'email':
      return m.test_channel_email();
  }
}
