import type { Alert, AlertFact, Channel } from '#shared/alert/alert.ts';
import { isStoodDown } from '#shared/alert/receipts.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { earliest, latest, type Instant } from '#shared/lib/instant.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Times } from '$lib/time/times.ts';

/** What became of the alerts of one cause, as one sentence that grows. */
export interface AlertPassage {
  readonly key: string;
  /** When the first of them was planned. */
  readonly at: Instant;
  readonly words: string;
}

export interface AlertStorySources {
  readonly nameOf: (person: string) => string;
  readonly times: Pick<Times, 'clock'>;
  /** When a person first took the consult on after `since`, as its timeline says; null: they did not. Whoever only writes a message has opened it. */
  readonly acknowledgedAt: (person: PersonId, since: Instant) => Instant | null;
}

/** Acts by which somebody says that they have it. */
const takingTypes: ReadonlySet<string> = new Set(['acknowledged', 'seen', 'assigned', 'hand-over-confirmed']);

const takesOn = ({ type, author, body }: HeldEvent): boolean =>
  takingTypes.has(type) && (type !== 'assigned' || body['to'] === author);

/** From what people did themselves: an alert only knows that its person did something. */
export const acknowledgementsIn =
  ({ timeline }: Pick<Consult, 'timeline'>): AlertStorySources['acknowledgedAt'] =>
  (person, since) =>
    timeline
      .flatMap(({ event }) =>
        event.author === person && takesOn(event) && event.receivedAt !== undefined ? [event.receivedAt] : [],
      )
      .filter((at) => at >= since)
      .reduce<Instant | null>((found, at) => (found === null ? at : earliest(found, at)), null);

type OutsideAttempt = Exclude<Channel, 'in-app'>;

/** All devices tried at once by one channel. */
interface Attempt {
  readonly at: Instant;
  readonly channel: OutsideAttempt;
  readonly outcome: 'ok' | 'failed' | 'gone' | 'none';
}

interface Step {
  readonly at: Instant;
  readonly person: PersonId;
  /** Order within one instant: it is sent before it is shown, and shown before it is opened. */
  readonly rank: number;
  readonly say: (isSamePerson: boolean) => string;
  /** Its own words name the time. */
  readonly timed: boolean;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const outcomes = ['ok', 'failed', 'gone', 'none'] as const;

function attemptsOf(alert: Alert): Attempt[] {
  const byTry = new Map<string, Attempt>();
  for (const { fact, channel, attempt, outcome, at } of alert.facts) {
    if (fact !== 'sent' || channel === null || channel === 'in-app') continue;
    const key = `${channel} ${attempt}`;
    const held = byTry.get(key);
    const came = outcome ?? 'ok';
    byTry.set(key, {
      channel,
      at: held === undefined ? at : earliest(held.at, at),
      // One device that took it is enough.
      outcome:
        held === undefined || outcomes.indexOf(came) < outcomes.indexOf(held.outcome) ? came : held.outcome,
    });
  }
  return [...byTry.values()].sort((a, b) => compareText(a.at, b.at) || compareText(a.channel, b.channel));
}

function first(alert: Alert, kind: AlertFact['fact']): Instant | null {
  let found: Instant | null = null;
  for (const fact of alert.facts)
    if (fact.fact === kind && (found === null || fact.at < found)) found = fact.at;
  return found;
}

/** The first proof that a device, or its owner, had it. */
function reachedAt(alert: Alert): Instant | null {
  const known = [first(alert, 'shown'), first(alert, 'opened'), first(alert, 'acted')].filter(
    (at) => at !== null,
  );
  return known.length === 0 ? null : known.reduce(earliest);
}

function channelWords(channel: OutsideAttempt, name: string | null): string {
  switch (channel) {
    case 'push':
      return name === null ? m.alert_story_push() : m.alert_story_push_to({ name });
    case 'email':
      return name === null ? m.alert_story_email() : m.alert_story_email_to({ name });
    case 'sms':
      return name === null ? m.alert_story_sms() : m.alert_story_sms_to({ name });
  }
}

/** What was tried and what came of it; `next` null: nothing was tried after it. */
function attemptWords(
  { channel, outcome }: Attempt,
  isSamePerson: boolean,
  isAgain: boolean,
  name: string,
  fate: 'reached' | 'not-shown' | 'not-shown-yet',
): string {
  if (outcome === 'none') return m.alert_story_no_way({ name });
  const plain = channelWords(channel, isSamePerson ? null : name);
  const what = isAgain && isSamePerson ? m.alert_story_again({ what: plain }) : plain;
  if (outcome === 'gone') return m.alert_story_gone({ what });
  if (outcome === 'failed') return m.alert_story_failed({ what });
  if (fate === 'reached') return what;
  return fate === 'not-shown' ? m.alert_story_not_shown({ what }) : m.alert_story_not_shown_yet({ what });
}

/** One alert as steps. `overtakenAt`: somebody else was called instead then. */
function stepsOf(
  alert: Alert,
  overtakenAt: Instant | null,
  { nameOf, times, acknowledgedAt }: AlertStorySources,
): Step[] {
  const person = alert.recipient;
  const name = nameOf(person);
  const instead = alert.insteadOf !== undefined;
  const reached = reachedAt(alert);
  const isOver = isStoodDown(alert) || overtakenAt !== null;
  const attempts = attemptsOf(alert);
  const steps: Step[] = attempts.map((attempt, index): Step => {
    const next = attempts[index + 1]?.at ?? overtakenAt;
    const before = attempts[index - 1];
    const fate =
      reached !== null && (next === null || reached <= next)
        ? 'reached'
        : next !== null || isStoodDown(alert)
          ? 'not-shown'
          : 'not-shown-yet';
    const isAgain = before?.channel === attempt.channel;
    return {
      at: attempt.at,
      person,
      rank: 0,
      timed: false,
      say: (isSamePerson) => {
        if (!instead || index > 0) return attemptWords(attempt, isSamePerson, isAgain, name, fate);
        const called = m.alert_story_instead({ name });
        if (attempt.outcome === 'none') return m.alert_story_instead_no_way({ name });
        if (attempt.outcome !== 'ok') return m.alert_story_failed({ what: called });
        if (fate === 'reached') return called;
        return fate === 'not-shown'
          ? m.alert_story_not_shown({ what: called })
          : m.alert_story_not_shown_yet({ what: called });
      },
    };
  });
  if (steps.length === 0)
    steps.push({
      at: alert.plannedAt,
      person,
      rank: 0,
      timed: false,
      say: () =>
        reached === null && !isOver
          ? m.alert_story_not_sent({ name })
          : instead
            ? m.alert_story_instead({ name })
            : m.alert_story_alert({ name }),
    });
  const [firstTry] = attempts;
  const told = (
    at: Instant | null,
    rank: number,
    plain: (values: { time: string }) => string,
    named: (values: { name: string; time: string }) => string,
  ): void => {
    if (at === null) return;
    const time = times.clock(at);
    const say = (isSamePerson: boolean): string => (isSamePerson ? plain({ time }) : named({ name, time }));
    // A device may be quicker than the answer of its service: it is still told after the sending.
    steps.push({ at: firstTry === undefined ? at : latest(at, firstTry.at), person, rank, timed: true, say });
  };
  told(first(alert, 'shown'), 1, m.alert_story_shown, m.alert_story_shown_to);
  const actedAt = first(alert, 'acted');
  const tookOnAt = actedAt === null ? null : acknowledgedAt(person, alert.plannedAt);
  // Whoever did something has opened it, and has not said by that that they come.
  const openedAt = first(alert, 'opened') ?? (tookOnAt === null ? actedAt : null);
  told(openedAt, 2, m.alert_story_opened, m.alert_story_opened_by);
  told(tookOnAt, 3, m.alert_story_acknowledged, m.alert_story_acknowledged_by);
  const calledOffAt = first(alert, 'stood-down');
  if (calledOffAt !== null && reached === null)
    steps.push({
      at: calledOffAt,
      person,
      rank: 4,
      timed: true,
      say: (isSamePerson) =>
        isSamePerson
          ? m.alert_story_called_off({ time: times.clock(calledOffAt) })
          : m.alert_story_called_off_for({ name, time: times.clock(calledOffAt) }),
    });
  return steps;
}

const startWithCapital = (words: string): string => words.charAt(0).toLocaleUpperCase() + words.slice(1);

function passageOf(key: string, alerts: readonly Alert[], sources: AlertStorySources): AlertPassage {
  const ordered = [...alerts].sort(
    (a, b) => compareText(a.plannedAt, b.plannedAt) || compareText(a.as, b.as) || compareText(a.id, b.id),
  );
  const at = ordered.map(({ plannedAt }) => plannedAt).reduce(earliest);
  const steps = ordered
    .flatMap((alert) => {
      const successor = ordered.find(({ insteadOf }) => insteadOf === alert.recipient);
      return stepsOf(alert, successor?.plannedAt ?? null, sources);
    })
    .sort((a, b) => compareText(a.at, b.at) || a.rank - b.rank);
  const beginsAt = sources.times.clock(at);
  let before: Step | null = null;
  const words: string[] = [];
  for (const step of steps) {
    const said = step.say(before?.person === step.person);
    const time = sources.times.clock(step.at);
    // The line itself stands at the time of the first.
    const isSameMinute = time === (before === null ? beginsAt : sources.times.clock(before.at));
    words.push(step.timed || isSameMinute ? said : m.alert_story_at({ time, what: said }));
    before = step;
  }
  return { key, at, words: startWithCapital(words.join(' · ')) };
}

/** A cause and what the server derived from it in the same write (whose id begins with it) are one story. */
function rootOf(cause: string, causes: readonly string[]): string {
  return causes.find((other) => other !== cause && cause.startsWith(`${other}:`)) ?? cause;
}

/**
 * The alerts of one consult in plain words, one passage per cause, in the order they were planned: "Push to Dr A, not shown · 14:04 SMS, not
 * shown · 14:07 Dr B called instead · shown 14:08 · opened 14:09". From the alerts' facts alone, so every tablet tells the same.
 */
export function alertPassages(alerts: readonly Alert[], sources: AlertStorySources): AlertPassage[] {
  const causes = [...new Set(alerts.map(({ cause }) => cause as string))];
  const byRoot = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const root = rootOf(alert.cause, causes);
    const held = byRoot.get(root);
    if (held === undefined) byRoot.set(root, [alert]);
    else held.push(alert);
  }
  return [...byRoot]
    .map(([root, held]) => passageOf(`alerts:${root}`, held, sources))
    .sort((a, b) => compareText(a.at, b.at) || compareText(a.key, b.key));
}
