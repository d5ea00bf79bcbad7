import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { DeviceId } from '#shared/lib/id.ts';
import { addMs, earliest, latest, type Instant } from '#shared/lib/instant.ts';
import type { Alert, AlertFact } from './alert.ts';
import { outsideChannels, type ChannelPlan } from './channels-for.ts';
import { climbs, isInAppOnly, presses } from './pressing.ts';
import type { OutsideChannel } from './preferences.ts';
import { alertState, isStoodDown } from './receipts.ts';
import { isTurnTest } from './turn-test.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;

/** How long a device has to show an alert before its person is called again (ALE-4). Of routine alerts only failures are repeated. */
export const silenceMs: Readonly<Record<Exclude<Urgency, 'routine'>, number>> = {
  emergency: minuteMs,
  urgent: 5 * minuteMs,
};
/** What happened longer ago is not told any more; escalation tells the present state. */
export const ladderLastsMs: Readonly<Record<Urgency, number>> = {
  emergency: 2 * 60 * minuteMs,
  urgent: 8 * 60 * minuteMs,
  routine: 48 * 60 * minuteMs,
};
/** Seconds to wait after each failed sending before the next on that channel; when they run out the channel counts as dead. */
export const retryDelaysSeconds: Readonly<Record<Urgency, readonly number[]>> = {
  emergency: [10, 20, 40, 80, 160],
  urgent: [60, 120, 300],
  routine: [120, 900, 3600],
};
/** What a provider asks for is honoured up to this. */
const longestRetryAfterSeconds = 300;
/** Planned and nothing came of it for so long: its gateway died in between, or the store did. */
export const untriedAfterSeconds = 15;
/** The first round, then the same person again with the next channel; then somebody else is called. */
const roundsBeforeNextPerson = 2;

export type LadderAct =
  /** `devices` null: to every address. `attempt` counts per channel. */
  | {
      readonly type: 'send';
      readonly channel: OutsideChannel;
      readonly devices: readonly DeviceId[] | null;
      readonly attempt: number;
      readonly round: number;
    }
  /** Write down that there is no way to this person. */
  | { readonly type: 'note-unreachable' }
  /** Call the next one up. */
  | { readonly type: 'call-next' };

export interface LadderInput {
  readonly alert: Alert;
  /** As `channelsFor` gives it, less the channels that have no address now. */
  readonly plan: ChannelPlan;
  /** The app was open lately: the alert may be seen there, so a person without other channels is given time as well. */
  readonly isInApp: boolean;
  /** The next one up was called for this alert before, or there is none. */
  readonly hasSuccessor: boolean;
  /** Whoever wrote this `planned` fact is known to be dead: what it began is begun anew at once. Absent: nobody knows, and it is waited for. */
  readonly isAbandoned?: (begun: AlertFact) => boolean;
  readonly now: Instant;
}

export interface LadderStep {
  /** To be done now. */
  readonly acts: readonly LadderAct[];
  /** When to look again if no new fact comes; null: never. */
  readonly nextAt: Instant | null;
}

const sooner = (a: Instant | null, b: Instant | null): Instant | null =>
  a === null || b === null ? (a ?? b) : earliest(a, b);

interface ChannelState {
  readonly channel: OutsideChannel;
  /** null: never tried. */
  readonly triedAt: Instant | null;
  readonly nextAttempt: number;
  /** The last try that was begun and whose outcome nobody wrote down. */
  readonly openSince: Instant | null;
  readonly openFact: AlertFact | null;
  readonly openRound: number;
  readonly retry: {
    readonly at: Instant;
    readonly devices: readonly DeviceId[] | null;
    readonly round: number;
  } | null;
  /** A provider has it. */
  readonly isTaken: boolean;
}

const roundOf = (fact: AlertFact): number => fact.round ?? 0;

function retryOf(
  urgency: Urgency,
  failed: readonly AlertFact[],
  sent: readonly AlertFact[],
): ChannelState['retry'] {
  let at: Instant | null = null;
  const due: AlertFact[] = [];
  for (const last of failed) {
    const failures = sent.filter(
      ({ device, outcome }) => device === last.device && outcome === 'failed',
    ).length;
    const delaySeconds = retryDelaysSeconds[urgency][failures - 1];
    if (delaySeconds === undefined) continue;
    const asked = Math.min(last.retryAfterSeconds ?? 0, longestRetryAfterSeconds);
    const next = addMs(last.at, Math.max(delaySeconds, asked) * secondMs);
    at = at === null ? next : latest(at, next);
    due.push(last);
  }
  if (at === null) return null;
  const devices = due.flatMap(({ device }) => device ?? []);
  return {
    at,
    devices: devices.length === due.length ? devices : null,
    round: Math.max(...due.map(roundOf)),
  };
}

function stateOf({ facts, urgency }: Alert, channel: OutsideChannel): ChannelState {
  const own = facts.filter(
    (one) => one.channel === channel && (one.fact === 'planned' || one.fact === 'sent'),
  );
  const sent = own.filter((one) => one.fact === 'sent' && one.outcome !== 'none');
  const lastAttempt = own.reduce((most, { attempt }) => Math.max(most, attempt), -1);
  const isAnswered = own.some((one) => one.fact === 'sent' && one.attempt === lastAttempt);
  const open = isAnswered ? undefined : own.find(({ attempt }) => attempt === lastAttempt);
  // A provider that brings the server down each time must not be asked for ever.
  const unanswered = own.filter(
    (one) =>
      one.fact === 'planned' && !own.some((other) => other.fact === 'sent' && other.attempt === one.attempt),
  ).length;
  const isOpen = open !== undefined && unanswered <= retryDelaysSeconds[urgency].length;
  const lastByDevice = new Map<DeviceId | null, AlertFact>();
  for (const fact of sent) {
    const held = lastByDevice.get(fact.device);
    if (held === undefined || fact.attempt > held.attempt) lastByDevice.set(fact.device, fact);
  }
  const last = [...lastByDevice.values()];
  const failed = last.filter(({ outcome, isFinal }) => outcome === 'failed' && isFinal !== true);
  const tried = own.filter((one) => one.outcome !== 'none');
  return {
    channel,
    triedAt: tried.reduce<Instant | null>((first, { at }) => sooner(first, at), null),
    nextAttempt: lastAttempt + 1,
    openSince: isOpen ? open.at : null,
    openFact: open ?? null,
    openRound: open === undefined ? 0 : roundOf(open),
    retry: retryOf(urgency, failed, sent),
    isTaken: last.some(({ outcome }) => outcome === 'ok'),
  };
}

const isDead = ({ openSince, retry, isTaken }: ChannelState): boolean =>
  openSince === null && retry === null && !isTaken;

/** When the person's latest round began; null before the first. */
function lastRound(alert: Alert): { round: number; beganAt: ReadonlyMap<number, Instant> } {
  const beganAt = new Map<number, Instant>();
  for (const fact of alert.facts) {
    if (fact.channel === null || fact.outcome === 'none') continue;
    if (fact.fact !== 'planned' && fact.fact !== 'sent') continue;
    const held = beganAt.get(roundOf(fact));
    beganAt.set(roundOf(fact), held === undefined ? fact.at : earliest(held, fact.at));
  }
  return { round: Math.max(0, ...beganAt.keys()), beganAt };
}

const isSeen = (alert: Alert): boolean => ['shown', 'opened', 'acted'].includes(alertState(alert));

/**
 * What to do now so that an alert is heard of, from its facts alone: a restart, another gateway or a second look at the same facts finds the same answer.
 * A try whose outcome was not written down is made again (same tag, so that a device shows one); a dead channel is followed by the next at once; silence by
 * the same person again together with the next channel, then by the next person. Nothing more once a device showed it, somebody acted, it was stood
 * down, or it is too long ago. Whether the consult still needs it is the caller's to ask. Source: docs/decisions/0009-alert-channels-and-ladder.md
 */
export function nextStep({
  alert,
  plan,
  isInApp,
  hasSuccessor,
  isAbandoned = () => false,
  now,
}: LadderInput): LadderStep {
  const nothing: LadderStep = { acts: [], nextAt: null };
  if (isSeen(alert) || isStoodDown(alert) || isInAppOnly(alert)) return nothing;
  if (addMs(alert.plannedAt, ladderLastsMs[alert.urgency]) < now) return nothing;

  const states = outsideChannels.map((channel) => stateOf(alert, channel));
  const opened = states.filter(({ triedAt }) => triedAt !== null);
  const untried = plan.channels.filter((channel) => !opened.some((one) => one.channel === channel));
  const next = untried[0];
  const { round, beganAt } = lastRound(alert);
  const open = (channel: OutsideChannel, inRound: number): LadderAct => ({
    type: 'send',
    channel,
    devices: null,
    attempt: states.find((one) => one.channel === channel)?.nextAttempt ?? 0,
    round: inRound,
  });

  if (opened.length === 0 && plan.notBefore !== null && plan.notBefore > now)
    return { acts: [], nextAt: plan.notBefore };
  const isAtTurn = isTurnTest(alert);
  // A test that was asked for is there to see which channels work.
  if (alert.about === 'test' && !isAtTurn && opened.length === 0 && next !== undefined)
    return { acts: untried.map((channel) => open(channel, 0)), nextAt: null };
  // Nothing tried yet, or all that was tried is dead: the next channel at once.
  if (next !== undefined && opened.every(isDead)) return { acts: [open(next, round)], nextAt: null };

  const acts: LadderAct[] = [];
  let nextAt: Instant | null = null;
  const doAt = (at: Instant, act: LadderAct): void => {
    if (at <= now) acts.push(act);
    else nextAt = sooner(nextAt, at);
  };
  for (const state of opened) {
    const { channel, openSince, openFact, openRound, retry, nextAttempt: attempt } = state;
    const waitsMs = openFact !== null && isAbandoned(openFact) ? 0 : untriedAfterSeconds * secondMs;
    if (openSince !== null)
      doAt(addMs(openSince, waitsMs), {
        type: 'send',
        channel,
        devices: null,
        attempt,
        round: openRound,
      });
    else if (retry !== null && plan.channels.includes(channel))
      doAt(retry.at, { type: 'send', channel, devices: retry.devices, attempt, round: retry.round });
  }

  const silentAt = (inRound: number): Instant =>
    alert.urgency === 'routine'
      ? now
      : addMs(beganAt.get(inRound) ?? alert.plannedAt, silenceMs[alert.urgency]);
  const mayClimb = climbs(alert) && !hasSuccessor;
  if (opened.every(isDead)) {
    // No way to this person is left, or there never was one.
    if (!alert.facts.some(({ outcome }) => outcome === 'none')) acts.push({ type: 'note-unreachable' });
    if (mayClimb) doAt(isInApp ? silentAt(0) : now, { type: 'call-next' });
    return { acts, nextAt };
  }
  if (!presses(alert) && !isAtTurn) return { acts, nextAt };

  if (round + 1 < roundsBeforeNextPerson || next !== undefined) {
    // A test says nothing that is worth saying twice in one place.
    const again = isAtTurn ? [] : opened.filter(({ channel, isTaken }) => channel === 'push' && isTaken);
    const sends = [...again.map(({ channel }) => channel), ...(next === undefined ? [] : [next])];
    // One whose push is still on its way has nothing to repeat; it is then the wait that makes the round.
    for (const channel of sends) doAt(silentAt(round), open(channel, round + 1));
    if (sends.length === 0 && mayClimb) doAt(silentAt(round), { type: 'call-next' });
  }
  if (mayClimb && round + 1 >= roundsBeforeNextPerson)
    doAt(silentAt(roundsBeforeNextPerson - 1), { type: 'call-next' });
  return { acts, nextAt };
}
