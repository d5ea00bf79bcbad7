import { mergeEvents } from '#shared/event/merge.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { EventId, PatientId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { knew } from '#shared/consult/fold.ts';
import type { PatientContent } from './content.ts';
import { joinAllergies, joinPrecautions } from './warnings.ts';
import {
  authoredPatientBodies,
  systemPatientBodies,
  type PatientBody,
  type PatientEventType,
} from './events.ts';
import type { Patient } from './patient.ts';

const bodies = { ...authoredPatientBodies, ...systemPatientBodies };

const isKnown = (type: string): type is PatientEventType => Object.hasOwn(bodies, type);

/** The body, when it is of the type and reads; an event of a newer build has none and changes nothing. */
function bodyOf<T extends PatientEventType>(event: HeldEvent, type: T): PatientBody<T> | null {
  const parsed = bodies[type].safeParse(event.body);
  return parsed.success ? (parsed.data as PatientBody<T>) : null;
}

interface Said<T> {
  readonly event: HeldEvent;
  readonly value: T;
}

/** A new word replaces only what its author knew: two tablets that add an allergy at once must not lose one. */
const saidAfter = <T>(held: readonly Said<T>[], event: HeldEvent, value: T): Said<T>[] => [
  ...held.filter((one) => !knew(event, one.event)),
  { event, value },
];

type Life = 'present' | 'discharged' | 'died';

const lifeOf = (draft: Draft): Life => draft.lives.at(-1)?.life ?? 'present';

interface Draft {
  content: PatientContent;
  /** What was said of it and not taken back, the last in force; [] for present. */
  lives: { event: EventId; life: Life }[];
  mergedInto: PatientId | null;
  sharesMrnWith: Set<PatientId>;
  /** What was said of them and not replaced by somebody who knew it. */
  allergies: Said<PatientContent['allergies']>[];
  precautions: Said<PatientContent['precautions']>[];
  moves: { event: EventId; ward: string; bed: string; at: Instant | null }[];
  /** The event that brought the patient where they are. */
  placedBy: { event: EventId; at: Instant | null };
}

/** Fields that were left out of a correction stay; `undefined` is no value. */
function corrected(content: PatientContent, changes: PatientBody<'corrected'>['changes']): PatientContent {
  const named = Object.entries(changes).filter(([, value]) => value !== undefined);
  return { ...content, ...(Object.fromEntries(named) as Partial<PatientContent>) };
}

function move(draft: Draft, event: HeldEvent, to: PatientBody<'moved'>): void {
  const { ward, bed } = draft.content;
  draft.moves.push({ ...draft.placedBy, ward, bed });
  draft.content = { ...draft.content, ...to };
  draft.placedBy = { event: event.id, at: event.receivedAt ?? null };
  // Moved after a discharge: the patient came back.
  if (lifeOf(draft) === 'discharged') draft.lives.push({ event: event.id, life: 'present' });
}

/** Which bodies were read, by type: one narrow step per event. */
function apply(draft: Draft, event: HeldEvent, type: PatientEventType): void {
  switch (type) {
    case 'registered':
    case 'arrived-late':
      return;
    case 'corrected': {
      const body = bodyOf(event, type);
      if (body !== null) draft.content = corrected(draft.content, body.changes);
      return;
    }
    case 'moved': {
      const body = bodyOf(event, type);
      if (body !== null) move(draft, event, body);
      return;
    }
    case 'allergies-changed': {
      const body = bodyOf(event, type);
      if (body === null) return;
      draft.allergies = saidAfter(draft.allergies, event, body.allergies);
      draft.content = {
        ...draft.content,
        allergies: joinAllergies(draft.allergies.map(({ value }) => value)),
      };
      return;
    }
    case 'precautions-changed': {
      const body = bodyOf(event, type);
      if (body === null) return;
      draft.precautions = saidAfter(draft.precautions, event, body.precautions);
      draft.content = {
        ...draft.content,
        precautions: joinPrecautions(draft.precautions.map(({ value }) => value)),
      };
      return;
    }
    case 'discharged':
      if (lifeOf(draft) === 'present') draft.lives.push({ event: event.id, life: 'discharged' });
      return;
    case 'died':
      draft.lives.push({ event: event.id, life: 'died' });
      return;
    case 'state-corrected': {
      const body = bodyOf(event, type);
      if (body !== null) draft.lives = draft.lives.filter((said) => said.event !== body.of);
      return;
    }
    case 'merged-into': {
      const body = bodyOf(event, type);
      if (body !== null && body.patient !== event.document) draft.mergedInto = body.patient;
      return;
    }
    case 'unmerged':
      draft.mergedInto = null;
      return;
    case 'mrn-shared': {
      const body = bodyOf(event, type);
      if (body !== null) draft.sharesMrnWith.add(body.with);
      return;
    }
  }
}

/**
 * What a patient's record is now, from its events: a pure function of the set. What was accepted later wins, whatever any clock said;
 * allergies and precautions are joined where one did not know of the other.
 * null: no `registered` that this build can read.
 */
export function projectPatient(events: readonly HeldEvent[]): Patient | null {
  const timeline = mergeEvents(events);
  let draft: Draft | null = null;
  for (const event of timeline) {
    if (!isKnown(event.type)) continue;
    if (draft !== null) {
      apply(draft, event, event.type);
      continue;
    }
    const first = event.type === 'registered' ? bodyOf(event, 'registered') : null;
    if (first === null) continue;
    draft = {
      content: first.content,
      lives: [],
      mergedInto: null,
      sharesMrnWith: new Set(),
      allergies: [{ event, value: first.content.allergies }],
      precautions: [{ event, value: first.content.precautions }],
      moves: [],
      placedBy: { event: event.id, at: event.receivedAt ?? null },
    };
  }
  const last = timeline.at(-1);
  if (draft === null || last === undefined) return null;
  return {
    id: last.document as PatientId,
    content: draft.content,
    state: draft.mergedInto === null ? lifeOf(draft) : 'merged',
    endedBy: lifeOf(draft) === 'present' ? null : (draft.lives.at(-1)?.event ?? null),
    mergedInto: draft.mergedInto,
    sharesMrnWith: [...draft.sharesMrnWith],
    moves: draft.moves,
    timeline,
    lastN: Math.max(0, ...timeline.map((event) => event.n ?? 0)),
    lastLamport: Math.max(0, ...timeline.map((event) => event.lamport)),
    changedAt: timeline.findLast((event) => event.n !== undefined)?.receivedAt ?? null,
  };
}
