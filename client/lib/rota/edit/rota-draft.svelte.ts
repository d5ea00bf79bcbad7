/* eslint-disable svelte/prefer-svelte-reactivity -- made anew each time or read by no template */
import { z } from 'zod';
import type { Directory } from '#shared/directory/directory.ts';
import { copiedShifts } from '#shared/directory/rota-change.ts';
import { isRefused, rotaProblems, type RotaProblem } from '#shared/directory/rota-problems.ts';
import {
  rotaWeekAnswerSchema,
  type RotaRefusal,
  type RotaWeekAnswer,
} from '#shared/directory/rota-protocol.ts';
import { shiftSchema, type RotaWeek, type Shift } from '#shared/directory/rota.ts';
import { shiftsOfPattern, type ShiftPattern } from '#shared/directory/shift-pattern.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { keep, readKept, type KeepingStore } from '$lib/admin/kept-forms.ts';
import type { ApiRequest } from '$lib/alerts/api-request.ts';
import { askRota, type RotaFailure } from '../ask-rota.ts';
import { draftChanges, rebased, wireChange, withMine, type DraftChange, type Meeting } from './draft.ts';

export interface DraftDeps {
  readonly request: ApiRequest;
  readonly timeZone: string;
  readonly now: () => Instant;
  /** As the tablet knows it; the weeks that were read for editing stand before its own. */
  readonly directory: () => Directory;
  /** Where what is not saved outlives a reload. */
  readonly keeping: { readonly store: KeepingStore; readonly key: string; readonly build: string };
}

const mostUndone = 100;

/** A week of the rota being edited: what was read, what is wanted, and the way back until it is saved. */
export class RotaDraft {
  readonly #deps: DraftDeps;
  #answer = $state.raw<RotaWeekAnswer>() as RotaWeekAnswer;
  #shifts = $state.raw<readonly Shift[]>([]);
  #before = $state.raw<readonly (readonly Shift[])[]>([]);
  meetings = $state.raw<readonly Meeting[]>([]);
  failure = $state.raw<RotaFailure | null>(null);
  /** Rows of the last refusal, by the shift they are about; '' for the list as a whole. */
  refusals = $state.raw<ReadonlyMap<string, readonly RotaRefusal[]>>(new Map());
  busy = $state(false);
  savedAt = $state<Instant | null>(null);
  /** Changed before the page was loaded again, and brought back. */
  readonly isBroughtBack: boolean;

  constructor(answer: RotaWeekAnswer, deps: DraftDeps) {
    this.#deps = deps;
    this.#answer = answer;
    this.#shifts = answer.week.shifts;
    const kept = readChanges(deps.keeping);
    this.isBroughtBack = kept.length > 0;
    if (kept.length === 0) return;
    // On the week as it is now: what somebody changed meanwhile is put up for choice.
    const { shifts, meetings } = rebased(kept, answer.week, { timeZone: deps.timeZone, now: deps.now() });
    this.#shifts = shifts;
    this.meetings = meetings;
  }

  get week(): RotaWeek {
    return this.#answer.week;
  }

  get path(): string {
    return `/api/rota/${this.week.department}/${this.week.week}`;
  }

  get timeZone(): string {
    return this.#deps.timeZone;
  }

  get now(): Instant {
    return this.#deps.now();
  }

  get shifts(): readonly Shift[] {
    return this.#shifts;
  }

  /** Turns of the weeks beside it that reach into this one or out of it: shown, not changed here. */
  get around(): readonly Shift[] {
    return this.#answer.around.flatMap(({ shifts }) => shifts);
  }

  readonly changes: readonly DraftChange[] = $derived(draftChanges(this.#answer.week.shifts, this.#shifts));

  /** The week as wanted, judged by the same rules as on the server. */
  readonly problems: readonly RotaProblem[] = $derived.by(() => {
    const { week, around, asOf } = this.#answer;
    const read = new Set([week.id, ...around.map(({ id }) => id)]);
    const directory = this.#deps.directory();
    return rotaProblems(
      { ...week, shifts: [...this.#shifts] },
      {
        ...directory,
        rotaWeeks: [...directory.rotaWeeks.filter(({ id }) => !read.has(id)), ...around],
      },
      asOf,
    );
  });

  /** Impossible shifts that one made oneself: saving would be refused. */
  readonly impossible: readonly RotaProblem[] = $derived.by(() => {
    const own = new Set(this.changes.map((change) => (change.kind === 'removed' ? '' : change.is.id)));
    return this.problems.filter(
      (problem) => isRefused(problem) && 'shift' in problem && own.has(problem.shift),
    );
  });

  get mayUndo(): boolean {
    return this.#before.length > 0;
  }

  shift(id: string): Shift | null {
    return this.#shifts.find((shift) => shift.id === id) ?? null;
  }

  /** Over turns never change; running ones may only be ended earlier. */
  stateOf(shift: Shift): 'over' | 'running' | 'to-come' {
    const held = this.week.shifts.find(({ id }) => id === shift.id);
    if (held === undefined || held.startsAt > this.now) return 'to-come';
    return held.endsAt <= this.now ? 'over' : 'running';
  }

  #set(shifts: readonly Shift[]): void {
    this.#before = [...this.#before.slice(-mostUndone), this.#shifts];
    this.#shifts = shifts;
    this.failure = null;
    this.savedAt = null;
    this.refusals = new Map();
    this.#keep();
  }

  #keep(): void {
    // Until each is chosen, what met somebody else's change stands only in what was kept before.
    if (this.meetings.length > 0) return;
    const { store, key, build } = this.#deps.keeping;
    const changes = this.changes;
    keep(store, key, build, changes.length === 0 ? null : { was: {}, becomes: { changes } });
  }

  put(...shifts: readonly Shift[]): void {
    const byId = new Map(shifts.map((shift) => [shift.id, shift]));
    const kept = this.#shifts.map((shift) => byId.get(shift.id) ?? shift);
    const held = new Set(kept.map(({ id }) => id));
    this.#set([...kept, ...shifts.filter(({ id }) => !held.has(id))]);
  }

  remove(id: string): void {
    this.#set(this.#shifts.filter((shift) => shift.id !== id));
  }

  undo(): void {
    const before = this.#before.at(-1);
    if (before === undefined) return;
    this.#before = this.#before.slice(0, -1);
    this.#shifts = before;
    this.refusals = new Map();
    this.failure = null;
    this.#keep();
  }

  /** Takes one line of the unsaved changes back. */
  revert(change: DraftChange): void {
    if (change.kind === 'added') this.remove(change.is.id);
    else this.put(change.was);
  }

  discard(): void {
    if (this.changes.length > 0) this.#set(this.#answer.week.shifts);
    this.meetings = [];
    this.#keep();
  }

  /** Returns how many turns were added. */
  addPattern(pattern: ShiftPattern): number {
    const held = new Set(this.#shifts.map(({ id }) => id));
    const added = shiftsOfPattern(pattern, this.week.week, this.timeZone).filter(
      ({ id, startsAt }) => startsAt >= this.now && !held.has(id),
    );
    if (added.length > 0) this.#set([...this.#shifts, ...added]);
    return added.length;
  }

  /** The week before, as far as it was written. */
  get weekBefore(): RotaWeek | null {
    return this.#answer.around.find(({ week }) => week < this.week.week) ?? null;
  }

  /** Returns how many turns were added; those whose time is taken or over are left out. */
  copyWeekBefore(): number {
    const from = this.weekBefore;
    if (from === null) return 0;
    const wanted = { ...this.week, shifts: [...this.#shifts] };
    const setting = { timeZone: this.timeZone, now: this.now, otherWeek: () => null };
    const added = copiedShifts(wanted, from, setting);
    if (added.length > 0) this.#set([...this.#shifts, ...added]);
    return added.length;
  }

  #take(answer: RotaWeekAnswer, shifts: readonly Shift[]): void {
    this.#answer = answer;
    this.#shifts = shifts;
    this.#before = [];
    this.#keep();
  }

  async #readAnew(): Promise<void> {
    const anew = await askRota(this.#deps.request, this.path, rotaWeekAnswerSchema);
    if (!anew.ok) {
      this.failure = anew.error;
      return;
    }
    const setting = { timeZone: this.timeZone, now: this.now };
    const { shifts, meetings } = rebased(this.changes, anew.value.week, setting);
    this.meetings = meetings;
    this.#take(anew.value, shifts);
    // What was refused for another reason than a meeting is said again at the next try.
    this.failure = meetings.length > 0 ? null : { type: 'refused', refusals: [] };
  }

  /** True when it was saved. What met somebody else's change is put up for choice. */
  async save(): Promise<boolean> {
    if (this.busy || this.changes.length === 0) return false;
    this.busy = true;
    this.failure = null;
    this.refusals = new Map();
    const sent = this.changes;
    const changes = sent.map((change) => wireChange(change, this.timeZone, this.now));
    const answer = await askRota(this.#deps.request, `${this.path}/edit`, rotaWeekAnswerSchema, {
      body: { changes },
    });
    if (answer.ok) {
      this.#take(answer.value, answer.value.week.shifts);
      this.savedAt = this.now;
    } else if (
      answer.error.type === 'refused' &&
      answer.error.refusals.some(({ code }) => code === 'changed-meanwhile' || code === 'same-id')
    ) {
      await this.#readAnew();
    } else {
      this.failure = answer.error;
      if (answer.error.type === 'refused') this.refusals = byShift(answer.error.refusals, sent);
    }
    this.busy = false;
    return answer.ok;
  }

  /** `mine`: one's own change after all, over theirs, which was seen. */
  choose(meeting: Meeting, which: 'mine' | 'theirs'): void {
    if (which === 'mine') this.#set(withMine(this.#shifts, meeting));
    this.meetings = this.meetings.filter((one) => one !== meeting);
    this.#keep();
  }
}

const keptChangesSchema = z.object({
  changes: z.array(
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('added'), is: shiftSchema }),
      z.object({ kind: z.literal('changed'), was: shiftSchema, is: shiftSchema }),
      z.object({ kind: z.literal('removed'), was: shiftSchema }),
    ]),
  ),
});

/** What was not saved before the page was loaded again; [] for nothing that can be read. */
function readChanges({ store, key, build }: DraftDeps['keeping']): readonly DraftChange[] {
  const parsed = keptChangesSchema.safeParse(readKept(store, key, build)?.becomes);
  return parsed.success ? parsed.data.changes : [];
}

function byShift(
  refusals: readonly RotaRefusal[],
  sent: readonly DraftChange[],
): ReadonlyMap<string, readonly RotaRefusal[]> {
  const found = new Map<string, RotaRefusal[]>();
  for (const refusal of refusals) {
    const row = /^changes\.(\d+)$/.exec(refusal.path ?? '')?.[1];
    const change = row === undefined ? undefined : sent[Number(row)];
    const id = change === undefined ? '' : change.kind === 'removed' ? change.was.id : change.is.id;
    found.set(id, [...(found.get(id) ?? []), refusal]);
  }
  return found;
}
