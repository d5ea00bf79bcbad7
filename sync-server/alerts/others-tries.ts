import type { Alert, AlertFact } from '#shared/alert/alert.ts';
import { untriedAfterSeconds } from '#shared/alert/ladder.ts';
import { addMs, earliest, type Instant } from '#shared/lib/instant.ts';
import type { Leads } from './leads.ts';

/** A person waits for these: a gateway that has not sent by then and does not say that it lives is taken for dead. */
export const pressingLeadMs = 3_000;
/** Its maker lives and is at it: this gateway comes after, however long it says so. */
const othersLeadMs = (untriedAfterSeconds + 3) * 1000;

type Asked = Pick<Leads, 'gateway' | 'busyUntil'>;

/**
 * When to look again at an alert that nobody has begun with, because the gateway that made it lives and may be about to; null: now. Only its maker is
 * waited for: that others are busy with what is theirs says nothing about a dead one's.
 */
export async function makerIsAtItUntil(alert: Alert, leads: Asked, now: Instant): Promise<Instant | null> {
  if (alert.urgency === 'routine' || alert.facts.length > 1) return null;
  if (now >= addMs(alert.plannedAt, othersLeadMs)) return null;
  return leads.busyUntil(alert.facts[0]?.gateway ?? null);
}

/** Tries of a pressing alert that another gateway began, and of which nobody knows what came. */
export interface OthersTries {
  /** Whoever began them is dead. */
  readonly abandoned: ReadonlySet<AlertFact>;
  /** When those are asked about again whose gateway may live; null: there are none. */
  readonly lookAgainAt: Instant | null;
}

const none: OthersTries = { abandoned: new Set(), lookAgainAt: null };

export async function othersTries(alert: Alert, leads: Asked, now: Instant): Promise<OthersTries> {
  if (alert.urgency === 'routine') return none;
  const open = alert.facts.filter(
    (one) =>
      one.fact === 'planned' &&
      one.channel !== null &&
      one.gateway !== undefined &&
      one.gateway !== leads.gateway &&
      !alert.facts.some(
        ({ fact, channel, attempt }) => fact === 'sent' && channel === one.channel && attempt >= one.attempt,
      ),
  );
  if (open.length === 0) return none;
  const abandoned = new Set<AlertFact>();
  let lookAgainAt: Instant | null = null;
  for (const one of open) {
    const takenForDeadAt = addMs(one.at, pressingLeadMs);
    const until = takenForDeadAt > now ? takenForDeadAt : await leads.busyUntil(one.gateway ?? null);
    if (until === null) abandoned.add(one);
    else lookAgainAt = lookAgainAt === null ? until : earliest(lookAgainAt, until);
  }
  return { abandoned, lookAgainAt };
}
