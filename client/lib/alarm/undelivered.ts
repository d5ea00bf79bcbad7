import type { ConsultId, DepartmentId, EventId } from '#shared/lib/id.ts';
import { msBetween, type Instant } from '#shared/lib/instant.ts';
import type { OutboxItem } from '$lib/tablet/tablet.ts';

/** OFF-3: an emergency may take so long to leave the tablet before the alarm. */
export const alarmAfterMs = 30_000;

/** An emergency that has not reached the server, or was not accepted there. */
export interface UndeliveredEmergency {
  readonly event: EventId;
  readonly consult: ConsultId;
  /** null: the tablet does not know where it goes (an urgency changed on a consult not held any more). */
  readonly department: DepartmentId | null;
  readonly why: 'not-left' | 'not-accepted';
}

interface ContentLike {
  readonly urgency?: unknown;
  readonly receivingDepartment?: unknown;
}

/** True for an act that makes a consult an emergency: a new one, or one raised to it. */
function raisesEmergency({ event, document }: OutboxItem): boolean {
  if (document !== 'consult') return false;
  if (event.type === 'urgency-changed') return event.body['to'] === 'emergency';
  if (event.type !== 'submitted') return false;
  return (event.body['content'] as ContentLike | undefined)?.urgency === 'emergency';
}

/**
 * What the alarm is about, longest waiting first; [] when there is nothing to say.
 * `settled` holds events somebody rang about or dismissed with a reason.
 */
export function undeliveredEmergencies(
  outbox: readonly OutboxItem[],
  settled: ReadonlySet<string>,
  departmentOf: (consult: ConsultId) => DepartmentId | null,
  now: Instant,
): UndeliveredEmergency[] {
  const rungAbout = new Set(
    outbox.filter(({ event }) => event.type === 'rang').map(({ event }) => event.document),
  );
  const found: UndeliveredEmergency[] = [];
  for (const item of outbox) {
    const { event, delivery } = item;
    if (!raisesEmergency(item) || settled.has(event.id) || rungAbout.has(event.document)) continue;
    if (delivery.state === 'at-the-server') continue;
    if (delivery.state === 'on-this-tablet' && msBetween(delivery.since, now) < alarmAfterMs) continue;
    const consult = event.document as ConsultId;
    const written = (event.body['content'] as ContentLike | undefined)?.receivingDepartment;
    found.push({
      event: event.id,
      consult,
      department: typeof written === 'string' ? (written as DepartmentId) : departmentOf(consult),
      why: delivery.state === 'on-this-tablet' ? 'not-left' : 'not-accepted',
    });
  }
  return found;
}
