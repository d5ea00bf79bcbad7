import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConsultId } from '#shared/lib/id.ts';
import { msToInstant, type Instant } from '#shared/lib/instant.ts';
import { createDueQueue } from '#server/escalation/due-queue.ts';

const at = (minute: number): Instant => msToInstant(minute * 60_000);
const id = (n: number): ConsultId => `consult-${String(n)}` as ConsultId;

describe('due queue', () => {
  it('agrees with a plain map, whatever is set, moved and taken out', () => {
    const step = fc.record({
      consult: fc.nat({ max: 12 }),
      minute: fc.option(fc.nat({ max: 30 }), { nil: null }),
      look: fc.nat({ max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = createDueQueue();
        const model = new Map<ConsultId, Instant>();
        for (const { consult, minute, look } of steps) {
          const dueAt = minute === null ? null : at(minute);
          queue.set(id(consult), dueAt);
          if (dueAt === null) model.delete(id(consult));
          else model.set(id(consult), dueAt);

          const due = queue.dueAt(at(look));
          const expected = [...model].filter(([, when]) => when <= at(look));
          expect(new Set(due)).toEqual(new Set(expected.map(([one]) => one)));
          expect(due.length).toBe(expected.length);
          const times = due.map((one) => model.get(one));
          expect(times).toEqual([...times].sort());
          expect(queue.next()).toEqual([...model.values()].sort()[0] ?? null);
          expect(queue.size).toBe(model.size);
        }
      }),
    );
  });

  it('does not grow with the number of changes to one consult', () => {
    const queue = createDueQueue();
    for (let minute = 0; minute < 100_000; minute++) queue.set(id(1), at(200_000 - minute));
    expect(queue.next()).toBe(at(100_001));
    expect(queue.dueAt(at(300_000))).toEqual([id(1)]);
  });
});
