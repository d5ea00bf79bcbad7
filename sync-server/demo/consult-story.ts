import { projectConsult } from '#shared/consult/project.ts';
import { referenceOf } from '#shared/consult/reference.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { AuthoredConsultType, ConsultBody, RequestContent } from '#shared/consult/events.ts';
import { clockStarters } from '#shared/consult/transitions.ts';
import { assign } from '#shared/directory/assignment.ts';
import type { Person } from '#shared/directory/staff.ts';
import { escalatedEventId } from '#shared/escalation/claim.ts';
import { dueSteps, nextStepAt, type DueStep } from '#shared/escalation/due-steps.ts';
import { recipientsOf } from '#shared/escalation/recipients.ts';
import type { EventDocument, StampedEvent } from '#shared/event/envelope.ts';
import type { ConsultId, EventId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, addMs, type Instant } from '#shared/lib/instant.ts';
import { clinicalCodes, type ClinicalCode } from './departments.ts';
import { deviceOfWard, phoneOf } from './devices.ts';
import type { HospitalPlan } from './hospital-plan.ts';
import { localYear } from './local-time.ts';
import { createStamper, type Stamper } from './stamper.ts';

/** Gives out reference numbers in the order consults come. */
export interface References {
  readonly given: string[];
  next(code: string, at: Instant): string;
}
export function createReferences(): References {
  const given: string[] = [];
  const counters = new Map<string, number>();
  return {
    given,
    next(code, at) {
      const year = localYear(at);
      const key = `${code} ${year}`;
      const number = (counters.get(key) ?? 0) + 1;
      counters.set(key, number);
      const reference = referenceOf(code, year, number);
      given.push(reference);
      return reference;
    },
  };
}

export interface ActOptions {
  /** What the author had seen, where it was not everything. */
  readonly base?: number;
  readonly lamport?: number;
  readonly lateMinutes?: number;
  readonly onPhone?: boolean;
}

const endingActs: ReadonlySet<AuthoredConsultType> = new Set([
  'completed',
  'closed',
  'cancelled',
  'force-closed',
]);

/** How long after its time a step is found by the scan. */
const scanDelayMs = 900;

/**
 * One consult as the server would have kept it: acts of people in time order, what the server adds to them, and every escalation
 * that fell due between them. Acts are not judged here; a test judges them all.
 */
export class ConsultStory {
  readonly #plan: HospitalPlan;
  readonly #stamper: Stamper;
  readonly #references: References;
  readonly #fired = new Set<string>();
  /** Nothing falls due any more; kept beside the projection because asking that for every mark on an answer takes long. */
  #ended = false;
  /** null: something was written since it was last asked for. */
  #consult: Consult | null = null;

  constructor(plan: HospitalPlan, references: References) {
    this.#plan = plan;
    this.#references = references;
    this.#stamper = createStamper(plan.random.uuid(), plan.random, plan.sealEvent);
  }

  get id(): ConsultId {
    return this.consult.id;
  }
  get consult(): Consult {
    this.#consult ??= projectConsult(this.#stamper.events);
    if (this.#consult === null) throw new Error('nothing was submitted yet');
    return this.#consult;
  }
  get document(): EventDocument {
    return { kind: 'consult', id: this.consult.id, events: this.#stamper.events };
  }
  get lastN(): number {
    return this.#stamper.lastN();
  }
  /** The department that has it now. */
  get receiving(): ClinicalCode {
    return this.#codeOf(this.consult.receivingDepartment);
  }

  submit(
    content: RequestContent,
    by: Person,
    at: Instant,
    linked: readonly ConsultId[] = [],
    options: ActOptions = {},
  ): this {
    return this.act('submitted', { content, linked: [...linked] }, by.id, at, options);
  }

  act<T extends AuthoredConsultType>(
    type: T,
    body: ConsultBody<T>,
    by: PersonId,
    at: Instant,
    options: ActOptions = {},
  ): this {
    if (type !== 'submitted') this.escalateUntil(at);
    const { base, lamport, lateMinutes = 0 } = options;
    const event = this.#stamper.write({
      type,
      body,
      by,
      device: this.#deviceOf(by, options.onPhone === true),
      at,
      ...(base === undefined ? {} : { base }),
      ...(lamport === undefined ? {} : { lamport }),
      lateMinutes,
    });
    if (lateMinutes >= 1)
      this.#stamper.state('arrived-late', { of: event.id, minutes: lateMinutes }, event, at);
    this.#consult = null;
    if (endingActs.has(type)) this.#ended = true;
    if (type === 'reopened') this.#ended = false;
    if (clockStarters.has(type)) this.#startClocks(event, addMinutes(at, -lateMinutes));
    return this;
  }

  /** A fact the server states of itself, such as a follow-up that fell due; its id is made from the claim's words. */
  state(type: string, body: object, cause: EventId, at: Instant, words: string): this {
    this.escalateUntil(at);
    const from = this.#stamper.events.find((event) => event.id === cause);
    if (from === undefined) throw new Error('a fact needs its cause');
    this.#stamper.state(type, body, from, at, `${cause}:${words}` as EventId);
    this.#consult = null;
    return this;
  }

  /** Fires every step due up to `until`, each at its own time, as the engine would have. */
  escalateUntil(until: Instant): this {
    if (this.#ended) return this;
    // An escalation changes neither clocks nor conditions, so the consult as it was before them will do.
    const { consult } = this;
    const { events } = this.#stamper;
    let from = events.at(-1)?.receivedAt ?? until;
    for (;;) {
      const next = nextStepAt({ consult, fired: this.#fired, now: from });
      const at = next === null ? null : addMs(next > from ? next : from, scanDelayMs);
      if (at === null || at > until) return this;
      for (const step of dueSteps({ consult, fired: this.#fired, now: at })) this.#fire(step, consult, at);
      from = at;
      this.#consult = null;
    }
  }

  #fire(step: DueStep, consult: Consult, at: Instant): void {
    const cause = this.#stamper.events.find((event) => event.id === step.clock);
    if (cause === undefined) throw new Error('a step counts from an event of the consult');
    const notified = recipientsOf(step, consult, this.#plan.directory, at);
    const body = { clock: step.clock, step: step.step, repeat: step.repeat, unless: step.unless, notified };
    this.#stamper.state('escalated', body, cause, at, escalatedEventId(step.claimId));
    this.#fired.add(step.claimId);
  }

  #startClocks(event: StampedEvent, startsAt: Instant): void {
    const { directory, departments } = this.#plan;
    const at = event.receivedAt;
    const { consult } = this;
    const entry = consult.timeline.find((one) => one.event.id === event.id);
    if (entry?.withoutEffect !== null) return;
    const department = departments[this.receiving];
    if (event.type === 'submitted') {
      this.#stamper.state('numbered', { reference: this.#references.next(department.code, at) }, event, at);
    }
    const { urgency } = consult;
    const snapshot = {
      of: event.id,
      startsAt,
      urgency,
      department: department.id,
      targets: department.targets[urgency],
      policy: department.policies[urgency],
    };
    this.#stamper.state('clock-snapshot', snapshot, event, at);
    this.#consult = null;
    if (consult.assignee !== null || consult.status !== 'submitted') return;
    const chosen = assign({
      department: department.id,
      urgency,
      requester: consult.requester,
      preferredDoctor: consult.content.preferredDoctor,
      directory,
      openConsults: new Map(),
      at,
      lastRoundRobin: null,
    });
    if (chosen !== null) this.#stamper.state('auto-assigned', { of: event.id, ...chosen }, event, at);
    this.#consult = null;
  }

  #codeOf(department: string): ClinicalCode {
    const code = clinicalCodes.find((one) => this.#plan.departments[one].id === department);
    if (code === undefined) throw new Error('not a clinical department');
    return code;
  }

  #deviceOf(by: PersonId, onPhone: boolean) {
    const { directory, devices, random } = this.#plan;
    const home = directory.people.get(by)?.memberships[0]?.department;
    if (onPhone || home === undefined) return phoneOf(devices, by, random);
    const code = clinicalCodes.find((one) => this.#plan.departments[one].id === home);
    return code === undefined ? phoneOf(devices, by, random) : deviceOfWard(devices, code, random);
  }
}
