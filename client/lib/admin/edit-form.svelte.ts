import { SvelteMap } from 'svelte/reactivity';
import type { z } from 'zod';
import { editOf, type Edit, type Some } from '#shared/administration/edit.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Result } from '#shared/lib/result.ts';
import type { AdminFailure } from './ask-admin.ts';
import { keep, readKept, type KeepingStore } from './kept-forms.ts';
import { faultsOf, type FieldFault } from './field-faults.ts';
import { rebase } from './rebase.ts';

/** A record as the server gives it: what the form shows and changes, and who changed it last. */
export interface EditedRecord<F> {
  readonly fields: F;
  readonly lastChange: { readonly by: PersonId; readonly at: Instant } | null;
}

export interface FormParts<F extends Record<string, unknown>> {
  readonly schema: z.ZodType<F>;
  readonly record: EditedRecord<F>;
  /** Where a half-filled form outlives a reload. */
  readonly keeping: { readonly store: KeepingStore; readonly key: string; readonly build: string };
  /** Never kept outside the page: private data. */
  readonly secret?: readonly (keyof F & string)[];
}

/** Fields changed here and by somebody else, until each has been chosen. */
export interface Meeting<F> {
  readonly theirs: F;
  readonly mine: F;
  readonly lastChange: EditedRecord<F>['lastChange'];
  readonly names: readonly (keyof F & string)[];
}

/** A form over one record: knows what was changed, what is wrong, and what somebody else changed meanwhile (ADM-2). */
export class EditForm<F extends Record<string, unknown>> {
  readonly #parts: FormParts<F>;
  #shown = $state.raw() as F;
  #fields = $state.raw() as F;
  #meeting = $state.raw<Meeting<F> | null>(null);
  readonly #chosen = new SvelteMap<string, 'mine' | 'theirs'>();
  readonly #faults = new SvelteMap<string, FieldFault>();
  readonly #broken = new SvelteMap<string, string>();
  readonly #edit = $derived<Edit<F> | null>(editOf(this.#shown, this.#fields));
  /** Half-filled before the page was loaded again, and brought back. */
  readonly isBroughtBack: boolean;
  busy = $state(false);
  /** Counts how often the fields were put back as a whole; what a field holds of its own, such as half a number, is then old. */
  generation = $state(0);
  failure = $state.raw<AdminFailure | null>(null);
  savedAt = $state.raw<Instant | null>(null);

  constructor(parts: FormParts<F>) {
    this.#parts = parts;
    const { record, keeping } = parts;
    const kept = readKept(keeping.store, keeping.key, keeping.build);
    this.isBroughtBack = kept !== null;
    this.#shown = record.fields;
    this.#fields = record.fields;
    if (kept !== null) {
      this.#shown = { ...record.fields, ...(kept.was as Partial<F>) };
      this.#fields = { ...record.fields, ...(kept.becomes as Partial<F>) };
      this.#meet(record);
    }
  }

  get fields(): F {
    return this.#fields;
  }
  /** As it was when the form was filled. */
  get shown(): F {
    return this.#shown;
  }
  get edit(): Edit<F> | null {
    return this.#edit;
  }
  get isChanged(): boolean {
    return this.#edit !== null || this.#broken.size > 0;
  }
  get meeting(): Meeting<F> | null {
    return this.#meeting;
  }
  /** Something written here would be gone after a reload. */
  get losesOnReload(): boolean {
    const secret = this.#parts.secret ?? [];
    return this.#broken.size > 0 || secret.some((name) => name in (this.#edit?.becomes ?? {}));
  }

  put(change: Partial<F>): void {
    this.#fields = { ...this.#fields, ...change };
    // Who writes anew in a field that somebody else changed too has chosen their own words.
    const meeting = this.#meeting;
    if (meeting !== null)
      for (const name of meeting.names)
        if (Object.hasOwn(change, name)) {
          this.#chosen.set(name, 'mine');
          this.#meeting = { ...meeting, mine: { ...meeting.mine, ...change } };
        }
    for (const name of Object.keys(change)) this.#forgetFaults(name);
    this.savedAt = null;
    this.#keep();
  }

  /** What is typed in a field is not of its kind, such as a number that is none; `fields` still holds what it was before. null: it is right again. */
  setBroken(path: string, typed: string | null): void {
    if (typed === null) this.#broken.delete(path);
    else this.#broken.set(path, typed);
    this.savedAt = null;
  }
  /** Such text as it was typed; null when all is right there. */
  brokenText(path: string): string | null {
    return this.#broken.get(path) ?? null;
  }

  /** The fault at a path, or the first one below it when `below` is asked for. */
  fault(path: string, below = false): FieldFault | undefined {
    const exact = this.#faults.get(path);
    if (exact !== undefined || !below) return exact;
    for (const [at, fault] of this.#faults) if (at.startsWith(`${path}.`)) return fault;
    return undefined;
  }
  get faultyPaths(): readonly string[] {
    return [...this.#faults.keys(), ...this.#broken.keys()];
  }

  choiceFor(name: string): 'mine' | 'theirs' | null {
    return this.#chosen.get(name) ?? null;
  }
  choose(name: keyof F & string, whose: 'mine' | 'theirs'): void {
    if (this.#meeting === null) return;
    this.#chosen.set(name, whose);
    const { theirs, mine } = this.#meeting;
    this.#fields = { ...this.#fields, [name]: (whose === 'theirs' ? theirs : mine)[name] };
    this.generation += 1;
    // All theirs, and nothing else was changed: there is nothing left to decide or to save.
    if (this.unchosen === 0 && this.#edit === null) this.#forgetMeeting();
    this.#keep();
  }
  get unchosen(): number {
    return this.#meeting === null ? 0 : this.#meeting.names.filter((name) => !this.#chosen.has(name)).length;
  }

  /** True when all may be sent; else the faults say what is wrong where. */
  check(): boolean {
    this.#faults.clear();
    const parsed = this.#parts.schema.safeParse(this.#fields);
    if (!parsed.success) for (const [path, fault] of faultsOf(parsed.error)) this.#faults.set(path, fault);
    return this.#faults.size === 0 && this.#broken.size === 0;
  }

  /**
   * Checks, sends and takes the answer over. When somebody else was faster the record is read anew and what both changed stands in `meeting`;
   * saving again then sends what was chosen. True when it is saved.
   */
  async save(
    send: (edit: Edit<F>) => Promise<Result<EditedRecord<F>, AdminFailure>>,
    read: () => Promise<Result<EditedRecord<F>, AdminFailure>>,
    now: () => Instant,
  ): Promise<boolean> {
    if (this.busy) return false;
    this.failure = null;
    this.savedAt = null;
    const edit = this.#edit;
    if (!this.check() || edit === null || this.unchosen > 0) return false;
    this.busy = true;
    try {
      const sent = await send(edit);
      if (sent.ok) {
        this.refill(sent.value);
        this.savedAt = now();
        return true;
      }
      if (sent.error.type !== 'changed-meanwhile') {
        this.refuse(sent.error);
        return false;
      }
      const fresh = await read();
      if (fresh.ok) this.#meet(fresh.value);
      else this.failure = fresh.error;
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** Checks and sends the whole, for a record that is not there yet. True when it is made; then nothing is kept any more. */
  async create(send: (fields: F) => Promise<Result<unknown, AdminFailure>>): Promise<boolean> {
    if (this.busy) return false;
    this.failure = null;
    if (!this.check()) return false;
    this.busy = true;
    try {
      const sent = await send(this.#fields);
      if (!sent.ok) {
        this.refuse(sent.error);
        return false;
      }
      this.refill({ fields: this.#fields, lastChange: null });
      return true;
    } finally {
      this.busy = false;
    }
  }

  /** Says why it was not done, at the fields where the server names them. */
  refuse(error: AdminFailure): void {
    this.failure = error;
    if (error.type === 'refused') {
      for (const refusal of error.refusals)
        if (refusal.path !== undefined) this.#faults.set(refusal.path, { kind: 'refused', refusal });
    } else if (error.type === 'not-valid') {
      for (const path of error.paths)
        this.#faults.set(path.replace(/^(?:becomes|fields)\./, ''), { kind: 'not-valid' });
    }
  }

  /** As the record is now; nothing is unsaved any more. */
  refill(record: EditedRecord<F>): void {
    this.#shown = record.fields;
    this.#fields = record.fields;
    this.#forgetMeeting();
    this.#faults.clear();
    this.#broken.clear();
    this.generation += 1;
    this.failure = null;
    this.#keep();
  }

  /** Back to what the form was filled with. */
  discard(): void {
    this.#fields = this.#shown;
    this.#forgetMeeting();
    this.#faults.clear();
    this.#broken.clear();
    this.generation += 1;
    this.failure = null;
    this.#keep();
  }

  #meet(record: EditedRecord<F>): void {
    const { shown, fields, met } = rebase({ shown: this.#shown, fields: this.#fields }, record.fields);
    this.#shown = shown;
    this.#fields = fields;
    this.#chosen.clear();
    this.#meeting =
      met.length === 0
        ? null
        : { theirs: record.fields, mine: fields, lastChange: record.lastChange, names: met };
    this.generation += 1;
    this.#keep();
  }

  #forgetMeeting(): void {
    this.#meeting = null;
    this.#chosen.clear();
  }

  #forgetFaults(name: string): void {
    for (const path of [...this.#faults.keys()])
      if (path === name || path.startsWith(`${name}.`)) this.#faults.delete(path);
  }

  #keep(): void {
    const { keeping, secret = [] } = this.#parts;
    const edit = this.#edit;
    const open = (from: Some<F>): Record<string, unknown> =>
      Object.fromEntries(Object.entries(from).filter(([name]) => !secret.includes(name)));
    const becomes = edit === null ? {} : open(edit.becomes);
    keep(
      keeping.store,
      keeping.key,
      keeping.build,
      edit === null || Object.keys(becomes).length === 0 ? null : { was: open(edit.was), becomes },
    );
  }
}
