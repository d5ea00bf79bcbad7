import { alertSchema, type Alert, type AlertFact, type AlertKind } from '#shared/alert/alert.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { ConsultId, DepartmentId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { consultId, departments, deviceId, eventId, people, storyStart } from '#tests/builders.ts';

/** "sent push 0", "sent push#1 2 gone", "shown push 3", "opened 4", "shown push 5 - tablet": what happened, how and at which minute of the story. */
export type FactText = string;

export const atMinute = (minute: number): Instant => addMinutes(storyStart, minute);

function factOf(text: FactText): AlertFact {
  const words = text.split(' ');
  const minuteAt = words.findIndex((word) => /^\d+(\.\d+)?$/.test(word));
  const [channel = null, attempt = '0'] = (minuteAt === 2 ? (words[1] ?? '') : '').split('#').filter(Boolean);
  const [outcome = null, device = null] = words.slice(minuteAt + 1);
  return {
    fact: words[0] as AlertFact['fact'],
    channel: channel as AlertFact['channel'],
    device: device === null ? null : deviceId(device),
    attempt: Number(attempt),
    outcome: (outcome === '-' ? null : outcome) as AlertFact['outcome'],
    at: atMinute(Number(words[minuteAt])),
  };
}

export interface AlertParts {
  readonly to?: PersonId;
  readonly about?: AlertKind;
  readonly urgency?: Urgency;
  /** Name of the event that caused it. */
  readonly cause?: string;
  readonly consult?: ConsultId | null;
  readonly department?: DepartmentId;
  readonly plannedMinute?: number;
  readonly as?: string;
  readonly insteadOf?: PersonId;
}

export function buildAlert(facts: readonly FactText[], parts: AlertParts = {}): Alert {
  const to = parts.to ?? people.cardiologist.id;
  const cause = eventId(parts.cause ?? 'asked');
  const consult = parts.consult === undefined ? consultId('of the alerts') : parts.consult;
  return alertSchema.parse({
    kind: 'alert',
    id: `${consult ?? 'about'}:${cause}:${to}`,
    consult,
    cause,
    recipient: to,
    as: parts.as ?? 'on-call first',
    about: parts.about ?? 'new-consult',
    urgency: parts.urgency ?? 'emergency',
    department: parts.department ?? departments.cardiology.id,
    plannedAt: atMinute(parts.plannedMinute ?? 0),
    ...(parts.insteadOf === undefined ? {} : { insteadOf: parts.insteadOf }),
    facts: facts.map(factOf),
  });
}
