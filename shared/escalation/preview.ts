import type { Consult } from '#shared/consult/consult.ts';
import type { Targets, Urgency } from '#shared/consult/vocabulary.ts';
import { assign } from '#shared/directory/assignment.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { EscalationPolicy } from '#shared/directory/escalation-policy.ts';
import type { ConsultId, DepartmentId, EventId, PatientId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, minutesBetween, type Instant } from '#shared/lib/instant.ts';
import { dueSteps, nextStepAt, type DueStep } from './due-steps.ts';
import { recipientsOf, type Recipient } from './recipients.ts';

export interface PolicyPlay {
  /** Whose policy, rota and leaders. */
  readonly department: DepartmentId;
  readonly urgency: Urgency;
  readonly directory: Directory;
  /** When the request would arrive. */
  readonly from: Instant;
  /** A policy that is not stored yet, with its targets; absent: the department's own. */
  readonly policy?: EscalationPolicy;
  readonly targets?: Targets;
  /** How far to play; 24 hours when absent. */
  readonly minutes?: number;
}

/** One call that would be made if nobody did anything. `people` is empty only in a hospital without active people. */
export interface PlayedCall {
  readonly at: Instant;
  readonly afterMinutes: number;
  /** Counts from 0; from 100 on it is a step no policy lists, see claim.ts. */
  readonly step: number;
  readonly repeat: number;
  readonly unless: DueStep['unless'];
  readonly people: readonly Recipient[];
}

/** No policy that may be stored calls so often in a day. */
const mostCalls = 500;
const nobody = 'nobody' as PersonId;

/** A request as it stands when it has just arrived and nobody has touched it; only what steps are made from is real. */
function untouched(play: PolicyPlay, policy: EscalationPolicy, targets: Targets): Consult {
  const { department, urgency, directory, from } = play;
  const clock = (minutes: number) => ({
    startsAt: from,
    dueAt: addMinutes(from, minutes),
    stoppedAt: null,
    stoppedBy: null,
    paused: false,
  });
  const assignment = assign({
    department,
    urgency,
    requester: nobody,
    preferredDoctor: null,
    directory,
    openConsults: new Map(),
    at: from,
    lastRoundRobin: null,
  });
  const patient = 'preview' as PatientId;
  return {
    id: 'preview' as ConsultId,
    status: 'submitted',
    reference: null,
    content: {
      patient,
      patientAsWas: {
        mrn: null,
        name: '',
        born: { kind: 'unknown' },
        sex: 'unknown',
        ward: '',
        bed: '',
        department,
        diagnosis: '',
        allergies: { kind: 'not-asked' },
        precautions: [],
      },
      requestingDepartment: department,
      receivingDepartment: department,
      urgency,
      question: '',
      reason: '',
      history: '',
      medication: '',
      vitals: null,
      results: '',
      callBack: '',
      preferredDoctor: null,
      intakeAnswers: [],
    },
    patient,
    requester: nobody,
    requestingDepartment: department,
    receivingDepartment: department,
    earlierReceiving: [],
    joinedDepartments: [],
    involved: [],
    urgency,
    assignee: assignment?.to ?? null,
    assignedBy: null,
    acknowledgedBy: null,
    promise: null,
    handOver: null,
    submittedAt: from,
    snapshot: { event: 'preview' as EventId, startsAt: from, targets, policy },
    clocks: {
      acknowledged: clock(targets.acknowledged),
      seen: clock(targets.seen),
      completed: clock(targets.completed),
    },
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
    lastN: 1,
    lastLamport: 1,
    changedAt: from,
    fullness: 0,
  };
}

/**
 * Plays a policy against the rota: who would be woken when, if a request came at `from` and nobody did anything (DEP-7). Earliest first; made by
 * the same rule that fires the steps. [] for a department the directory does not know. Where a rule gives the request to a person at once
 * it is taken to be whoever that rule names in an idle hospital.
 */
export function playPolicy(play: PolicyPlay): PlayedCall[] {
  const { department, urgency, directory, from, minutes = 1440 } = play;
  const place = directory.departments.get(department);
  if (place === undefined) return [];
  const consult = untouched(
    play,
    play.policy ?? place.policies[urgency],
    play.targets ?? place.targets[urgency],
  );
  const until = addMinutes(from, minutes);
  const fired = new Set<string>();
  const calls: PlayedCall[] = [];
  let now = from;
  while (calls.length < mostCalls) {
    const next = nextStepAt({ consult, fired, now });
    if (next === null || next >= until) break;
    now = next < now ? now : next;
    const due = dueSteps({ consult, fired, now });
    if (due.length === 0) break;
    for (const step of due) {
      fired.add(step.claimId);
      calls.push({
        at: now,
        afterMinutes: minutesBetween(from, now),
        step: step.step,
        repeat: step.repeat,
        unless: step.unless,
        people: recipientsOf(step, consult, directory, now),
      });
    }
  }
  return calls;
}
