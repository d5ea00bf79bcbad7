import type { Consult, ConsultClock } from '#shared/consult/consult.ts';
import { defaultTargets, type ClockName, type Urgency } from '#shared/consult/vocabulary.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { EscalationPolicy } from '#shared/directory/escalation-policy.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { consultId, departments, eventId, people, requestContent, storyStart } from '#tests/builders.ts';

export const minute = (minutes: number): Instant => addMinutes(storyStart, minutes);

interface Now {
  readonly urgency?: Urgency;
  readonly policy?: EscalationPolicy;
  /** Minute each clock was stopped at; absent: it runs. */
  readonly stopped?: Partial<Record<ClockName, number>>;
  /** Minutes of pause already in the due times of `seen` and `completed`. */
  readonly pausedMinutes?: number;
  readonly paused?: boolean;
  readonly over?: Partial<Consult>;
}

/** A consult as the projection gives it, set directly: the engine is tested apart from the projection. */
export function consultNow({
  urgency = 'emergency',
  policy,
  stopped = {},
  pausedMinutes = 0,
  paused = false,
  over = {},
}: Now = {}): Consult {
  const targets = defaultTargets[urgency];
  const clock = (name: ClockName): ConsultClock => {
    const stoppedAt = stopped[name];
    const pauses = name !== 'acknowledged';
    return {
      startsAt: storyStart,
      dueAt: minute(targets[name] + (pauses ? pausedMinutes : 0)),
      stoppedAt: stoppedAt === undefined ? null : minute(stoppedAt),
      stoppedBy: stoppedAt === undefined ? null : eventId(`stopped ${name}`),
      paused: pauses && paused,
    };
  };
  return {
    id: consultId('one'),
    status: stopped.acknowledged === undefined ? 'submitted' : 'acknowledged',
    reference: 'CARD-26-00001',
    content: requestContent({ urgency }),
    patient: requestContent().patient,
    requester: people.requester.id,
    requestingDepartment: departments.medicine.id,
    receivingDepartment: departments.cardiology.id,
    earlierReceiving: [],
    joinedDepartments: [],
    involved: [people.requester.id],
    urgency,
    assignee: null,
    assignedBy: null,
    acknowledgedBy: null,
    promise: null,
    handOver: null,
    submittedAt: storyStart,
    snapshot: {
      event: eventId('snapshot'),
      startsAt: storyStart,
      targets,
      policy: policy ?? defaultPolicy(urgency),
    },
    clocks: { acknowledged: clock('acknowledged'), seen: clock('seen'), completed: clock('completed') },
    infoWait: null,
    declines: 0,
    answer: null,
    recommendations: [],
    followUp: null,
    linked: [],
    notes: [],
    openedBy: new Map(),
    endedAt: null,
    timeline: [],
    lastN: 3,
    lastLamport: 1,
    changedAt: storyStart,
    fullness: 0,
    ...over,
  };
}
