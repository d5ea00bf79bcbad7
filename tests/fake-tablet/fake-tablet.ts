import type { Alert } from '#shared/alert/alert.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { isOpen } from '#shared/consult/vocabulary.ts';
import { isStamped, type HeldEvent } from '#shared/event/envelope.ts';
import type { ConsultId, EventId, PatientId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, msToInstant, type Instant } from '#shared/lib/instant.ts';
import { ok } from '#shared/lib/result.ts';
import type { Patient } from '#shared/patient/patient.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import type { Connection, Delivery, Draft, Live, OutboxItem, Tablet } from '$lib/tablet/tablet.ts';
import { createLive, type LiveValue } from '$lib/tablet/live.ts';
import { deviceId, eventId, patientId, stamped } from '#tests/builders.ts';
import { directoryAt, patientLines, staff } from './hospital.ts';
import { crowdAt, nightAt } from './night.ts';

export type Scenario =
  | 'night'
  | 'empty'
  | 'stale'
  | 'never'
  | 'offline'
  | 'alarm'
  | 'refused'
  | 'crowd'
  | 'ended'
  | 'watcher'
  | 'filling';

/** What a live view shows, computed anew whenever something changed; equal answers are not told again. */
function derive<T>(changed: Live<number>, read: () => T): Live<T> {
  return { subscribe: (run) => changed.subscribe(() => run(read())) };
}

/** A tablet in memory with a server that answers after a moment, for looking at screens and for their tests. */
export function createFakeTablet(
  person: PersonId,
  scenario: Scenario,
  answerMs = 400,
): Tablet & { arrive(): void } {
  const device = deviceId('ward-4-tablet-2');
  const now = (): Instant => msToInstant(Date.now());
  const startedAt = now();
  const night = nightAt(startedAt);
  const documents = new Map<string, readonly HeldEvent[]>(
    scenario === 'empty' || scenario === 'filling' || scenario === 'never' ? [] : night.documents,
  );
  if (scenario === 'crowd') for (const [id, events] of crowdAt(startedAt, 260)) documents.set(id, events);
  const patientEvents = new Map<string, readonly HeldEvent[]>(
    patientLines.map(({ key, content }) => {
      const id = patientId(key);
      const registered: HeldEvent = {
        v: 1,
        id: eventId(key),
        document: id,
        type: 'registered',
        author: staff.raza.id,
        device,
        lamport: 1,
        base: 0,
        occurredAt: addMinutes(startedAt, -2000),
        body: { content },
      };
      return [id, [stamped(registered, 1, addMinutes(startedAt, -2000))]];
    }),
  );
  const offline = ['offline', 'stale', 'alarm', 'never'].includes(scenario);
  const refused = new Map<string, Delivery>();
  const dismissed = new Set<string>();
  const drafts = new Map<string, Draft>();
  const settings = new Map<string, LiveValue<unknown>>();
  let version = 0;
  const changed = createLive(version);
  let consults = new Map<string, Consult>();
  let patients: readonly Patient[] = [];

  const deliveryOf = (event: HeldEvent): Delivery =>
    refused.get(event.id) ??
    (isStamped(event)
      ? { state: 'at-the-server', at: event.receivedAt }
      : { state: 'on-this-tablet', since: event.occurredAt });
  const outbox = (): OutboxItem[] =>
    [...documents, ...patientEvents]
      .flatMap(([, events]) => events)
      .filter((event) => !isStamped(event) && !dismissed.has(event.id))
      .map((event) => ({
        event,
        document: patientEvents.has(event.document) ? 'patient' : 'consult',
        delivery: deliveryOf(event),
        attempts: 3,
      }));

  function tell(): void {
    const next = new Map<string, Consult>();
    for (const [id, events] of documents) {
      const consult = projectConsult(events);
      if (consult !== null) next.set(id, consult);
    }
    consults = next;
    patients = [...patientEvents.values()]
      .map((events) => projectPatient(events))
      .filter((patient) => patient !== null);
    version += 1;
    changed.set(version);
  }

  function write(
    store: Map<string, readonly HeldEvent[]>,
    document: string,
    type: string,
    body: object,
    eventId?: EventId,
  ): EventId {
    const held = store.get(document) ?? [];
    const id = eventId ?? (crypto.randomUUID() as EventId);
    if (held.some((event) => event.id === id)) return id;
    const event: HeldEvent = {
      v: 1,
      id,
      document,
      type,
      author: person,
      device,
      lamport: 1 + Math.max(0, ...held.map((each) => each.lamport)),
      base: Math.max(0, ...held.map((each) => each.n ?? 0)),
      occurredAt: now(),
      body: { ...body },
    };
    store.set(document, [...held, event]);
    tell();
    if (!offline) {
      setTimeout(() => {
        const present = store.get(document) ?? [];
        const n = 1 + Math.max(0, ...present.map((each) => each.n ?? 0));
        store.set(
          document,
          present.map((each) => (each.id === id ? stamped(each, n, now()) : each)),
        );
        tell();
      }, answerMs);
    }
    return id;
  }

  if (scenario === 'alarm' || scenario === 'offline' || scenario === 'refused') {
    const source = night.documents.values().next().value?.[0];
    if (source !== undefined) {
      const document = crypto.randomUUID();
      const waited = scenario === 'offline' ? 0.1 : 2;
      const written: HeldEvent = {
        v: 1,
        id: crypto.randomUUID() as EventId,
        document,
        type: 'submitted',
        author: person,
        device,
        lamport: 1,
        base: 0,
        occurredAt: addMinutes(startedAt, -waited),
        body: source.body,
      };
      documents.set(document, [written]);
      if (scenario === 'refused')
        refused.set(written.id, { state: 'refused', code: 'own-department', kept: 'server' });
    }
  }

  const confirmedAt = (): Instant | null =>
    scenario === 'never'
      ? null
      : scenario === 'stale'
        ? addMinutes(startedAt, -42)
        : offline
          ? addMinutes(startedAt, -6)
          : msToInstant(Math.floor(Date.now() / 20_000) * 20_000);
  const connection = (): Connection => {
    const caughtUp = scenario !== 'filling' && scenario !== 'never';
    const of = (count: number): { caughtUp: boolean; count: number } => ({ caughtUp, count });
    return {
      confirmedAt: confirmedAt(),
      streaming: !offline,
      signInNeeded: scenario === 'ended',
      clockOffsetMs: scenario === 'stale' ? 182_000 : 340,
      lastFullSyncAt: scenario === 'never' ? null : addMinutes(startedAt, -34),
      perCollection: {
        consults: of(documents.size),
        patients: of(patientEvents.size),
        directory: of(20),
        alerts: of(night.alerts.length),
      },
      trouble: offline ? 'no-answer' : scenario === 'ended' ? 'signed-out' : null,
      watcherLateSeconds: scenario === 'watcher' ? 190 : 0,
    };
  };
  tell();
  const beat = setInterval(() => changed.set(++version), 20_000);
  const byChange = (a: Consult, b: Consult): number => ((a.changedAt ?? '') < (b.changedAt ?? '') ? 1 : -1);
  const setting = (key: string): LiveValue<unknown> => {
    let held = settings.get(key);
    if (held === undefined) settings.set(key, (held = createLive<unknown>(null)));
    return held;
  };
  const alerts = (): readonly Alert[] => (documents.size === 0 ? [] : night.alerts);
  const savedDrafts = localStorage.getItem('fake-drafts');
  if (savedDrafts !== null)
    for (const draft of JSON.parse(savedDrafts) as Draft[]) drafts.set(draft.id, draft);
  const keepDrafts = (): void => localStorage.setItem('fake-drafts', JSON.stringify([...drafts.values()]));

  return {
    person,
    device,
    now,
    directory: createLive(directoryAt(startedAt)),
    unreadable: derive(changed, () => []),
    openConsults: derive(changed, () => [...consults.values()].filter(({ status }) => isOpen(status))),
    endedConsults: (limit) =>
      derive(changed, () =>
        [...consults.values()]
          .filter(({ status }) => !isOpen(status))
          .sort(byChange)
          .slice(0, limit),
      ),
    consult: (id: ConsultId) => derive(changed, () => consults.get(id) ?? null),
    consultsOfPatient: (id: PatientId) =>
      derive(changed, () => [...consults.values()].filter(({ patient }) => patient === id)),
    patient: (id: PatientId) => derive(changed, () => patients.find((patient) => patient.id === id) ?? null),
    patients: derive(changed, () => patients),
    alerts: derive(changed, alerts),
    alertsOfConsult: (id: ConsultId) =>
      derive(changed, () => alerts().filter(({ consult }) => consult === id)),
    actOnConsult: (consult, type, body, eventId) =>
      Promise.resolve(ok(write(documents, consult, type, body, eventId))),
    actOnPatient: (patient, type, body, eventId) =>
      Promise.resolve(ok(write(patientEvents, patient, type, body, eventId))),
    newId: () => crypto.randomUUID(),
    deliveryOf,
    outbox: derive(changed, outbox),
    dismissRefused(id) {
      dismissed.add(id);
      tell();
      return Promise.resolve();
    },
    drafts: derive(changed, () => [...drafts.values()]),
    jotDraft: () => undefined,
    saveDraft(draft) {
      drafts.set(draft.id, draft);
      keepDrafts();
      changed.set(++version);
      return Promise.resolve(ok(undefined));
    },
    removeDraft(id) {
      drafts.delete(id);
      keepDrafts();
      changed.set(++version);
      return Promise.resolve();
    },
    setting: <T>(key: string) => setting(key) as Live<T | null>,
    saveSetting(key, value) {
      setting(key).set(value);
      return Promise.resolve();
    },
    connection: derive(changed, connection),
    syncNow: () => Promise.resolve(),
    close() {
      clearInterval(beat);
      return Promise.resolve();
    },
    /** Another department's request comes in, as the stream would bring it. */
    arrive() {
      const [id, events] = [...crowdAt(now(), 1)][0] ?? [];
      if (id === undefined || events === undefined) return;
      const fresh = crypto.randomUUID();
      documents.set(
        fresh,
        events.map((event) => ({
          ...event,
          document: fresh,
          id: event.id.replace(/^[0-9a-f-]{36}/, fresh) as EventId,
        })),
      );
      tell();
    },
  } satisfies Tablet & { arrive(): void };
}
