import { describe, expect, it } from 'vitest';
import { buildDemoHospital } from '#server/demo/build-demo-hospital.ts';
import { departmentCodes } from '#server/demo/departments.ts';
import { patientNames, staffNames } from '#server/demo/names.ts';
import { alertSchema } from '#shared/alert/alert.ts';
import { judgeEvent } from '#shared/consult/judge.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { systemConsultBodies, type ConsultBody, type SystemConsultType } from '#shared/consult/events.ts';
import { statusSchema } from '#shared/consult/vocabulary.ts';
import { directoryFrom } from '#shared/directory/build-directory.ts';
import { directoryDocumentSchema } from '#shared/directory/directory.ts';
import { dutyAdministrator } from '#shared/directory/leaders.ts';
import { isClinical } from '#shared/directory/membership.ts';
import { gaps, onCall } from '#shared/directory/on-call.ts';
import { policyProblems } from '#shared/directory/policy-problems.ts';
import { dueSteps } from '#shared/escalation/due-steps.ts';
import {
  eventDocumentSchema,
  systemAuthor,
  type AuthoredEnvelope,
  type HeldEvent,
} from '#shared/event/envelope.ts';
import { parseAuthoredEvent } from '#shared/event/parse.ts';
import { eventIdSchema, type PersonId } from '#shared/lib/id.ts';
import { addMinutes, instant } from '#shared/lib/instant.ts';
import { judgePatientEvent } from '#shared/patient/judge-patient.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';

/** Generation takes about a second on an idle core; these machines are rarely idle. */
const timeoutMs = 60_000;
const now = instant('2026-11-22T10:00:00.000Z');
const hospital = buildDemoHospital({
  seed: 7,
  now,
  sealEvent: (event, stamps) => `${event.id} ${stamps.n} ${stamps.via}`,
});
const directory = directoryFrom(hospital.directory);
const consults = hospital.consults.map((document) => projectConsult(document.events)!);
const patients = hospital.patients.map((document) => projectPatient(document.events)!);
const named = (code: string) => [...directory.departments.values()].find((one) => one.code === code)!;

/** What a tablet would have sent: the event without the server's stamps. */
function authoredPart(event: HeldEvent): unknown {
  const { n: _n, receivedAt: _receivedAt, via: _via, seal: _seal, ...written } = event;
  return written;
}

describe('the demo hospital', { timeout: timeoutMs }, () => {
  it('UX-6 has 14 departments, about 120 staff and 300 patients', () => {
    expect(directory.departments.size).toBe(14);
    expect(departmentCodes).toHaveLength(14);
    expect(directory.people.size).toBeGreaterThanOrEqual(115);
    expect(directory.people.size).toBeLessThanOrEqual(130);
    expect(patients).toHaveLength(300);
  });

  it('UX-6 has 90 days of consults, fewer at weekends, some at night', () => {
    const byWeekday = new Map<number, number>();
    let night = 0;
    for (const { submittedAt } of consults) {
      const local = new Date(addMinutes(submittedAt!, 300));
      byWeekday.set(local.getUTCDay(), (byWeekday.get(local.getUTCDay()) ?? 0) + 1);
      if (local.getUTCHours() < 6) night++;
    }
    const oldest = consults.map((one) => one.submittedAt!).sort()[0]!;
    expect(oldest < addMinutes(now, -88 * 1440)).toBe(true);
    expect(consults.length).toBeGreaterThan(700);
    expect(night).toBeGreaterThan(30);
    expect(byWeekday.get(0)!).toBeLessThan(byWeekday.get(2)!);
  });

  it('is the same for the same seed and moment, and another for another seed', () => {
    const again = buildDemoHospital({
      seed: 7,
      now,
      sealEvent: (event, stamps) => `${event.id} ${stamps.n} ${stamps.via}`,
    });
    expect(JSON.stringify(again)).toBe(JSON.stringify(hospital));
    expect(JSON.stringify(buildDemoHospital({ seed: 8, now }).signIns)).not.toBe(
      JSON.stringify(hospital.signIns),
    );
  });

  it('every document is of its kind', () => {
    for (const document of hospital.directory)
      expect(directoryDocumentSchema.safeParse(document).error).toBeUndefined();
    for (const document of [...hospital.consults, ...hospital.patients])
      expect(eventDocumentSchema.safeParse(document).error).toBeUndefined();
    for (const alert of hospital.alerts) expect(alertSchema.safeParse(alert).error).toBeUndefined();
  });

  it('every act of a person is one the server would have taken', () => {
    const faults: string[] = [];
    for (const { id, events } of hospital.consults) {
      events.forEach((event, at) => {
        if (event.author === systemAuthor) return;
        const parsed = parseAuthoredEvent('consult', authoredPart(event));
        if (!parsed.ok) return faults.push(`${event.type} ${parsed.error.code} ${parsed.error.path}`);
        const person = directory.people.get(event.author as PersonId)!;
        const judged = judgeEvent({
          event: parsed.value,
          documentEvents: events.slice(0, at),
          person,
          directory,
          writtenAt: event.receivedAt!,
        });
        if (judged.verdict === 'refuse') faults.push(`${id} ${event.type} ${judged.code}`);
        return 0;
      });
    }
    expect(faults).toEqual([]);
  });

  it('every act on a patient is one the server would have taken', () => {
    const faults: string[] = [];
    for (const { events } of hospital.patients) {
      events.forEach((event, at) => {
        const parsed = parseAuthoredEvent('patient', authoredPart(event));
        if (!parsed.ok) return faults.push(`${event.type} ${parsed.error.code} ${parsed.error.path}`);
        const judged = judgePatientEvent({
          event: parsed.value satisfies AuthoredEnvelope,
          documentEvents: events.slice(0, at),
          person: directory.people.get(event.author as PersonId)!,
          directory,
          writtenAt: event.receivedAt!,
        });
        if (judged.verdict === 'refuse') faults.push(`${event.type} ${judged.code}`);
        return 0;
      });
    }
    expect(faults).toEqual([]);
  });

  it('what the server says is of its vocabulary, and every event is stamped, sealed and in time', () => {
    for (const { events } of [...hospital.consults, ...hospital.patients]) {
      events.forEach((event, at) => {
        expect(event.n).toBe(at + 1);
        expect(event.seal).toBe(`${event.id} ${event.n!} ${event.via!}`);
        expect(eventIdSchema.safeParse(event.id).success).toBe(true);
        expect(event.receivedAt! <= now).toBe(true);
        expect(event.receivedAt! >= (events[at - 1]?.receivedAt ?? event.receivedAt!)).toBe(true);
        if (event.author !== systemAuthor) return;
        expect(event.via).toBe('system');
        expect(
          systemConsultBodies[event.type as SystemConsultType].safeParse(event.body).error,
        ).toBeUndefined();
      });
    }
  });

  it('UX-6 has live consults in every state, late, escalated and contradictory ones among them', () => {
    const found = new Set(consults.map((one) => one.status));
    for (const status of statusSchema.options)
      if (status !== 'draft') expect(found, status).toContain(status);
    const open = consults.filter((one) => one.endedAt === null);
    expect(open.length).toBeGreaterThan(25);
    const has = (is: (consult: (typeof consults)[number]) => boolean) => consults.some(is);
    expect(
      has(
        (one) =>
          one.endedAt === null &&
          one.clocks!.acknowledged.stoppedAt === null &&
          one.clocks!.acknowledged.dueAt < now,
      ),
    ).toBe(true);
    expect(
      has((one) => one.endedAt === null && one.timeline.some((entry) => entry.event.type === 'escalated')),
    ).toBe(true);
    expect(has((one) => one.endedAt === null && one.earlierReceiving.length > 0)).toBe(true);
    expect(has((one) => one.followUp !== null)).toBe(true);
    expect(has((one) => one.declines === 2)).toBe(true);
    expect(
      has((one) => one.timeline.some((entry) => entry.withoutEffect?.why === 'someone-else-leads')),
    ).toBe(true);
    expect(
      has(
        (one) =>
          one.status === 'cancelled' &&
          one.timeline.some((entry) => entry.event.type === 'acknowledged' && entry.withoutEffect !== null),
      ),
    ).toBe(true);
    expect(has((one) => one.timeline.some((entry) => entry.lateMinutes >= 40))).toBe(true);
    expect(has((one) => one.promise !== null && one.promise.dueAt < now)).toBe(true);
    expect(has((one) => one.joinedDepartments.length > 0)).toBe(true);
    expect(has((one) => one.notes.some((note) => note.enteredInErrorBy !== null))).toBe(true);
  });

  it('every escalation that was due has been fired, so that the demo does not begin with a burst', () => {
    for (const consult of consults) {
      const fired = new Set(
        consult.timeline
          .filter((entry) => entry.event.type === 'escalated')
          .map((entry) => entry.event.id.replace(/:escalated$/, '')),
      );
      expect(dueSteps({ consult, fired, now: addMinutes(now, -1) })).toEqual([]);
    }
  });

  it('nobody asks their own department, and everybody named is there', () => {
    const patientIds = new Set(patients.map((one) => one.id));
    for (const consult of consults) {
      expect(consult.content.requestingDepartment).not.toBe(consult.content.receivingDepartment);
      expect(consult.requestingDepartment).not.toBe(consult.receivingDepartment);
      expect(patientIds.has(consult.patient)).toBe(true);
      for (const person of consult.involved) expect(directory.people.has(person)).toBe(true);
    }
  });

  it('reference numbers are unique, and each has its claim', () => {
    const references = consults.map((one) => one.reference!);
    expect(new Set(references).size).toBe(references.length);
    const claimed = new Set(hospital.references.map((one) => one.reference));
    expect(claimed.size).toBe(hospital.references.length);
    for (const reference of references) expect(claimed.has(reference)).toBe(true);
    expect(hospital.references.every((one) => one.id === `ref:${one.reference}`)).toBe(true);
  });

  it('names of staff and patients do not overlap', () => {
    const wordsOf = (pool: typeof staffNames) => [...pool.men, ...pool.women, ...pool.family];
    const staff = new Set(wordsOf(staffNames));
    expect(wordsOf(patientNames).filter((name) => staff.has(name))).toEqual([]);
    const full = [...directory.people.values()].map((one) => one.name);
    expect(new Set(full).size).toBe(full.length);
  });

  it('the rota leaves no gap from last week to the week after next, and the duty administrator is always there', () => {
    const from = addMinutes(now, -6 * 1440);
    const until = addMinutes(now, 12 * 1440);
    for (const department of directory.departments.values()) {
      const tiers =
        department.code === 'ADMIN' ? (['first'] as const) : (['first', 'second', 'consultant'] as const);
      for (const tier of tiers)
        expect(gaps(directory, department.id, tier, from, until), department.code).toEqual([]);
    }
    expect(dutyAdministrator(directory, now)).not.toBeNull();
    for (const department of directory.departments.values()) {
      for (const policy of Object.values(department.policies)) expect(policyProblems(policy)).toEqual([]);
    }
  });

  it('those who sign in find something to do', () => {
    const [asks, answers, head, nurse, administrator] = hospital.signIns;
    expect(onCall(directory, named('CARD').id, 'first', now)).toBe(answers!.person);
    expect(named('CARD').head).toBe(head!.person);
    expect(isClinical(directory.people.get(nurse!.person)!, directory)).toBe(false);
    expect(directory.people.get(administrator!.person)!.grants.length).toBeGreaterThan(5);
    expect(consults.some((one) => one.requester === asks!.person && one.endedAt === null)).toBe(true);
    expect(
      consults.some((one) => one.receivingDepartment === named('CARD').id && one.status === 'submitted'),
    ).toBe(true);
    const emails = hospital.accounts.map((one) => one.email);
    expect(new Set(emails).size).toBe(emails.length);
    expect(emails.every((email) => /^[a-z.]+@[a-z-]+\.example$/.test(email))).toBe(true);
    for (const signIn of hospital.signIns) expect(emails).toContain(signIn.email);
  });

  it('texts have their numbers filled in', () => {
    for (const { events } of hospital.consults) {
      const content = (events[0]!.body as ConsultBody<'submitted'>).content;
      expect(JSON.stringify(content)).not.toMatch(/\{\d/);
    }
  });

  it('alerts of the last day carry no name and tell nobody of their own act', () => {
    expect(hospital.alerts.length).toBeGreaterThan(50);
    const authors = new Map(
      hospital.consults.flatMap(({ events }) => events.map((event) => [event.id, event.author] as const)),
    );
    for (const alert of hospital.alerts) {
      expect(authors.get(alert.cause)).not.toBe(alert.recipient);
      expect(alert.plannedAt >= addMinutes(now, -1440)).toBe(true);
    }
    const states = new Set(hospital.alerts.flatMap((alert) => alert.facts.map((fact) => fact.fact)));
    for (const fact of ['planned', 'sent', 'shown', 'opened', 'acted', 'stood-down'] as const)
      expect(states).toContain(fact);
  });

  it('is built in the time of a breath', () => {
    const began = process.cpuUsage();
    buildDemoHospital({ seed: 9, now });
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1000).toBeLessThan(5000);
  });

  it.each(['2026-01-02T01:30:00.000Z', '2027-06-15T20:15:00.000Z'])(
    'can be built at any moment: %s',
    (text) => {
      const built = buildDemoHospital({ seed: 3, now: instant(text) });
      expect(built.consults.length).toBeGreaterThan(700);
      expect(built.consults.flatMap(({ events }) => events).every((event) => event.receivedAt! <= text)).toBe(
        true,
      );
    },
  );
});
