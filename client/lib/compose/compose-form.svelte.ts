import type { DepartmentId, PatientId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { PatientContent } from '#shared/patient/content.ts';
import type { RequestContent } from '#shared/consult/events.ts';
import type { ConsultId, EventId } from '#shared/lib/id.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';
import type { Draft, Tablet } from '$lib/tablet/tablet.ts';
import { readContent, readNewPatient, type Fault } from './content.ts';
import { createDraftSaver, type DraftSaver } from './draft-saver.ts';
import {
  composeFieldsSchema,
  emptyFields,
  isStarted,
  type ComposeFields,
  type NewPatientFields,
} from './fields.ts';

/** What drafts of new requests are kept under. */
export const composePurpose = 'consult';

/** The newest half-written request that this build can read. */
export function lastDraft(
  drafts: readonly Draft[],
): { readonly draft: Draft; readonly fields: ComposeFields } | null {
  for (const draft of [...drafts]
    .filter(({ purpose }) => purpose === composePurpose)
    .sort((a, b) => (a.changedAt < b.changedAt ? 1 : -1))) {
    const parsed = composeFieldsSchema.safeParse(draft.fields);
    if (parsed.success) return { draft, fields: parsed.data };
  }
  return null;
}

/** All that a form needs of the workspace. */
export type ComposeWork = Pick<
  Workspace,
  | 'me'
  | 'myDepartments'
  | 'department'
  | 'openConsult'
  | 'patient'
  | 'completeness'
  | 'today'
  | 'toasts'
  | 'sayIfNotSaved'
> & {
  readonly tablet: Pick<
    Tablet,
    'newId' | 'now' | 'jotDraft' | 'saveDraft' | 'removeDraft' | 'actOnConsult' | 'actOnPatient'
  >;
};

/** A request while it is being written: what is typed, what is wrong with it, and how it is kept and sent. */
export class ComposeForm {
  readonly draftId: string;
  readonly #work: ComposeWork;
  readonly #saver: DraftSaver;
  fields = $state<ComposeFields>() as ComposeFields;
  /** When the draft was last kept; null: nothing has been typed. */
  savedAt = $state<Instant | null>(null);
  saveFailed = $state(false);
  tried = $state(false);
  sending = $state(false);
  /** Send was pressed before the patient was here; it goes as soon as they are. */
  waiting = $state(false);
  #left = $state(false);

  constructor(work: ComposeWork, restored: { readonly draft: Draft; readonly fields: ComposeFields } | null) {
    this.#work = work;
    this.draftId = restored?.draft.id ?? work.tablet.newId();
    this.savedAt = restored?.draft.changedAt ?? null;
    this.fields = restored?.fields ?? emptyFields(this.#ownNumber);
    this.#saver = createDraftSaver(work.tablet, (outcome) => {
      this.saveFailed = outcome !== 'saved';
      if (outcome === 'saved') this.savedAt = work.tablet.now();
    });
  }

  /** Where the person is most likely reached; '' while the directory that tells is not here. */
  get #ownNumber(): string {
    const { me, myDepartments } = this.#work;
    const own = myDepartments[0];
    return me?.phone ?? (own === undefined ? null : this.#work.department(own)?.extension) ?? '';
  }

  /** Fills in the call-back number when the directory came after the form was opened; what a person typed stays. */
  fillCallBack(): void {
    const { callBack, callBackTyped } = this.fields;
    if (callBack === '' && !callBackTyped) this.fields.callBack = this.#ownNumber;
  }

  /** To be called when a person changes it. */
  callBackChanged(): void {
    this.fields.callBackTyped = true;
    this.changed();
  }

  /** To be called after every change of a field. */
  changed(): void {
    this.#saver.changed({
      id: this.draftId,
      purpose: composePurpose,
      fields: $state.snapshot(this.fields),
      changedAt: this.#work.tablet.now(),
    });
  }

  /** The same draft was open in another window and was sent there; null while it was not. */
  get sentElsewhere(): ConsultId | null {
    if (this.sending) return null;
    const sent = this.fields.asked.find(
      ({ consult }) => this.#work.openConsult(consult as ConsultId) !== null,
    );
    return sent === undefined ? null : (sent.consult as ConsultId);
  }

  /** What is written here becomes a request of its own. */
  makeAnother(): void {
    const { tablet } = this.#work;
    this.fields.asked = this.fields.asked.map((asked) => ({
      ...asked,
      consult: tablet.newId(),
      eventId: tablet.newId(),
    }));
    this.changed();
  }

  get started(): boolean {
    return isStarted(this.fields);
  }

  readonly newPatient = $derived.by(() => {
    const typed = this.fields.newPatient;
    const own = this.#work.myDepartments[0];
    return typed === null || own === undefined ? null : readNewPatient(typed, own, this.#work.today);
  });

  /** Who it is about; null until that is clear. */
  readonly patient: { readonly id: PatientId; readonly content: PatientContent } | null = $derived.by(() => {
    const { patient, newPatient } = this.fields;
    if (newPatient !== null) {
      const content = this.newPatient?.content ?? null;
      return content === null ? null : { id: newPatient.id, content };
    }
    const held = patient === null ? null : this.#work.patient(patient);
    return held === null ? null : { id: held.id, content: held.content };
  });

  /** The patient was chosen, but is not in memory yet: just opened, or still being fetched. */
  get isPatientComing(): boolean {
    const { patient, newPatient } = this.fields;
    return (
      newPatient === null &&
      patient !== null &&
      this.#work.patient(patient) === null &&
      this.#work.completeness('patients') === 'being-fetched'
    );
  }

  /** What it would be judged by is not here yet; nothing can be said to be missing. */
  get #isTooEarly(): boolean {
    const isDirectoryComing =
      this.#work.me === null && this.#work.completeness('directory') === 'being-fetched';
    return this.isPatientComing || isDirectoryComing;
  }

  readonly read = $derived.by(() =>
    this.fields.asked.map((asked) => ({
      asked,
      ...readContent({
        fields: this.fields,
        asked,
        department: this.#work.department(asked.department),
        requestingDepartment: this.#work.myDepartments[0] ?? null,
        patient: this.patient,
      }),
    })),
  );

  /** Everything that keeps it from being sent, by field. */
  readonly faults: ReadonlyMap<string, Fault> = $derived.by(() => {
    // Made anew each time; nobody changes it afterwards.
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- see above
    const all = new Map<string, Fault>(this.newPatient?.faults ?? []);
    if (this.patient === null && all.size === 0) all.set('patient', 'missing');
    if (this.fields.asked.length === 0) {
      all.set('departments', 'missing');
      if (this.fields.urgency === null) all.set('urgency', 'missing');
      if (this.fields.question.trim() === '') all.set('question', 'missing');
      if (this.fields.reason.trim() === '') all.set('reason', 'missing');
    }
    for (const { faults } of this.read)
      for (const [field, fault] of faults) if (field !== 'patient') all.set(field, fault);
    return all;
  });

  /** What is shown at a field: nothing before the first try. */
  faultOf(field: string): Fault | undefined {
    return this.tried ? this.faults.get(field) : undefined;
  }

  choosePatient(id: PatientId): void {
    this.fields.patient = id;
    this.fields.newPatient = null;
    this.changed();
  }

  startNewPatient(typed: string): void {
    const looksLikeNumber = /\d/.test(typed);
    this.fields.patient = null;
    this.fields.newPatient = {
      id: this.#work.tablet.newId() as PatientId,
      eventId: this.#work.tablet.newId(),
      name: looksLikeNumber ? '' : typed.trim(),
      mrn: looksLikeNumber ? typed.trim().toUpperCase() : '',
      age: '',
      ageUnit: 'years',
      sex: null,
      ward: '',
      bed: '',
      diagnosis: '',
      allergies: 'not-asked',
      allergyList: '',
      precautions: [],
    } satisfies NewPatientFields;
    this.changed();
  }

  clearPatient(): void {
    this.fields.patient = null;
    this.fields.newPatient = null;
    this.changed();
  }

  ask(department: DepartmentId): void {
    if (this.fields.asked.some((asked) => asked.department === department)) return;
    this.fields.asked.push({
      department,
      consult: this.#work.tablet.newId(),
      eventId: this.#work.tablet.newId(),
      preferredDoctor: null as PersonId | null,
      intake: {},
    });
    this.changed();
  }

  unask(department: DepartmentId): void {
    this.fields.asked = this.fields.asked.filter((asked) => asked.department !== department);
    this.changed();
  }

  /**
   * Writes the patient, where new, and one request a department. The ids were made before, so a second tap is the same request.
   * Pressed before the patient and the directory were read, it waits for them.
   * Answers the requests written; null when something is missing or the tablet could not store it (then that was said).
   */
  async send(): Promise<readonly ConsultId[] | null> {
    if (this.sending || this.sentElsewhere !== null) return null;
    this.sending = true;
    try {
      if (this.#isTooEarly && !(await this.#allHere())) return null;
      this.fillCallBack();
      this.tried = true;
      return this.faults.size > 0 ? null : await this.#write();
    } finally {
      this.sending = false;
    }
  }

  /** The page is left. A Send that still waits is given up, and that is said; the draft stays. */
  leave(): void {
    this.#left = true;
  }

  /** False when it is not to be sent after all (then that was said). */
  async #allHere(): Promise<boolean> {
    this.waiting = true;
    let stop = (): void => undefined;
    await new Promise<void>((resolve) => {
      stop = $effect.root(() => {
        $effect(() => {
          if (this.#left || !this.#isTooEarly) resolve();
        });
      });
    });
    stop();
    this.waiting = false;
    const { patient, newPatient } = this.fields;
    const isLost = newPatient === null && patient !== null && this.#work.patient(patient) === null;
    if (this.#left || isLost) this.#work.toasts.say(m.compose_not_sent());
    return !this.#left;
  }

  async #write(): Promise<readonly ConsultId[] | null> {
    const { tablet } = this.#work;
    const contents = this.read.filter(
      (each): each is typeof each & { readonly content: RequestContent } => each.content !== null,
    );
    const { newPatient } = this.fields;
    if (newPatient !== null && this.patient !== null) {
      const written = await tablet.actOnPatient(
        newPatient.id,
        'registered',
        { content: this.patient.content },
        newPatient.eventId as EventId,
      );
      if (!this.#work.sayIfNotSaved(written)) return null;
    }
    const ids = contents.map(({ asked }) => asked.consult as ConsultId);
    for (const { asked, content } of contents) {
      const linked = ids.filter((id) => id !== asked.consult);
      const written = await tablet.actOnConsult(
        asked.consult as ConsultId,
        'submitted',
        { content, linked },
        asked.eventId as EventId,
      );
      if (!this.#work.sayIfNotSaved(written)) return null;
    }
    await this.#saver.settled();
    await tablet.removeDraft(this.draftId);
    return ids;
  }
}
