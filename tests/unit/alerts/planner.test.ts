import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '#server/alerts/delivery.ts';
import type { Dispatcher } from '#server/alerts/dispatcher.ts';
import { createAlertPlanner } from '#server/alerts/planner.ts';
import type { Alert } from '#shared/alert/alert.ts';
import { alertIdOf, alertOf } from '#shared/alert/plan.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { EventId } from '#shared/lib/id.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import {
  authored,
  consultId,
  departments,
  people,
  sampleBodies,
  stamped,
  story,
  storyStart,
} from '#tests/builders.ts';
import { createTestClock } from '#tests/server.ts';

const projected = (events: readonly HeldEvent[]): Consult => {
  const consult = projectConsult(events);
  if (consult === null) throw new Error('no consult');
  return consult;
};
const idleDelivery: Pick<Delivery, 'watch' | 'tick' | 'idle'> = {
  watch: () => undefined,
  tick: () => undefined,
  idle: () => Promise.resolve(),
};

const alertFor = (cause: EventId): Alert =>
  alertOf(
    {
      id: alertIdOf(consultId('one'), cause, people.receiver.id),
      consult: consultId('one'),
      cause,
      recipient: people.receiver.id,
      as: 'receiver',
      about: 'note',
      urgency: 'routine',
      department: departments.cardiology.id,
    },
    storyStart,
  );

function planner(fail: () => boolean = () => false) {
  const told: string[] = [];
  const stored = new Map<string, Consult>();
  const standing: Alert[] = [];
  const clock = createTestClock(storyStart);
  const dispatcher: Dispatcher = {
    consultChanged(_consult, events) {
      if (fail()) return Promise.reject(new Error('the store is away'));
      told.push(...events.map(({ type }) => type));
      standing.push(...events.map(({ id }) => alertFor(id)));
      return Promise.resolve();
    },
  };
  const made = createAlertPlanner({
    // As the store after each event was told: one alert stands for each.
    book: { ofConsult: () => Promise.resolve(standing) },
    dispatcher,
    delivery: idleDelivery,
    load: (id) => Promise.resolve(stored.get(id) ?? null),
    clock,
    logger: pino({ level: 'silent' }),
  });
  return { told, stored, clock, planner: made };
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
    const { told, stored, clock, planner: made } = planner(() => isAway);
    const consult = projected(story().submitted({ receivingDepartment: departments.cardiology.id }).events);
    stored.set(consult.id, consult);
    made.consultChanged(consult);
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

  it('FM-43 after a start emergencies are looked through before all others, whenever they were handed in', async () => {
    const { stored, loaded, clock } = { ...planner(), loaded: [] as string[] };
    // What is open from before this process: it began an hour later.
    clock.advance(3_600_000);
    const late = createAlertPlanner({
      book: { ofConsult: () => Promise.resolve([]) },
      dispatcher: { consultChanged: () => Promise.resolve() },
      delivery: idleDelivery,
      load(id) {
        loaded.push(id);
        return Promise.resolve(stored.get(id) ?? null);
      },
      clock,
      logger: pino({ level: 'silent' }),
    });
    const handIn = (name: string, urgency: 'emergency' | 'routine'): string => {
      const consult = projected(story(name).submitted({ urgency }).events);
      stored.set(consult.id, consult);
      late.consultChanged(consult);
      return consult.id;
    };
    for (let at = 0; at < 100; at++) handIn(`routine ${String(at)}`, 'routine');
    const emergency = handIn('emergency', 'emergency');
    await late.idle();
    expect(loaded).toHaveLength(101);
    // Those begun before it came are no more than a few.
    expect(loaded.indexOf(emergency)).toBeLessThan(20);
  });
});
