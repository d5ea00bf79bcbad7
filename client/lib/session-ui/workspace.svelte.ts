import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { fromStore } from 'svelte/store';
import type { Consult } from '#shared/consult/consult.ts';
import type { Department } from '#shared/directory/department.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { membershipsAt } from '#shared/directory/membership.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { ConsultId, DepartmentId, PatientId, PersonId } from '#shared/lib/id.ts';
import { msBetween, type Instant } from '#shared/lib/instant.ts';
import type { Patient } from '#shared/patient/patient.ts';
import type { CollectionName } from '#shared/sync/protocol.ts';
import { m } from '$lib/paraglide/messages.js';
import { getLocale } from '$lib/paraglide/runtime.js';
import type { Connection, Live, OutboxItem, SaveFailure, Tablet } from '$lib/tablet/tablet.ts';
import { Ticker } from '$lib/time/ticker.svelte.ts';
import { createTimes, type Times } from '$lib/time/times.ts';
import { Toasts } from '$lib/ui/toast/toasts.svelte.ts';

/** A live value as a rune: read `.current` in a template or an effect. */
export function live<T>(source: Live<T>): { readonly current: T } {
  return fromStore<T>(source);
}

/** The very first answer may take so long before the screens say that there is none. */
const firstAnswerMs = 15_000;

/** What every screen of a signed-in person shares: the tablet, the directory read, now, and a place for short words. */
export class Workspace {
  readonly tablet: Tablet;
  readonly ticker: Ticker;
  readonly toasts = new Toasts();
  readonly demo: boolean;
  readonly #directory: { readonly current: Directory };
  readonly #connection: { readonly current: Connection };
  readonly #openConsults: { readonly current: readonly Consult[] };
  readonly #patients: { readonly current: readonly Patient[] };
  readonly #outbox: { readonly current: readonly OutboxItem[] };
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew each time, never changed
  readonly #openById = $derived(new Map(this.openConsults.map((consult) => [consult.id, consult])));
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew each time, never changed
  readonly #patientById = $derived(new Map(this.patients.map((patient) => [patient.id, patient])));
  readonly #lent = new SvelteMap<PatientId, Patient>();
  readonly #begunAt: Instant;
  /** The list that a consult on screen was opened from. */
  list = $state<'inbox' | 'sent' | 'lists'>('inbox');
  readonly #times = $derived.by(() =>
    createTimes(getLocale(), this.directory.organisation?.timeZone ?? null),
  );

  constructor(tablet: Tablet, demo: boolean) {
    this.tablet = tablet;
    this.demo = demo;
    this.#begunAt = tablet.now();
    this.ticker = new Ticker(() => tablet.now());
    this.#directory = live(tablet.directory);
    this.#connection = live(tablet.connection);
    this.#openConsults = live(tablet.openConsults);
    this.#patients = live(tablet.patients);
    this.#outbox = live(tablet.outbox);
  }

  get directory(): Directory {
    return this.#directory.current;
  }

  get connection(): Connection {
    return this.#connection.current;
  }

  get openConsults(): readonly Consult[] {
    return this.#openConsults.current;
  }

  get patients(): readonly Patient[] {
    return this.#patients.current;
  }

  /** What a person wrote that waits on this tablet, was refused or set aside; that something was read is nobody's worry. */
  get outbox(): readonly OutboxItem[] {
    return this.#outbox.current.filter(({ event }) => event.type !== 'opened');
  }

  /** Whether a list is all there is: more is on its way, or the server did not answer to the end and nobody knows. */
  completeness(collection: CollectionName): 'whole' | 'being-fetched' | 'not-known' {
    const { perCollection, trouble, lastFullSyncAt } = this.connection;
    if (perCollection[collection].caughtUp) return 'whole';
    return trouble === null || lastFullSyncAt === null ? 'being-fetched' : 'not-known';
  }

  /** This tablet has just begun and waits for the server's very first answer. */
  get isFirstFetch(): boolean {
    const { confirmedAt, trouble } = this.connection;
    return confirmedAt === null && trouble === null && msBetween(this.#begunAt, this.now) < firstAnswerMs;
  }

  /** One that was read from the server for a reason: known until the app is closed, never stored. */
  lend(patient: Patient): void {
    this.#lent.set(patient.id, patient);
  }

  openConsult(id: ConsultId): Consult | null {
    return this.#openById.get(id) ?? null;
  }

  /** null: neither on this tablet nor lent. */
  patient(id: PatientId): Patient | null {
    return this.#patientById.get(id) ?? this.#lent.get(id) ?? null;
  }

  get now(): Instant {
    return this.ticker.now;
  }

  get times(): Times {
    return this.#times;
  }

  /** Today in the hospital, YYYY-MM-DD. */
  get today(): string {
    return this.#times.dayOf(this.now);
  }

  get me(): Person | null {
    return this.directory.people.get(this.tablet.person) ?? null;
  }

  /** Departments the person belongs to now, the primary one first. */
  readonly myDepartments: readonly DepartmentId[] = $derived.by(() => {
    if (this.me === null) return [];
    return membershipsAt(this.me, this.now)
      .sort((a, b) => Number(b.primary) - Number(a.primary))
      .map(({ department }) => department)
      .filter((department, at, all) => all.indexOf(department) === at);
  });

  /** "Dr Ayesha Siddiq"; "you" is left to the sentence. The server's own hand is "the system". */
  nameOf(person: PersonId | string | null): string {
    if (person === null) return m.common_nobody();
    if (person === 'system') return m.common_the_system();
    return this.directory.people.get(person as PersonId)?.name ?? m.common_unknown_person();
  }

  department(id: DepartmentId): Department | null {
    return this.directory.departments.get(id) ?? null;
  }

  departmentName(id: DepartmentId): string {
    return this.department(id)?.name ?? m.common_unknown_department();
  }

  /** Says that something could not be saved, in words with what to do. True when it was saved. */
  sayIfNotSaved(
    result: { readonly ok: true } | { readonly ok: false; readonly error: SaveFailure },
  ): boolean {
    if (result.ok) return true;
    this.toasts.say(
      result.error.type === 'storage-full' ? m.common_storage_full() : m.common_storage_failed(),
    );
    return false;
  }
}

export const [getWorkspace, setWorkspace] = createContext<Workspace>();
