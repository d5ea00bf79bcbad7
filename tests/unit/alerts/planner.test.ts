import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { AlertBook } from '#server/alerts/alert-book.ts';
import type { Dispatcher } from '#server/alerts/dispatcher.ts';
import { createAlertPlanner } from '#server/alerts/planner.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { authored, departments, people, sampleBodies, stamped, story, storyStart } from '#tests/builders.ts';
import { createTestClock } from '#tests/server.ts';

const projected = (events: readonly HeldEvent[]): Consult => {
  const consult = projectConsult(events);
  if (consult === null) throw new Error('no consult');
  return consult;
};
const emptyBook: AlertBook = {
  get: () => Promise.resolve(null),
  create: () => Promise.resolve([]),
  add: () => Promise.resolve(null),
  ofConsult: () => Promise.resolve([]),
};

function planner(fail: () => boolean = () => false) {
  const told: string[] = [];
  const clock = createTestClock(storyStart);
  const dispatcher: Dispatcher = {
    consultChanged(_consult, events) {
      if (fail()) return Promise.reject(new Error('the store is away'));
      told.push(...events.map(({ type }) => type));
      return Promise.resolve(null);
    },
    sendAgain: () => Promise.resolve(null),
    sendDue: () => Promise.resolve(null),
  };
  const made = createAlertPlanner({ book: emptyBook, dispatcher, clock, logger: pino({ level: 'silent' }) });
  return { told, clock, planner: made };
}

describe('alert planner', () => {
  it('two gateways gave one n to two events: both are told, each once', async () => {
    const { told, planner: made } = planner();
    const { events, lastN } = story().submitted();
    const equalN = (type: 'redirected' | 'note-added', by: typeof people.requester) =>
      stamped(
        authored(type, sampleBodies[type], { author: by.id, base: lastN, lamport: 5 }),
        lastN + 1,
        storyStart,
      );
    const redirected = equalN('redirected', people.receiver);
    const note = equalN('note-added', people.requester);
    made.consultChanged(projected(events));
    await made.idle();
    made.consultChanged(projected([...events, note]));
    await made.idle();
    made.consultChanged(projected([...events, note, redirected]));
    await made.idle();
    made.consultChanged(projected([...events, note, redirected]));
    await made.idle();
    expect(told.filter((type) => type === 'redirected')).toHaveLength(1);
    expect(told.filter((type) => type === 'note-added')).toHaveLength(1);
    expect(told.filter((type) => type === 'submitted')).toHaveLength(1);
  });

  it('what a failing store kept from being planned is planned when it is back, however long it was away', async () => {
    let isAway = true;
    const { told, clock, planner: made } = planner(() => isAway);
    made.consultChanged(
      projected(story().submitted({ receivingDepartment: departments.cardiology.id }).events),
    );
    await made.idle();
    for (let minute = 0; minute < 30; minute++) {
      clock.advance(60_000);
      made.tick();
      await made.idle();
    }
    expect(told).toEqual([]);
    isAway = false;
    clock.advance(60_000);
    made.tick();
    await made.idle();
    expect(told).toContain('submitted');
    made.tick();
    await made.idle();
    expect(told.filter((type) => type === 'submitted')).toHaveLength(1);
  });
});
