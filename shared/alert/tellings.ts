import type { Consult, TimelineEntry } from '#shared/consult/consult.ts';
import type {
  AuthoredConsultType,
  ConsultBody,
  ConsultEventType,
  SystemConsultType,
} from '#shared/consult/events.ts';
import { isOpen, urgencies, type Urgency } from '#shared/consult/vocabulary.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { receiverOf } from '#shared/directory/leaders.ts';
import { onCall } from '#shared/directory/on-call.ts';
import { callReasonOf } from '#shared/escalation/call-reason.ts';
import { lastRecipients } from '#shared/escalation/recipients.ts';
import { systemAuthor, type HeldEvent } from '#shared/event/envelope.ts';
import type { EventId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { AlertKind } from './alert.ts';
import { assigneeAfter, assigneeBefore } from './assignee-history.ts';

/** One person to be told one thing. `author` of the act they are told about, who is never told it. */
export interface Telling {
  readonly person: PersonId;
  readonly as: string;
  readonly about: AlertKind;
  readonly cause: EventId;
  readonly author: string;
}

interface Situation {
  readonly entry: TimelineEntry;
  /** All entries of the same write. */
  readonly entries: readonly TimelineEntry[];
  readonly consult: Consult;
  readonly directory: Directory;
  readonly at: Instant;
}

type Listener = readonly [person: PersonId | null, as: string];

const tell = (event: HeldEvent, about: AlertKind, ...listeners: readonly Listener[]): Telling[] =>
  listeners.flatMap(([person, as]) =>
    person === null ? [] : [{ person, as, about, cause: event.id, author: event.author }],
  );

/** The requester and those who joined for their department. */
function requestingSide({ consult }: Situation): Listener[] {
  const joined = consult.timeline.filter(
    (entry) => entry.event.type === 'joined' && entry.withoutEffect === null,
  );
  return [
    [consult.requester, 'requester'],
    ...joined.map((entry): Listener => [entry.event.author as PersonId, 'joined']),
  ];
}

/** Whoever is to take a consult nobody has yet: on call and receiver; never nobody. */
function takers({ consult, directory, at }: Situation): Listener[] {
  const department = consult.receivingDepartment;
  const found: Listener[] = [
    [onCall(directory, department, 'first', at), 'on-call first'],
    [receiverOf(directory, department), 'receiver'],
  ];
  if (found.some(([person]) => person !== null)) return found;
  return lastRecipients(directory, department, at).map(({ person, as }): Listener => [person, as]);
}

/** Whoever has it, else whoever should take it. */
function receivingSide(situation: Situation): Listener[] {
  const { consult } = situation;
  const holder = consult.assignee ?? consult.acknowledgedBy;
  return holder === null ? takers(situation) : [[holder, 'assignee']];
}

/** Takers of a consult, less the one the same write assigns it to: they hear that instead. */
function newConsult(situation: Situation, about: AlertKind): Telling[] {
  const assigned = situation.entries.some((entry) => entry.event.type === 'auto-assigned')
    ? situation.consult.assignee
    : null;
  return tell(situation.entry.event, about, ...takers(situation).filter(([person]) => person !== assigned));
}

const authorIsRequesting = ({ entry, consult, directory }: Situation): boolean => {
  const person = directory.people.get(entry.event.author as PersonId);
  if (person === undefined || entry.event.author === consult.assignee) return false;
  const requesting = [consult.requestingDepartment, ...consult.joinedDepartments];
  return (
    person.id === consult.requester || person.memberships.some((one) => requesting.includes(one.department))
  );
};

/** To the other side; the requester also hears what a colleague of their own side wrote. */
function bothSides(situation: Situation, about: AlertKind): Telling[] {
  const requesting = tell(situation.entry.event, about, ...requestingSide(situation));
  const { consult } = situation;
  const receiving = authorIsRequesting(situation)
    ? receivingSide(situation)
    : ([[consult.assignee, 'assignee']] satisfies Listener[]);
  return [...requesting, ...tell(situation.entry.event, about, ...receiving)];
}

const formerAssignee = ({ consult, entry }: Situation): Listener => [
  assigneeBefore(consult, entry.event.id),
  'former assignee',
];

/** The new assignee, the one it was taken from, and nobody for an act that left it where it was. */
function handedOver(situation: Situation, about: 'assigned' | 'reassigned'): Telling[] {
  const { event } = situation.entry;
  const before = assigneeBefore(situation.consult, event.id);
  const after = assigneeAfter(situation.consult, event.id);
  if (before === after) return tell(event, about, [after, 'assignee']);
  return [
    ...tell(event, about, [after, 'assignee']),
    ...tell(event, 'reassigned-away', [before, 'former assignee']),
  ];
}

function escalated({ entry: { event }, consult }: Situation): Telling[] {
  const notified = (event.body['notified'] ?? []) as ConsultBody<'escalated'>['notified'];
  const reason = callReasonOf(event, consult);
  // It only lets them see the consult; they are told in place of somebody else.
  if (reason === 'stand-in') return [];
  return notified.flatMap(({ person, as }) => {
    const own = as === 'assignee' || as === 'on-call first';
    const toOwn: AlertKind = reason === 'late' ? 'breached' : 'due-soon';
    return tell(event, reason === 'due-soon' ? 'due-soon' : own ? toOwn : 'escalated', [person, as]);
  });
}

function becameMoreUrgent({ entry: { event }, consult }: Situation): boolean {
  let before: Urgency = consult.content.urgency;
  for (const { event: earlier, withoutEffect } of consult.timeline) {
    if (earlier.id === event.id) break;
    if (earlier.type === 'urgency-changed' && withoutEffect === null) before = earlier.body['to'] as Urgency;
  }
  return urgencies.indexOf(event.body['to'] as Urgency) < urgencies.indexOf(before);
}

/** Who asked for the information that now came. */
function askers({ consult }: Situation): Listener[] {
  const asked = consult.timeline.findLast(
    (entry) => entry.event.type === 'info-requested' && entry.withoutEffect === null,
  );
  return [
    [consult.assignee, 'assignee'],
    [(asked?.event.author as PersonId | undefined) ?? null, 'asker'],
  ];
}

/** Whoever had it, when the act took it over. */
function takenFrom(situation: Situation): Telling[] {
  const { event } = situation.entry;
  const before = assigneeBefore(situation.consult, event.id);
  if (before === assigneeAfter(situation.consult, event.id)) return [];
  return tell(event, 'reassigned-away', [before, 'former assignee']);
}

type TypeOfEvent = AuthoredConsultType | SystemConsultType;
type Rule = (situation: Situation) => Telling[];

const nobody: Rule = () => [];
const toRequestingSide =
  (about: AlertKind): Rule =>
  (s) =>
    tell(s.entry.event, about, ...requestingSide(s));
const toBothSides =
  (about: AlertKind): Rule =>
  (s) =>
    bothSides(s, about);

const assigneeOf = (s: Situation): Listener => [s.consult.assignee, 'assignee'];
const answerer = (s: Situation): Listener => [s.consult.answer?.by ?? null, 'author of the answer'];

/** ALE-1 as a table: for every type of event that took effect, who is told what. */
const table: Readonly<Record<TypeOfEvent, Rule>> = {
  submitted: (s) => newConsult(s, 'new-consult'),
  resubmitted: (s) => newConsult(s, 'new-consult'),
  'info-provided': (s) => tell(s.entry.event, 'info-provided', ...askers(s)),
  'urgency-changed': (s) =>
    becameMoreUrgent(s) ? tell(s.entry.event, 'new-consult', ...receivingSide(s)) : [],
  'recommendation-marked': (s) =>
    s.entry.event.body['as'] === 'declined' ? tell(s.entry.event, 'note', answerer(s)) : [],
  closed: (s) => tell(s.entry.event, 'closed', assigneeOf(s), answerer(s)),
  reopened: (s) => [
    ...newConsult(s, 'reopened'),
    ...tell(s.entry.event, 'reopened', formerAssignee(s), answerer(s)),
  ],
  cancelled: (s) =>
    tell(
      s.entry.event,
      'cancelled',
      assigneeOf(s),
      [s.consult.acknowledgedBy, 'acknowledged it'],
      ...requestingSide(s),
    ),
  rang: nobody,
  acknowledged: (s) => [...toRequestingSide('acknowledged')(s), ...takenFrom(s)],
  'promise-changed': toRequestingSide('acknowledged'),
  assigned: (s) => [
    ...handedOver(s, 'assigned'),
    ...(acknowledgedBy(s) ? toRequestingSide('acknowledged')(s) : []),
  ],
  reassigned: (s) => handedOver(s, 'reassigned'),
  unassigned: (s) => [...handedOver(s, 'reassigned'), ...newConsult(s, 'new-consult')],
  seen: (s) => [...(acknowledgedBy(s) ? toRequestingSide('acknowledged')(s) : []), ...takenFrom(s)],
  'info-requested': toRequestingSide('info-requested'),
  redirected: (s) => [
    ...tell(s.entry.event, 'redirected', ...requestingSide(s), formerAssignee(s)),
    ...newConsult(s, 'new-consult'),
  ],
  declined: (s) => tell(s.entry.event, 'declined', ...requestingSide(s), formerAssignee(s)),
  completed: (s) => tell(s.entry.event, 'completed', ...requestingSide(s), assigneeOf(s)),
  'follow-up-recorded': toRequestingSide('note'),
  'follow-up-ended': toRequestingSide('note'),
  'hand-over-confirmed': takenFrom,
  'note-added': toBothSides('note'),
  'message-posted': toBothSides('message'),
  'attachment-added': toBothSides('note'),
  joined: (s) => tell(s.entry.event, 'note', ...receivingSide(s), [s.consult.requester, 'requester']),
  opened: nobody,
  corrected: toBothSides('note'),
  'entered-in-error': toBothSides('note'),
  'force-closed': (s) => tell(s.entry.event, 'closed', ...requestingSide(s), assigneeOf(s)),
  numbered: nobody,
  'clock-snapshot': nobody,
  'auto-assigned': (s) => handedOver(s, 'assigned'),
  'arrived-late': nobody,
  escalated,
  'hand-over-offered': (s) =>
    tell(s.entry.event, 'hand-over', [s.entry.event.body['to'] as PersonId, 'incoming']),
  'follow-up-due': (s) => tell(s.entry.event, 'follow-up-due', follower(s)),
  'assignee-left': (s) => newConsult(s, 'new-consult'),
  'patient-relinked': nobody,
  'patient-kept-apart': nobody,
};

/** The event stopped the acknowledge clock. */
function acknowledgedBy({ consult, entry }: Situation): boolean {
  return consult.clocks?.acknowledged.stoppedBy === entry.event.id;
}

/** Whoever looks after the patient now: the assignee or the one who answered, else the department's receiver. */
function follower({ consult, directory }: Situation): Listener {
  const holder = consult.assignee ?? consult.answer?.by ?? null;
  return holder === null
    ? [receiverOf(directory, consult.receivingDepartment), 'receiver']
    : [holder, 'assignee'];
}

/** What tells the author of an act that came too late what it was that came first. */
const aboutFirst: Readonly<Partial<Record<ConsultEventType, AlertKind>>> = {
  // Not that their consult was taken: that somebody else has what they set out for.
  acknowledged: 'reassigned-away',
  seen: 'reassigned-away',
  assigned: 'reassigned-away',
  reassigned: 'reassigned-away',
  cancelled: 'cancelled',
  closed: 'closed',
  'force-closed': 'closed',
  completed: 'completed',
  redirected: 'redirected',
  declined: 'declined',
  reopened: 'reopened',
  'info-requested': 'info-requested',
};

/** Acts by which somebody sets out for the patient. */
const takingTypes: readonly string[] = ['acknowledged', 'seen', 'assigned'];

/**
 * An act that changed nothing (two took it at once; taken after the cancel): its author is told what came first, and where the consult
 * had already ended, the requester is told that somebody may be on the way.
 */
function withoutEffect({ entry, consult }: Situation): Telling[] {
  const { event, withoutEffect: reason } = entry;
  if (reason === null || event.author === systemAuthor) return [];
  const by = 'by' in reason ? reason.by : null;
  const first = by === null ? undefined : consult.timeline.find((one) => one.event.id === by)?.event;
  const tellings: Telling[] = [];
  const about = first === undefined ? undefined : aboutFirst[first.type as ConsultEventType];
  if (first !== undefined && about !== undefined) {
    tellings.push(...tell(first, about, [event.author as PersonId, 'came second']));
  }
  if (takingTypes.includes(event.type) && !isOpen(consult.status)) {
    tellings.push(...tell(event, 'acknowledged', [consult.requester, 'requester']));
  }
  return tellings;
}

/** Everybody an entry of the timeline concerns; may name one person twice, or the author. [] for a type this build does not know. */
export function tellingsOf(situation: Situation): Telling[] {
  if (situation.entry.withoutEffect !== null) return withoutEffect(situation);
  const { type } = situation.entry.event;
  return Object.hasOwn(table, type) ? table[type as ConsultEventType](situation) : [];
}
