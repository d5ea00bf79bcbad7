import { channelWord } from './channel-words.ts';
import { m } from '$lib/paraglide/messages.js';
import { minutesWords } from '$lib/time/words.ts';
import type { Platform, Point, PointName, ReadinessFacts, Verdict } from './readiness.ts';

export function pointName(name: PointName): string {
  switch (name) {
    case 'permission':
      return m.readiness_permission();
    case 'subscription':
      return m.readiness_subscription();
    case 'ways':
      return m.readiness_ways();
    case 'turn':
      return m.readiness_turn();
    case 'whole':
      return m.readiness_whole();
    case 'clock':
      return m.readiness_clock();
    case 'version':
      return m.readiness_version();
    case 'kept':
      return m.readiness_kept();
    case 'space':
      return m.readiness_space();
  }
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(0);

/** What was found, in a few words. */
export function foundWords(
  { name, state }: Point,
  facts: ReadinessFacts,
  moment: (at: NonNullable<ReadinessFacts['connection']['lastFullSyncAt']>) => string,
): string {
  if (state === 'asking') return m.readiness_asking();
  if (state === 'unknown' && name !== 'subscription' && name !== 'turn') return m.readiness_unknown();
  const { clockOffsetMs, lastFullSyncAt } = facts.connection;
  switch (name) {
    case 'permission':
      return state === 'good' ? m.readiness_permission_good() : m.readiness_permission_bad();
    case 'subscription':
      if (state === 'unknown') return m.readiness_subscription_unknown();
      return state === 'good' ? m.readiness_subscription_good() : m.readiness_subscription_bad();
    case 'ways': {
      const [first, ...others] = facts.ways?.reaches ?? [];
      if (first === undefined) return m.readiness_ways_none();
      return others.length === 0 && state === 'look'
        ? m.readiness_ways_one({ channel: channelWord(first) })
        : m.readiness_ways_good({ channels: [first, ...others].map(channelWord).join(', ') });
    }
    case 'turn': {
      const test = facts.turn?.test ?? null;
      if (test === null) return m.readiness_turn_none();
      if (test.shownAt !== null) return m.readiness_turn_shown({ time: moment(test.shownAt) });
      const time = moment(test.sentAt);
      return state === 'unknown' ? m.readiness_turn_waiting({ time }) : m.readiness_turn_silent({ time });
    }
    case 'whole':
      return lastFullSyncAt === null
        ? m.readiness_whole_never()
        : m.readiness_whole_at({ time: moment(lastFullSyncAt) });
    case 'clock':
      if (state === 'good' || clockOffsetMs === null) return m.readiness_clock_good();
      return m.readiness_clock_off({ time: minutesWords(Math.round(Math.abs(clockOffsetMs) / 60_000)) });
    case 'version':
      return state === 'good' ? m.readiness_version_good() : m.readiness_version_old();
    case 'kept':
      return state === 'good' ? m.readiness_kept_good() : m.readiness_kept_bad();
    case 'space':
      return m.readiness_space_free({ free: megabytes(facts.storage?.freeBytes ?? 0) });
  }
}

/** How to mend it; '' when there is nothing to mend. */
export function mendWords(
  { name, state }: Point,
  { permission }: Pick<ReadinessFacts, 'permission'>,
  platform: Platform,
  mustInstall: boolean,
): string {
  if (state === 'good' || state === 'asking') return '';
  switch (name) {
    case 'permission':
      if (permission === 'unsupported')
        return mustInstall ? m.alerts_device_install() : m.alerts_device_unsupported();
      if (permission === 'not-asked') return m.readiness_permission_ask();
      return platform === 'android'
        ? m.readiness_permission_denied_android()
        : platform === 'apple'
          ? m.readiness_permission_denied_apple()
          : m.readiness_permission_denied_desktop();
    case 'subscription':
      return permission === 'granted'
        ? m.readiness_subscription_mend()
        : m.readiness_subscription_permission_first();
    case 'ways':
      return state === 'unknown' ? m.readiness_connect() : m.readiness_ways_mend();
    case 'turn':
      return state === 'unknown' ? '' : m.readiness_turn_mend();
    case 'whole':
      return m.readiness_whole_mend();
    case 'clock':
      return state === 'unknown' ? m.readiness_connect() : m.readiness_clock_mend();
    case 'version':
      return state === 'unknown' ? m.readiness_connect() : m.readiness_version_mend();
    case 'kept':
      return state === 'unknown' ? '' : m.readiness_kept_mend();
    case 'space':
      return state === 'unknown' ? '' : m.readiness_space_mend();
  }
}

export function verdictWords(verdict: Verdict): { readonly title: string; readonly about: string } {
  switch (verdict) {
    case 'asking':
      return { title: m.readiness_verdict_asking(), about: m.readiness_verdict_asking_about() };
    case 'ready':
      return { title: m.readiness_verdict_ready(), about: m.readiness_verdict_ready_about() };
    case 'nearly':
      return { title: m.readiness_verdict_nearly(), about: m.readiness_verdict_nearly_about() };
    case 'not-ready':
      return { title: m.readiness_verdict_not(), about: m.readiness_verdict_not_about() };
  }
}

/** Settings no browser tells us of, by the kind of device. */
export function hintsFor(platform: Platform): readonly string[] {
  switch (platform) {
    case 'android':
      return [m.readiness_hint_android_battery(), m.readiness_hint_android_dnd(), m.readiness_hint_sound()];
    case 'apple':
      return [m.readiness_hint_apple_focus(), m.readiness_hint_apple_power(), m.readiness_hint_sound()];
    case 'desktop':
      return [
        m.readiness_hint_desktop_background(),
        m.readiness_hint_desktop_focus(),
        m.readiness_hint_sound(),
      ];
  }
}
