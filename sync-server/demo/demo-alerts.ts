import type { Alert, AlertFact } from '#shared/alert/alert.ts';
import { alertOf, planAlerts } from '#shared/alert/plan.ts';
import { addFact } from '#shared/alert/receipts.ts';
import { standDown } from '#shared/alert/stand-down.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { StampedEvent } from '#shared/event/envelope.ts';
import type { DeviceId } from '#shared/lib/id.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import { phoneOf } from './devices.ts';
import type { HospitalPlan } from './hospital-plan.ts';

const fact = (
  name: AlertFact['fact'],
  at: Instant,
  device: DeviceId | null,
  outcome: AlertFact['outcome'] = null,
): AlertFact => ({
  fact: name,
  channel: name === 'stood-down' || name === 'acted' ? null : 'push',
  device,
  attempt: 0,
  outcome,
  at,
});

/** Events that were accepted in one write: a person's act and what the server added to it. */
function writesOf(events: readonly StampedEvent[]): StampedEvent[][] {
  const writes: StampedEvent[][] = [];
  for (const event of events) {
    const last = writes.at(-1);
    if (last?.[0]?.receivedAt === event.receivedAt) last.push(event);
    else writes.push([event]);
  }
  return writes;
}

/** Sent within a second, shown on most phones a moment later. */
function delivered(alert: Alert, { random, devices, now }: HospitalPlan): Alert {
  const phone = phoneOf(devices, alert.recipient, random);
  const sentAt = addMs(alert.plannedAt, random.int(150, 900));
  const shownAt = addMs(sentAt, random.int(600, 9000));
  if (sentAt > now) return alert;
  const sent = addFact(alert, fact('sent', sentAt, phone, 'ok'));
  return random.chance(0.9) && shownAt <= now ? addFact(sent, fact('shown', shownAt, phone)) : sent;
}

/** What the recipient did shows in the alert: opened, acted. */
function withReceipts(alert: Alert, write: readonly StampedEvent[], plan: HospitalPlan): Alert {
  let known = alert;
  for (const event of write) {
    if (event.author !== alert.recipient || event.receivedAt <= alert.plannedAt) continue;
    const phone = phoneOf(plan.devices, alert.recipient, plan.random);
    known = addFact(known, fact('opened', event.receivedAt, phone));
    if (event.type !== 'opened') known = addFact(known, fact('acted', event.receivedAt, null));
  }
  return known;
}

/** The alerts of one consult since `since`, with the receipts its devices would have sent. */
export function alertsOf(events: readonly StampedEvent[], since: Instant, plan: HospitalPlan): Alert[] {
  let alerts: Alert[] = [];
  let known = 0;
  for (const write of writesOf(events)) {
    known += write.length;
    const at = write[0]?.receivedAt;
    if (at === undefined || at < since) continue;
    const consult = projectConsult(events.slice(0, known));
    if (consult === null) continue;
    const down = new Set(standDown({ consult, newEvents: write, alerts }));
    alerts = alerts.map((alert) => {
      const received = withReceipts(alert, write, plan);
      return down.has(alert.id) ? addFact(received, fact('stood-down', at, null)) : received;
    });
    const planned = planAlerts({ consult, newEvents: write, directory: plan.directory, at });
    alerts.push(...planned.map((one) => delivered(alertOf(one, at), plan)));
  }
  return alerts;
}
