import fc from 'fast-check';
import { authoredConsultTypes, type AuthoredConsultType } from '#shared/consult/events.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { departments, eventId, people, sampleBodies, story, type Story } from '#tests/builders.ts';

const everybody = Object.values(people);
const givable = [people.cardiologist, people.cardiologist2, people.surgeon];
const reachable = [departments.cardiology, departments.surgery, departments.radiology];
const acts = authoredConsultTypes.filter((type) => type !== 'submitted');
// Acts that move a consult along come up more often, so that histories reach every status.
const moving: AuthoredConsultType[] = [
  'acknowledged',
  'acknowledged',
  'seen',
  'info-requested',
  'info-provided',
  'completed',
  'reopened',
  'redirected',
  'declined',
  'resubmitted',
];

interface Move {
  readonly type: AuthoredConsultType | 'auto-assigned' | 'escalated' | 'hand-over-offered';
  readonly who: number;
  readonly pick: number;
  /** How many accepted events the author had not seen. */
  readonly unseen: number;
  readonly minutes: number;
  readonly late: number;
}
const move: fc.Arbitrary<Move> = fc.record({
  type: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...moving) },
    { weight: 3, arbitrary: fc.constantFrom(...acts) },
    { weight: 1, arbitrary: fc.constantFrom('auto-assigned', 'escalated', 'hand-over-offered') },
  ),
  who: fc.nat(everybody.length - 1),
  pick: fc.nat(1000),
  unseen: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(8)),
  minutes: fc.integer({ min: 1, max: 90 }),
  late: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(30)),
});

function bodyOf(type: AuthoredConsultType, { pick }: Move, told: Story): Record<string, unknown> {
  const events = told.events;
  const of = events[pick % (events.length + 1)]?.id ?? eventId('nowhere');
  const to = givable[pick % givable.length]?.id;
  const to2 = (['emergency', 'urgent', 'routine'] as const)[pick % 3];
  switch (type) {
    case 'acknowledged':
      return { promiseMinutes: pick % 60, assignSelf: pick % 2 === 0 };
    case 'assigned':
      return { to, acknowledges: pick % 4 === 0 };
    case 'reassigned':
      return { to, reason: '' };
    case 'urgency-changed':
      return { to: to2, reason: 'x' };
    case 'redirected':
    case 'joined':
      return { department: reachable[pick % reachable.length]?.id, reason: 'x' };
    case 'corrected':
      return { of, text: 'x' };
    case 'entered-in-error':
      return { of, reason: 'x' };
    default:
      return { ...sampleBodies[type] };
  }
}

function play(told: Story, moves: readonly Move[], unsentFrom: number): Story {
  let minute = 0;
  moves.forEach((each, index) => {
    minute += each.minutes;
    const who = everybody[each.who]!;
    const to = givable[each.pick % givable.length]!.id;
    const cause = told.last;
    const isUnsent = index >= unsentFrom;
    const id = eventId(`move ${index}`);
    switch (each.type) {
      case 'auto-assigned':
        if (!isUnsent) told.system('auto-assigned', { of: cause.id, to, rule: 'on-call' }, { ...cause, id });
        return;
      case 'escalated':
        if (isUnsent) return;
        told.system(
          'escalated',
          {
            clock: cause.id,
            step: 0,
            repeat: 0,
            unless: 'acknowledged',
            notified: [{ person: to, as: 'head' }],
          },
          { ...cause, id },
        );
        return;
      case 'hand-over-offered':
        if (!isUnsent)
          told.system('hand-over-offered', { to, until: told.minute(minute + 60) }, { ...cause, id });
        return;
      default:
        told.act(each.type, bodyOf(each.type, each, told) as never, {
          by: who,
          atMinute: minute,
          lateMinutes: each.late,
          base: Math.max(0, told.lastN - each.unseen),
          unsent: isUnsent,
        });
    }
  });
  return told;
}

/** A consult's whole life, told at random, everything accepted: nothing in it is judged, so that every act meets every state. */
export const acceptedHistories: fc.Arbitrary<readonly HeldEvent[]> = fc
  .array(move, { maxLength: 24 })
  .map((moves) => play(story().submitted(), moves, Infinity).events);

/** The same, the last few acts still in outboxes. */
export const histories: fc.Arbitrary<readonly HeldEvent[]> = fc
  .tuple(fc.array(move, { maxLength: 24 }), fc.nat(24))
  .map(([moves, unsentFrom]) => play(story().submitted(), moves, unsentFrom).events);

const comers = [people.cardiologist, people.cardiologist2, people.head];
const rush: fc.Arbitrary<Move> = fc
  .tuple(
    move,
    fc.constantFrom<Move['type']>('acknowledged', 'acknowledged', 'auto-assigned', 'unassigned', 'assigned'),
  )
  .map(([each, type]) => ({
    ...each,
    type,
    who: everybody.indexOf(comers[each.who % comers.length]!),
  }));

/** Several doctors of one department answer at once, many not knowing of each other, while a machine and people hand it on. */
export const crowded: fc.Arbitrary<readonly HeldEvent[]> = fc
  .array(fc.oneof({ weight: 4, arbitrary: rush }, move), { maxLength: 16 })
  .map((moves) => play(story().submitted(), moves, Infinity).events);

/** Without its stamps, as the author's tablet held it. */
export function unsentCopyOf(event: HeldEvent): HeldEvent {
  const { n: _n, receivedAt: _receivedAt, via: _via, seal: _seal, ...written } = event;
  return written;
}

export const wrongBy = (event: HeldEvent, minutes: number): HeldEvent => ({
  ...event,
  occurredAt: addMinutes(event.occurredAt, minutes),
});
