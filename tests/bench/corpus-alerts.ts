import type { Alert, AlertFact, AlertKind } from '#shared/alert/alert.ts';
import { alertIdOf, alertOf, planAlerts, type PlannedAlert } from '#shared/alert/plan.ts';
import type { ConsultBody } from '#shared/consult/events.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { systemAuthor, type StampedEvent } from '#shared/event/envelope.ts';
import type { ConsultId, DeviceId, PersonId } from '#shared/lib/id.ts';
import { addMs } from '#shared/lib/instant.ts';
import type { CorpusDocument } from './corpus.ts';
import { deviceOf, type Hospital } from './hospital.ts';

/** Of an ended consult three alerts are kept: it came, it was written about, it was answered. */
const toldOfEnded: Readonly<Record<string, AlertKind>> = {
  submitted: 'new-consult',
  'note-added': 'note',
  completed: 'completed',
};

/** Planned by hand: projecting 100,000 consults several times over would take longer than filling the store. */
function plannedOfEnded(hospital: Hospital, events: readonly StampedEvent[]): [PlannedAlert, StampedEvent][] {
  const submitted = events[0];
  if (submitted === undefined) return [];
  const { content } = submitted.body as ConsultBody<'submitted'>;
  const receiver = hospital.departments.find(({ id }) => id === content.receivingDepartment)?.receiver;
  return events.flatMap((event): [PlannedAlert, StampedEvent][] => {
    const about = toldOfEnded[event.type];
    const recipient = event === submitted ? receiver : (submitted.author as PersonId);
    if (about === undefined || recipient === null || recipient === undefined) return [];
    const consult = event.document as ConsultId;
    const planned = {
      id: alertIdOf(consult, event.id, recipient),
      consult,
      cause: event.id,
      recipient,
      as: event === submitted ? 'receiver' : 'requester',
      about,
      urgency: content.urgency,
      department: content.receivingDepartment,
    };
    return [[planned, event]];
  });
}

/** All that the server would have planned: what lacks one, the first start would tell. */
function plannedOfOpen(hospital: Hospital, events: readonly StampedEvent[]): [PlannedAlert, StampedEvent][] {
  return events.flatMap((event, at) => {
    // Acts of one minute stand here as one write.
    if (event.author === systemAuthor || events[at - 1]?.receivedAt === event.receivedAt) return [];
    const write = events.filter(({ receivedAt }) => receivedAt === event.receivedAt);
    const consult = projectConsult(events.slice(0, at + write.length));
    if (consult === null) throw new Error('the corpus tells a consult that cannot be read');
    const told = { consult, newEvents: write, directory: hospital.directory, at: event.receivedAt };
    return planAlerts(told).map((planned): [PlannedAlert, StampedEvent] => [planned, event]);
  });
}

const fact = (
  name: AlertFact['fact'],
  plannedAt: Alert['plannedAt'],
  afterMs: number,
  device: DeviceId | null,
): AlertFact => ({
  fact: name,
  channel: device === null ? null : 'push',
  device,
  attempt: 0,
  outcome: name === 'sent' ? 'ok' : null,
  at: addMs(plannedAt, afterMs),
});

/** The alerts of one consult, each sent to its person's phone, shown, opened and answered. */
export function alertsOf(
  hospital: Hospital,
  events: readonly StampedEvent[],
  open: boolean,
): CorpusDocument[] {
  const planned = (open ? plannedOfOpen : plannedOfEnded)(hospital, events);
  return planned.map(([one, { receivedAt }]) => {
    const alert = alertOf(one, receivedAt);
    const phone = deviceOf(hospital.personOf(one.recipient));
    const facts = [
      ...alert.facts,
      fact('sent', receivedAt, 400, phone),
      fact('shown', receivedAt, 2_500, phone),
      fact('opened', receivedAt, 90_000, phone),
      fact('acted', receivedAt, 120_000, null),
    ];
    return { id: alert.id, body: { ...alert, facts } };
  });
}
