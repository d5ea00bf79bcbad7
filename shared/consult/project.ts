import { systemAuthor, type HeldEvent } from '#shared/event/envelope.ts';
import { mergeEvents } from '#shared/event/merge.ts';
import { fullnessOf } from '#shared/event/size.ts';
import type { EventId } from '#shared/lib/id.ts';
import { clockOf } from './clocks.ts';
import type { Consult, ConsultClock, Note, TimelineEntry, WithoutEffect } from './consult.ts';
import type { ConsultBody } from './events.ts';
import { applyEvent, isByTheRightHand } from './apply.ts';
import { keepWords } from './effects.ts';
import { foldFrom, promiseOf, type Fold } from './fold.ts';
import { isReadable } from './shape.ts';
import type { ClockName } from './vocabulary.ts';

/**
 * What the consult is, from its events: a pure function of the set, whatever the order of the input; copies of one event
 * (pulled and unsent) are united first. null: no `submitted` that this build can read; where there are events all the same,
 * the screen says that it needs a newer app.
 */
export function projectConsult(events: readonly HeldEvent[]): Consult | null {
  const ordered = mergeEvents(events);
  const first = ordered.find(
    (event) => event.type === 'submitted' && isReadable(event) && isByTheRightHand(event),
  );
  if (first === undefined) return null;
  const late = lateMinutesIn(ordered);
  const fold = foldFrom(first, late);
  const timeline: Writable<TimelineEntry>[] = [];
  let begun = false;
  for (const event of ordered) {
    begun ||= event === first;
    const withoutEffect = event === first ? null : effectOf(fold, event, first, begun);
    fold.known.set(event.id, withoutEffect);
    timeline.push({
      event,
      withoutEffect,
      unknownToAuthor: unknownTo(event, timeline),
      lateMinutes: late.get(event.id) ?? 0,
      enteredInErrorBy: null,
      correctedBy: none,
    });
  }
  annotate(timeline);
  return consultOf(fold, timeline, ordered);
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
const none: readonly EventId[] = [];
const nobodyLate: ReadonlyMap<EventId, number> = new Map();

function effectOf(fold: Fold, event: HeldEvent, first: HeldEvent, begun: boolean): WithoutEffect | null {
  if (!isReadable(event) || !isByTheRightHand(event)) return { why: 'needs-newer-app' };
  keepWords(fold, event);
  if (!begun) return { why: 'not-now', status: 'draft', by: null };
  if (event.type === 'submitted') return { why: 'already', status: fold.status, by: first.id };
  return applyEvent(fold, event);
}

function lateMinutesIn(ordered: readonly HeldEvent[]): ReadonlyMap<EventId, number> {
  let late: Map<EventId, number> | null = null;
  for (const event of ordered) {
    if (event.type !== 'arrived-late' || !isReadable(event) || !isByTheRightHand(event)) continue;
    const { of, minutes } = event.body as ConsultBody<'arrived-late'>;
    late ??= new Map();
    if (!late.has(of)) late.set(of, minutes);
  }
  return late ?? nobodyLate;
}

/** The server's bookkeeping and mere reading are not what an author should have known. */
const unremarkable: ReadonlySet<string> = new Set([
  'numbered',
  'clock-snapshot',
  'arrived-late',
  'patient-kept-apart',
  'follow-up-due',
  'opened',
]);

function unknownTo(event: HeldEvent, before: readonly TimelineEntry[]): readonly EventId[] {
  if (event.author === systemAuthor) return none;
  let unknown: EventId[] | null = null;
  for (let i = before.length - 1; i >= 0; i--) {
    const entry = before[i];
    if (entry === undefined) break;
    const { n, author, type, id } = entry.event;
    if (n === undefined) continue;
    if (n <= event.base) break;
    if (entry.withoutEffect === null && author !== event.author && !unremarkable.has(type))
      (unknown ??= []).push(id);
  }
  return unknown?.reverse() ?? none;
}

/** Marks point back; they change how an entry reads, never what it did. */
function annotate(timeline: Writable<TimelineEntry>[]): void {
  const marks = timeline.filter(
    ({ event, withoutEffect }) =>
      (event.type === 'corrected' || event.type === 'entered-in-error') &&
      withoutEffect?.why !== 'needs-newer-app',
  );
  if (marks.length === 0) return;
  const entries = new Map(timeline.map((entry) => [entry.event.id, entry]));
  for (const { event } of marks) {
    const target = entries.get(event.body['of'] as EventId);
    if (target === undefined) continue;
    if (event.type === 'corrected') target.correctedBy = [...target.correctedBy, event.id];
    else target.enteredInErrorBy ??= event.id;
  }
}

function clocksOf(fold: Fold): Consult['clocks'] {
  if (fold.snapshot === null) return null;
  const { startsAt, targets } = fold.snapshot;
  const clock = (name: ClockName): ConsultClock =>
    clockOf(startsAt, targets[name], fold.stops[name], name === 'acknowledged' ? [] : fold.waits);
  return { acknowledged: clock('acknowledged'), seen: clock('seen'), completed: clock('completed') };
}

function notesOf(fold: Fold): readonly Note[] {
  if (fold.inError.size === 0) return fold.notes;
  return fold.notes.map((note) => ({ ...note, enteredInErrorBy: fold.inError.get(note.event) ?? null }));
}

function consultOf(fold: Fold, timeline: readonly TimelineEntry[], ordered: readonly HeldEvent[]): Consult {
  let lastN = 0;
  let lastLamport = 0;
  let changedAt: Consult['changedAt'] = null;
  for (const event of ordered) {
    if (event.lamport > lastLamport) lastLamport = event.lamport;
    if (event.n === undefined || event.receivedAt === undefined) continue;
    lastN = event.n;
    changedAt = event.receivedAt;
  }
  const wait = fold.status === 'info-requested' ? fold.waits.at(-1) : undefined;
  const { assignment } = fold;
  let fullness: number | null = null;
  return {
    id: fold.id,
    status: fold.status,
    reference: fold.reference?.text ?? null,
    content: fold.content,
    patient: fold.patient,
    requester: fold.requester,
    requestingDepartment: fold.content.requestingDepartment,
    receivingDepartment: fold.department,
    earlierReceiving: fold.earlier.filter((department) => department !== fold.department),
    joinedDepartments: fold.joined,
    involved: [...fold.involved],
    urgency: fold.urgency,
    assignee: assignment?.to ?? null,
    assignedBy: assignment === null ? null : { event: assignment.event.id, automatic: assignment.automatic },
    acknowledgedBy: fold.acknowledgement?.by ?? null,
    promise: promiseOf(fold),
    handOver: fold.handOver,
    submittedAt: fold.submittedAt,
    snapshot: fold.snapshot,
    clocks: clocksOf(fold),
    infoWait:
      wait === undefined ? null : { event: fold.statusEvent.id, since: wait.since, dueAt: wait.dueAt },
    declines: fold.declines,
    answer: fold.answer,
    recommendations: [...fold.recommendations.values()],
    followUp: fold.followUp,
    linked: fold.linked,
    notes: notesOf(fold),
    openedBy: fold.opened,
    endedAt: fold.endedAt,
    timeline,
    lastN,
    lastLamport,
    changedAt,
    // Measuring means writing the whole document out; most readers never ask.
    get fullness() {
      return (fullness ??= fullnessOf(ordered));
    },
  };
}
