import { addDays, instantOfLocal, localTimeOf } from '#shared/directory/local-time.ts';
import type { EventId } from '#shared/lib/id.ts';
import { instantToMs, type Instant } from '#shared/lib/instant.ts';
import type { Consult } from './consult.ts';
import type { ConsultBody } from './events.ts';

/** A visit or look-up that has fallen due and was not said so yet. */
export interface DueFollowUp {
  /** Also the id its claim is made of: the act that asked for the follow-up, and the moment. */
  readonly event: EventId;
  readonly of: EventId;
  readonly dueAt: Instant;
}

/** A round begins then; nobody is reminded of a visit at the hour at which the answer happened to be written. */
const roundsBegin = '08:00';

/** Due moments of the follow-up in force: the latest not after `now`, and the next one. */
function moments(
  consult: Consult,
  timeZone: string,
  now: Instant,
): { latest: Instant | null; next: Instant | null } {
  const { followUp, status } = consult;
  const none = { latest: null, next: null };
  const since = followUp?.since ?? null;
  if (followUp === null || since === null || (status !== 'completed' && status !== 'closed')) return none;
  const { plan } = followUp;
  if (plan.kind === 'conditional' && plan.dueAt !== null) {
    return plan.dueAt <= now ? { latest: plan.dueAt, next: null } : { latest: null, next: plan.dueAt };
  }
  if (plan.kind !== 'regular') return none;
  const begun = localTimeOf(since, timeZone).date;
  const today = localTimeOf(now, timeZone).date;
  const at = (times: number): Instant =>
    instantOfLocal(addDays(begun, times * plan.everyDays), roundsBegin, timeZone);
  const days = Math.round((Date.parse(today) - Date.parse(begun)) / 86_400_000);
  let times = Math.max(0, Math.floor(days / plan.everyDays));
  if (times > 0 && at(times) > now) times--;
  return { latest: times > 0 ? at(times) : null, next: at(times + 1) };
}

/** A reminder for that moment or a later one stands in the timeline. */
function wasSaid(consult: Consult, of: EventId, dueAt: Instant): boolean {
  return consult.timeline.some(({ event }) => {
    if (event.type !== 'follow-up-due') return false;
    const said = event.body as ConsultBody<'follow-up-due'>;
    return said.of === of && said.dueAt >= dueAt;
  });
}

/**
 * The reminder of a follow-up that is due (CON-7): every so many days at the start of the rounds, in the hospital's time zone, until a visit is recorded
 * or the follow-up ended; or once, at the time that was named. After an outage only the latest is due. A follow-up that waits for a
 * result alone is never due. null: nothing to say.
 */
export function dueFollowUp(consult: Consult, timeZone: string, now: Instant): DueFollowUp | null {
  const { latest } = moments(consult, timeZone, now);
  const of = consult.followUp?.event;
  if (latest === null || of === undefined || wasSaid(consult, of, latest)) return null;
  return { event: `${of}:${instantToMs(latest).toString(36)}:follow-up-due` as EventId, of, dueAt: latest };
}

/** When the consult must be looked at again; `now` or before when a reminder is due already; null for never. */
export function nextFollowUpAt(consult: Consult, timeZone: string, now: Instant): Instant | null {
  return dueFollowUp(consult, timeZone, now)?.dueAt ?? moments(consult, timeZone, now).next;
}
