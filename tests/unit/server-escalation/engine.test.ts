import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { Claims } from '#server/escalation/claims.ts';
import { createEscalationEngine } from '#server/escalation/engine.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { hospital, story, storyStart } from '#tests/builders.ts';
import { createTestClock } from '#tests/server.ts';

const eventsOf = (name: string, urgency: Urgency, startAt = storyStart): readonly HeldEvent[] =>
  story(name, startAt)
    .submitted({ urgency })
    .events.map((event) =>
      event.type === 'clock-snapshot'
        ? { ...event, body: { ...event.body, policy: defaultPolicy(urgency) } }
        : event,
    );
const projected = (events: readonly HeldEvent[]): Consult => {
  const consult = projectConsult(events);
  if (consult === null) throw new Error('no consult');
  return consult;
};
const claims: Claims = {
  take: (requests) => Promise.resolve(requests.map(({ recipients }) => ({ type: 'mine', recipients }))),
};

function engineOver(all: readonly (readonly HeldEvent[])[]) {
  const clock = createTestClock(storyStart);
  const documents = new Map(all.map((events) => [projected(events).id, events]));
  const recorded: string[] = [];
  /** What was read together, in order. */
  const batches: (readonly string[])[] = [];
  /** Reads of these consults never end. */
  const hanging = new Set<string>();
  const unreadable = new Map<string, Error>();
  /** What stands in the store when the write comes, where it is not what was read. */
  const atWrite = new Map<string, readonly HeldEvent[]>();
  const engine = createEscalationEngine({
    clock,
    logger: pino({ level: 'silent' }),
    claims,
    directory: () => hospital(),
    load: (ids) => {
      batches.push(ids);
      return ids.some((id) => hanging.has(id))
        ? new Promise(() => undefined)
        : Promise.resolve(ids.map((id) => unreadable.get(id) ?? documents.get(id) ?? null));
    },
    record: (id, build) => {
      const events = atWrite.get(id) ?? documents.get(id);
      if (events !== undefined && build(projected(events)).length > 0) recorded.push(id);
      return Promise.resolve();
    },
  });
  for (const events of all) engine.consider(projected(events));
  return { engine, clock, recorded, batches, hanging, unreadable, atWrite };
}

describe('ALE-6 the scan', () => {
  it('a consult whose reading hangs keeps no other from being escalated by the next scan', async () => {
    const stuck = eventsOf('stuck', 'emergency');
    const later = eventsOf('later', 'urgent');
    const { engine, clock, recorded, hanging } = engineOver([stuck, later]);
    hanging.add(projected(stuck).id);
    const firstAt = engine.nextDueAt();
    if (firstAt === null) throw new Error('nothing is due');
    clock.set(firstAt);
    void engine.tick();
    expect(recorded).toEqual([]);
    clock.set(addMinutes(storyStart, 600));
    await engine.tick();
    expect(new Set(recorded)).toEqual(new Set([projected(later).id]));
    // The one that hangs is not forgotten: it is what the watch sees.
    expect(engine.nextDueAt()).toBe(firstAt);
  });

  it('FM-48 nobody is called for what was answered between the reading and the writing', async () => {
    const read = eventsOf('answered', 'emergency');
    const { engine, clock, recorded, atWrite } = engineOver([read]);
    const seen = story('answered')
      .submitted({ urgency: 'emergency' })
      .act('seen', {}, { atMinute: 2 })
      .events.map((event) => read.find(({ id }) => id === event.id) ?? event);
    atWrite.set(projected(read).id, seen);
    clock.set(addMinutes(storyStart, 4));
    await engine.tick();
    expect(recorded).toEqual([]);
  });

  it('a consult that cannot be read is tried again and keeps none of its batch from being escalated', async () => {
    const broken = eventsOf('broken', 'urgent');
    const sound = eventsOf('sound', 'urgent');
    const { engine, clock, recorded, unreadable } = engineOver([broken, sound]);
    unreadable.set(projected(broken).id, new Error('no consult'));
    clock.set(addMinutes(storyStart, 60));
    await engine.tick();
    expect(new Set(recorded)).toEqual(new Set([projected(sound).id]));
    unreadable.clear();
    clock.set(addMinutes(storyStart, 61));
    await engine.tick();
    expect(recorded).toContain(projected(broken).id);
  });

  it('an emergency is escalated at once while a thousand others hang', async () => {
    const many = Array.from({ length: 1000 }, (_, n) => eventsOf(`routine ${String(n)}`, 'routine'));
    const urgent = eventsOf('emergency', 'emergency');
    const { engine, clock, recorded, hanging } = engineOver([...many, urgent]);
    for (const events of many) hanging.add(projected(events).id);
    clock.set(addMinutes(storyStart, 3 * 1440));
    void engine.tick();
    await expect.poll(() => recorded).toContain(projected(urgent).id);
  });

  it('of a backlog the urgent ones come first, and they do not starve the routine ones', async () => {
    const routine = Array.from({ length: 250 }, (_, n) => eventsOf(`routine ${String(n)}`, 'routine'));
    const urgent = Array.from({ length: 450 }, (_, n) => eventsOf(`urgent ${String(n)}`, 'urgent'));
    const { engine, clock, batches } = engineOver([...routine, ...urgent]);
    const isUrgent = new Set<string>(urgent.map((events) => projected(events).id));
    // All are as long overdue as can be.
    clock.set(addMinutes(storyStart, 3 * 1440));
    await engine.tick();
    const urgentIn = batches.map((ids) => ids.filter((id) => isUrgent.has(id)).length);
    expect(urgentIn.slice(0, 6)).toEqual([100, 100, 100, 0, 100, 50]);
    expect(batches.flat()).toHaveLength(700);
    expect(new Set(batches.flat()).size).toBe(700);
  });

  it('of one urgency the longest overdue come first', async () => {
    const later = Array.from({ length: 150 }, (_, n) =>
      eventsOf(`later ${String(n)}`, 'urgent', addMinutes(storyStart, 1)),
    );
    const sooner = Array.from({ length: 100 }, (_, n) => eventsOf(`sooner ${String(n)}`, 'urgent'));
    const { engine, clock, batches } = engineOver([...later, ...sooner]);
    clock.set(addMinutes(storyStart, 20));
    await engine.tick();
    expect(new Set(batches[0])).toEqual(new Set(sooner.map((events) => projected(events).id)));
  });

  it('a consult that became an emergency while its old steps were fired keeps its new due time', async () => {
    const routine = eventsOf('one', 'routine');
    const { engine, clock } = engineOver([routine]);
    const dueAt = engine.nextDueAt();
    if (dueAt === null) throw new Error('nothing is due');
    clock.set(dueAt);
    const scanning = engine.tick();
    const emergency = eventsOf('one', 'emergency');
    engine.consider(projected(emergency));
    const expected = engine.nextDueAt();
    await scanning;
    expect(engine.nextDueAt()).toBe(expected);
  });
});
