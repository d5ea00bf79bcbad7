import { describe, expect, it } from 'vitest';
import { projectConsult } from '#shared/consult/project.ts';
import { dueSteps } from '#shared/escalation/due-steps.ts';
import { dueHandOver, handOverUntil } from '#shared/escalation/hand-over.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { Shift } from '#shared/directory/rota.ts';
import { eventIdSchema, type EventId } from '#shared/lib/id.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { departments, directoryOf, people, stamped, story, storyStart, type Story } from '#tests/builders.ts';
import { rotaWeek, shift } from '../directory/rota-builders.ts';

const cardiology = departments.cardiology.id;
const [night, day, third] = [people.cardiologist, people.cardiologist2, people.receiver];
const at = (minutes: number): Instant => addMinutes(storyStart, minutes);
/** The night ends two hours into the story. */
const change = 120;
const directoryWith = (...shifts: Shift[]) =>
  directoryOf(Object.values(people), Object.values(departments), {
    rotaWeeks: [rotaWeek(cardiology, shifts)],
  });
const usual = directoryWith(
  shift('first', night.id, at(-600), at(change)),
  shift('first', day.id, at(change), at(change + 720)),
);
const projected = (told: Story): Consult => {
  const consult = projectConsult(told.events);
  if (consult === null) throw new Error('no consult');
  return consult;
};
const taken = () =>
  story()
    .submitted()
    .act('acknowledged', { promiseMinutes: 15, assignSelf: true }, { by: night, atMinute: 5 });

describe('hand-over at shift change', () => {
  it('DEP-6 what the outgoing doctor took on call is offered to the incoming one, from the change on', () => {
    const consult = projected(taken());
    expect(dueHandOver(consult, usual, at(change - 1))).toBeNull();
    const due = dueHandOver(consult, usual, at(change));
    expect(due).toMatchObject({ from: night.id, to: day.id, tier: 'first', changedAt: at(change) });
    expect(eventIdSchema.safeParse(due?.event).success).toBe(true);
    expect(dueHandOver(consult, usual, at(change + 300))?.event).toBe(due?.event);
  });

  it.each([
    ['it was given to them before they came on duty', shift('first', night.id, at(30), at(change))],
    ['they go on in another tier', shift('second', night.id, at(change), at(900))],
  ])('stays with the outgoing doctor when %s', (_what, turn) => {
    const directory =
      turn.tier === 'first'
        ? directoryWith(turn, shift('first', day.id, at(change), at(900)))
        : directoryWith(
            shift('first', night.id, at(-600), at(change)),
            shift('first', day.id, at(change), at(900)),
            turn,
          );
    expect(dueHandOver(projected(taken()), directory, at(change))).toBeNull();
  });

  it('a double shift of one person is no change', () => {
    const directory = directoryWith(
      shift('first', night.id, at(-600), at(change)),
      shift('first', night.id, at(change), at(900)),
    );
    expect(dueHandOver(projected(taken()), directory, at(change))).toBeNull();
  });

  it('a gap delays the offer to the start of the next turn', () => {
    const directory = directoryWith(
      shift('first', night.id, at(-600), at(change)),
      shift('first', day.id, at(change + 60), at(900)),
    );
    expect(dueHandOver(projected(taken()), directory, at(change + 30))).toBeNull();
    expect(dueHandOver(projected(taken()), directory, at(change + 60))?.changedAt).toBe(at(change + 60));
  });

  it('a swap for one night hands over to the one who really comes', () => {
    const directory = directoryWith(
      shift('first', night.id, at(-600), at(change)),
      shift('first', day.id, at(change), at(900)),
      shift('first', third.id, at(change), at(900), day.id),
    );
    expect(dueHandOver(projected(taken()), directory, at(change))?.to).toBe(third.id);
  });

  it.each([
    ['nobody has it', story().submitted()],
    ['it is answered', taken().act('seen', {}, { by: night }).act('completed', undefined, { by: night })],
    ['it is cancelled', taken().act('cancelled', { reason: 'Went home.' })],
    ['it is declined', taken().act('declined', undefined, { by: night })],
  ])('nothing is offered when %s', (_what, told) => {
    expect(dueHandOver(projected(told), usual, at(change))).toBeNull();
  });

  it('is offered once for one change, and to the next in turn when nobody said yes', () => {
    const directory = directoryWith(
      shift('first', night.id, at(-600), at(change)),
      shift('first', day.id, at(change), at(change + 720)),
      shift('first', third.id, at(change + 720), at(change + 1440)),
    );
    const told = taken();
    const first = dueHandOver(projected(told), directory, at(change));
    if (first === null) throw new Error('not offered');
    const offered = offeredIn(told, first.event, change);
    expect(dueHandOver(offered, directory, at(change + 1))).toBeNull();
    expect(offered.assignee).toBe(night.id);
    const second = dueHandOver(offered, directory, at(change + 721));
    expect(second).toMatchObject({ from: night.id, to: third.id });
    expect(second?.event).not.toBe(first.event);
  });

  function offeredIn(told: Story, event: EventId, minute: number): Consult {
    const consult = projected(told);
    const body = { to: day.id, until: handOverUntil(consult, at(minute)) };
    told.raw(
      stamped(
        { ...told.last, id: event, type: 'hand-over-offered', author: 'system', device: null, body },
        told.lastN + 1,
        at(minute),
        'system',
      ),
    );
    return projected(told);
  }

  it('DEP-6 unconfirmed it goes to the receiver when its time has passed, then to the head; each once', () => {
    const told = taken();
    const due = dueHandOver(projected(told), usual, at(change));
    if (due === null) throw new Error('not offered');
    const consult = offeredIn(told, due.event, change);
    const stepsAt = (minute: number, fired: readonly string[] = []) =>
      dueSteps({ consult, fired: new Set(fired), now: at(minute) }).filter(
        ({ unless }) => unless === 'hand-over',
      );
    expect(stepsAt(change + 29)).toEqual([]);
    const [late] = stepsAt(change + 30);
    expect(late).toMatchObject({
      step: 500,
      notify: [{ who: 'receiver' }],
      clock: due.event,
      side: 'receiving',
    });
    expect(eventIdSchema.safeParse(`${late?.claimId ?? ''}:escalated`).success).toBe(true);
    const after = stepsAt(change + 60, [late?.claimId ?? '']);
    expect(after).toMatchObject([{ step: 501, notify: [{ who: 'head' }] }]);
    expect(stepsAt(change + 600, [late?.claimId ?? '', after[0]?.claimId ?? ''])).toEqual([]);
  });

  it('confirmed, given to somebody else or answered, it escalates no more', () => {
    for (const ending of [
      (told: Story) => told.act('hand-over-confirmed', {}, { by: day, atMinute: change + 2 }),
      (told: Story) => told.act('reassigned', { to: third.id, reason: 'Busy.' }, { atMinute: change + 2 }),
    ]) {
      const told = taken();
      const due = dueHandOver(projected(told), usual, at(change));
      if (due === null) throw new Error('not offered');
      offeredIn(told, due.event, change);
      const consult = projected(ending(told));
      const steps = dueSteps({ consult, fired: new Set(), now: at(change + 600) });
      expect(steps.filter(({ unless }) => unless === 'hand-over')).toEqual([]);
      expect(dueHandOver(consult, usual, at(change + 600))).toBeNull();
    }
  });
});
