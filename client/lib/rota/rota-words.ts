import type { Reach } from '#shared/alert/protocol.ts';
import type { Tier } from '#shared/directory/escalation-policy.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { channelWord } from '$lib/alerts/channel-words.ts';
import { isDoubtful, reachDoubt } from '$lib/alerts/reach-doubt.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Times } from '$lib/time/times.ts';
import type { DayTurn } from './rota-view.ts';

export function tierWord(tier: Tier): string {
  switch (tier) {
    case 'first':
      return m.rota_tier_first();
    case 'second':
      return m.rota_tier_second();
    case 'consultant':
      return m.rota_tier_consultant();
  }
}

/** "08:00–20:00", "until 08:00" for what began before, "all day". */
export function hoursWords(turn: DayTurn, times: Times): string {
  if (turn.allDay) return m.rota_all_day();
  const until = times.clock(turn.until);
  if (turn.goesOn) return m.rota_until({ time: until });
  return m.rota_hours({ from: times.clock(turn.from), until });
}

/** "Mon 2 Mar 20:00–08:00" */
export const shiftWords = (turn: { readonly from: Instant; readonly until: Instant }, times: Times): string =>
  m.rota_shift({
    day: times.day(turn.from),
    hours: m.rota_hours({ from: times.clock(turn.from), until: times.clock(turn.until) }),
  });

/** Whether a person's device would show an alert now, and since when that is known. */
export function reachWords(
  reach: Reach,
  times: Times,
  now: Instant,
): { readonly words: string; readonly doubtful: boolean } {
  const heard = heardWords(reach, times, now);
  if (reach.verdict === 'none') return heard;
  const doubt = reachDoubt(reach, now);
  const { onlyWay, silentTestAt, testShownAt } = doubt;
  const also = [
    ...(testShownAt === null ? [] : [m.rota_reach_test_shown({ time: times.moment(testShownAt, now) })]),
    ...(silentTestAt === null ? [] : [m.rota_reach_test_silent({ time: times.moment(silentTestAt, now) })]),
    ...(onlyWay === null ? [] : [m.rota_reach_one_way({ channel: channelWord(onlyWay) })]),
  ];
  return { words: [heard.words, ...also].join(' · '), doubtful: heard.doubtful || isDoubtful(doubt) };
}

function heardWords(
  { verdict, heardAt }: Reach,
  times: Times,
  now: Instant,
): { readonly words: string; readonly doubtful: boolean } {
  if (verdict === 'none') return { words: m.rota_reach_none(), doubtful: true };
  if (heardAt === null) return { words: m.rota_reach_never(), doubtful: true };
  const time = times.moment(heardAt, now);
  return verdict === 'alive'
    ? { words: m.rota_reach_alive({ time }), doubtful: false }
    : { words: m.rota_reach_quiet({ time }), doubtful: true };
}
