import { isStamped, type HeldEvent } from '#shared/event/envelope.ts';
import type { EventId, PersonId } from '#shared/lib/id.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { waitDueAt } from './clocks.ts';
import type { Consult, Note, WithoutEffect } from './consult.ts';
import type { ConsultBody, ConsultEventType } from './events.ts';
import { knew, momentOf, type Fold } from './fold.ts';
import { defaultTargets, type Urgency } from './vocabulary.ts';

export function endWait(fold: Fold, event: HeldEvent): void {
  const last = fold.waits.at(-1);
  if (last?.until === null) fold.waits[fold.waits.length - 1] = { ...last, until: momentOf(event) };
}

function stop(fold: Fold, event: HeldEvent, ...names: readonly (keyof Fold['stops'])[]): void {
  for (const name of names) fold.stops[name] ??= { event: event.id, at: momentOf(event) };
}

function acknowledge(fold: Fold, event: HeldEvent): void {
  if (fold.acknowledgement !== null) return;
  fold.acknowledgement = { event, by: event.author as PersonId };
  if (fold.status === 'info-requested') fold.beforeInfo = 'acknowledged';
  stop(fold, event, 'acknowledged');
}

function assign(fold: Fold, event: HeldEvent, to: PersonId, automatic = false): void {
  fold.assignment = { event, to, automatic };
  if (!automatic) fold.handOver = null;
  fold.involved.add(to);
}

function promise(fold: Fold, event: HeldEvent, minutes: number): void {
  const late = isStamped(event) ? (fold.lateMinutes.get(event.id) ?? 0) : 0;
  fold.promise = {
    event,
    by: event.author as PersonId,
    from: late === 0 ? momentOf(event) : addMinutes(momentOf(event), -late),
    minutes,
  };
}

/** The consult goes to a department anew: nobody has it, nothing is stopped. */
function beginRound(fold: Fold, event: HeldEvent): void {
  fold.round = event;
  fold.assignment = null;
  fold.acknowledgement = null;
  fold.promise = null;
  fold.handOver = null;
  // What one department waited for is no excuse for the next.
  fold.waits.length = 0;
  fold.stops.acknowledged = fold.stops.seen = fold.stops.completed = null;
}

function note(fold: Fold, event: HeldEvent, kind: Note['kind'], text: string): void {
  fold.notes.push({
    event: event.id,
    kind,
    author: event.author as PersonId,
    text,
    enteredInErrorBy: null,
  });
}

/** Words stay words even where the act around them came too late. */
export function keepWords(fold: Fold, event: HeldEvent & { type: ConsultEventType }): void {
  if (event.type === 'note-added') {
    const body = event.body as ConsultBody<'note-added'>;
    note(fold, event, body.kind, body.text);
  } else if (event.type === 'message-posted') {
    note(fold, event, 'message', (event.body as ConsultBody<'message-posted'>).text);
  } else if (event.type === 'info-requested' || event.type === 'info-provided') {
    note(fold, event, 'info', (event.body as ConsultBody<'info-provided'>).text);
  }
}

/** The effects beside the status. Called only where the table has a move; may still find that the act points at nothing. */
export function takeEffect(fold: Fold, event: HeldEvent & { type: ConsultEventType }): WithoutEffect | null {
  const author = event.author as PersonId;
  const already: WithoutEffect = { why: 'already', status: fold.status, by: null };
  switch (event.type) {
    case 'submitted':
    case 'note-added':
    case 'message-posted':
    case 'attachment-added':
    case 'info-provided':
    case 'rang':
    case 'corrected':
    case 'arrived-late':
    case 'patient-kept-apart':
    case 'follow-up-due':
      return event.type === 'corrected' ? pointsAt(fold, (event.body as ConsultBody<'corrected'>).of) : null;
    case 'entered-in-error': {
      const { of } = event.body as ConsultBody<'entered-in-error'>;
      const first = fold.inError.get(of);
      if (first !== undefined) return { ...already, by: first };
      fold.inError.set(of, event.id);
      return pointsAt(fold, of);
    }
    case 'acknowledged': {
      const body = event.body as ConsultBody<'acknowledged'>;
      acknowledge(fold, event);
      if (body.assignSelf) assign(fold, event, author);
      promise(fold, event, body.promiseMinutes);
      return null;
    }
    case 'promise-changed':
      if (fold.acknowledgement === null)
        return { why: 'not-now', status: fold.status, by: fold.statusEvent.id };
      promise(fold, event, (event.body as ConsultBody<'promise-changed'>).promiseMinutes);
      return null;
    case 'assigned': {
      const body = event.body as ConsultBody<'assigned'>;
      assign(fold, event, body.to);
      if (body.acknowledges || body.to === author) acknowledge(fold, event);
      return null;
    }
    case 'reassigned':
      assign(fold, event, (event.body as ConsultBody<'reassigned'>).to);
      return null;
    case 'unassigned':
      // The promise stays: somebody was told that a doctor comes.
      fold.assignment = null;
      return null;
    case 'auto-assigned':
      if (fold.assignment !== null) return { ...already, by: fold.assignment.event.id };
      assign(fold, event, (event.body as ConsultBody<'auto-assigned'>).to, true);
      return null;
    case 'hand-over-offered': {
      const { to, until } = event.body as ConsultBody<'hand-over-offered'>;
      fold.handOver = { event: event.id, to, until };
      fold.involved.add(to);
      return null;
    }
    case 'hand-over-confirmed':
      if (fold.handOver?.to !== author) return { why: 'unknown-target' };
      assign(fold, event, author);
      acknowledge(fold, event);
      return null;
    case 'seen':
      if (fold.assignment === null || (fold.assignment.automatic && fold.acknowledgement === null)) {
        assign(fold, event, author);
      }
      acknowledge(fold, event);
      stop(fold, event, 'seen');
      fold.promise = null;
      return null;
    case 'info-requested': {
      const since = momentOf(event);
      const targets = fold.snapshot?.targets ?? defaultTargets[fold.urgency];
      fold.beforeInfo = fold.status;
      fold.waits.push({ since, dueAt: waitDueAt(since, targets), until: null });
      return null;
    }
    case 'redirected': {
      const { department } = event.body as ConsultBody<'redirected'>;
      if (department === fold.department) return { ...already, by: fold.round.id };
      if (!fold.earlier.includes(fold.department)) fold.earlier.push(fold.department);
      fold.department = department;
      beginRound(fold, event);
      return null;
    }
    case 'resubmitted':
      beginRound(fold, event);
      return null;
    case 'reopened':
      beginRound(fold, event);
      fold.endedAt = null;
      return null;
    case 'declined':
      fold.declines++;
      fold.assignment = null;
      fold.promise = null;
      fold.handOver = null;
      return null;
    case 'completed':
      complete(fold, event);
      return null;
    case 'cancelled':
    case 'closed':
    case 'force-closed':
      stop(fold, event, 'acknowledged', 'seen', 'completed');
      fold.promise = null;
      fold.handOver = null;
      if (event.type === 'force-closed') fold.followUp = null;
      return null;
    case 'urgency-changed': {
      const { to } = event.body as ConsultBody<'urgency-changed'>;
      const since = fold.urgencyEvent;
      if (to === fold.urgency) return { ...already, by: since?.id ?? null };
      // Two changes at once: an author who did not know of the first may raise the urgency further, never lower it.
      if (since !== null && !knew(event, since) && isLessPressing(to, fold.urgency)) {
        return { why: 'someone-else-leads', by: since.id };
      }
      fold.urgency = to;
      fold.urgencyEvent = event;
      return null;
    }
    case 'recommendation-marked':
      return markRecommendation(fold, event.body as ConsultBody<'recommendation-marked'>);
    case 'follow-up-recorded': {
      if (fold.followUp === null) return { why: 'unknown-target' };
      const { next } = event.body as ConsultBody<'follow-up-recorded'>;
      fold.followUp = followUpOf(next, event);
      return null;
    }
    case 'follow-up-ended':
      if (fold.followUp === null) return already;
      fold.followUp = null;
      return null;
    case 'joined': {
      const { department } = event.body as ConsultBody<'joined'>;
      if (department === fold.content.requestingDepartment || fold.joined.includes(department))
        return already;
      fold.joined.push(department);
      fold.involved.add(author);
      return null;
    }
    case 'opened': {
      const first = fold.opened.get(author);
      if (first !== undefined) return { ...already, by: first };
      fold.opened.set(author, event.id);
      return null;
    }
    case 'numbered':
      if (fold.reference !== null) return { ...already, by: fold.reference.event };
      fold.reference = { event: event.id, text: (event.body as ConsultBody<'numbered'>).reference };
      return null;
    case 'clock-snapshot': {
      const { of, startsAt, targets, policy } = event.body as ConsultBody<'clock-snapshot'>;
      // Its cause changed nothing, so there is nothing to time.
      if ((fold.known.get(of) ?? null) !== null) return { why: 'unknown-target' };
      fold.snapshot = { event: event.id, startsAt, targets, policy };
      return null;
    }
    case 'escalated':
      for (const { person } of (event.body as ConsultBody<'escalated'>).notified) fold.involved.add(person);
      return null;
    case 'assignee-left':
      if (fold.assignment?.to !== (event.body as ConsultBody<'assignee-left'>).person) return already;
      // As with `unassigned` the promise stays: somebody was told that a doctor comes.
      fold.assignment = null;
      return null;
    case 'patient-relinked':
      fold.patient = (event.body as ConsultBody<'patient-relinked'>).patient;
      return null;
  }
}

const pointsAt = (fold: Fold, of: EventId): WithoutEffect | null =>
  fold.known.has(of) ? null : { why: 'unknown-target' };

const pressing: Readonly<Record<Urgency, number>> = { emergency: 2, urgent: 1, routine: 0 };
const isLessPressing = (a: Urgency, b: Urgency): boolean => pressing[a] < pressing[b];

const followUpOf = (plan: ConsultBody<'completed'>['followUp'], event: HeldEvent): Consult['followUp'] =>
  plan.kind === 'none' ? null : { plan, since: event.receivedAt ?? null, event: event.id };

function complete(fold: Fold, event: HeldEvent): void {
  const body = event.body as ConsultBody<'completed'>;
  stop(fold, event, 'acknowledged', 'seen', 'completed');
  fold.promise = null;
  fold.handOver = null;
  fold.answer = { ...body, event: event.id, by: event.author as PersonId, at: event.receivedAt ?? null };
  for (const each of body.recommendations) {
    fold.recommendations.set(each.id, { ...each, mark: null, markReason: null });
  }
  fold.followUp = followUpOf(body.followUp, event);
}

function markRecommendation(fold: Fold, body: ConsultBody<'recommendation-marked'>): WithoutEffect | null {
  const held = fold.recommendations.get(body.recommendation);
  if (held === undefined) return { why: 'unknown-target' };
  if (held.mark === body.as) return { why: 'already', status: fold.status, by: null };
  fold.recommendations.set(held.id, {
    ...held,
    mark: body.as,
    markReason: body.as === 'declined' ? body.reason : null,
  });
  return null;
}
