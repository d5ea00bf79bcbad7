import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextDue, runningDues } from '#shared/consult/clocks.ts';
import type { Consult, TimelineEntry } from '#shared/consult/consult.ts';
import { authoredConsultTypes, systemConsultTypes } from '#shared/consult/events.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { isOpen } from '#shared/consult/vocabulary.ts';
import { isStamped, systemAuthor, type HeldEvent } from '#shared/event/envelope.ts';
import { mergeEvents } from '#shared/event/merge.ts';
import { eventId, people, story } from '#tests/builders.ts';
import { acceptedHistories, crowded, histories, unsentCopyOf, wrongBy } from './histories.ts';

const project = (events: readonly HeldEvent[]): Consult => {
  const consult = projectConsult(events);
  if (consult === null) throw new Error('no consult');
  return consult;
};
const clockNames = ['acknowledged', 'seen', 'completed'] as const;
const did = ({ event, withoutEffect, unknownToAuthor }: TimelineEntry) => ({
  id: event.id,
  withoutEffect,
  unknownToAuthor,
});
const seeds = fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 });
const shuffled = <T>(items: readonly T[], seed: readonly number[]): T[] =>
  items
    .map((item, i) => ({ item, key: seed[i % seed.length]! * 31 + ((i * 7) % 13) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);

describe('the projection', () => {
  test('depends on the set of events alone: not on their order, not on how often they came', () => {
    fc.assert(
      fc.property(histories, seeds, (events, seed) => {
        const mixed = shuffled(
          [...events, ...events.filter((_, i) => seed[i % seed.length]! % 2 === 0)],
          seed,
        );
        expect(project(mixed)).toEqual(project(events));
      }),
    );
  });

  test('is the same for replicas that met in any way', () => {
    fc.assert(
      fc.property(histories, seeds, (events, seed) => {
        const here = events.filter((_, i) => seed[i % seed.length]! % 3 !== 0);
        const there = events.filter((_, i) => seed[i % seed.length]! % 3 !== 1);
        const unsent = events.map(unsentCopyOf);
        expect(project(mergeEvents(there, unsent, here, there))).toEqual(project(events));
      }),
    );
  });

  test('loses no event', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const told = project(events).timeline.map((entry) => entry.event);
        expect(told).toHaveLength(events.length);
        expect(new Set(told)).toEqual(new Set(events));
      }),
    );
  });

  test('an event accepted later never changes what an earlier one did', () => {
    fc.assert(
      fc.property(histories, fc.nat(40), (events, at) => {
        const accepted = mergeEvents(events);
        const known = accepted.slice(0, 1 + (at % accepted.length));
        const before = project(known).timeline.map(did);
        const after = project(accepted).timeline.slice(0, known.length).map(did);
        expect(after).toEqual(before);
      }),
    );
  });

  test('order and effects ignore every tablet clock', () => {
    fc.assert(
      fc.property(
        acceptedHistories,
        fc.array(fc.integer({ min: -4000, max: 4000 }), { minLength: 1 }),
        (events, wrong) => {
          const drifted = events.map((event, i) => wrongBy(event, wrong[i % wrong.length]!));
          const { timeline: right, fullness: _, ...rest } = project(events);
          const { timeline: driftedTimeline, fullness: __, ...driftedRest } = project(drifted);
          expect(driftedRest).toEqual(rest);
          expect(driftedTimeline.map(did)).toEqual(right.map(did));
        },
      ),
    );
  });
});

describe('clocks', () => {
  test('no automatic act stops one: every stop is a person’s', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const { clocks, timeline } = project(events);
        if (clocks === null) return;
        for (const name of clockNames) {
          const stop = timeline.find((entry) => entry.event.id === clocks[name].stoppedBy);
          expect(stop === undefined).toBe(clocks[name].stoppedAt === null);
          if (stop !== undefined) {
            expect(stop.event.author).not.toBe(systemAuthor);
            expect(authoredConsultTypes).toContain(stop.event.type);
            expect(stop.withoutEffect).toBeNull();
          }
        }
      }),
    );
  });

  test('whatever the server adds, what ran still runs', () => {
    const addition = fc.record({
      type: fc.constantFrom(
        ...systemConsultTypes.filter((type) => type !== 'clock-snapshot'),
        ...authoredConsultTypes,
      ),
      body: fc.constantFrom<Record<string, unknown>>(
        {},
        { of: eventId('x'), to: people.cardiologist.id, rule: 'on-call' },
        { promiseMinutes: 5, assignSelf: true, to: people.cardiologist.id, acknowledges: true },
        { reason: 'x', department: people.surgeon.memberships[0]!.department, text: 'x' },
      ),
    });
    fc.assert(
      fc.property(acceptedHistories, addition, (events, { type, body }) => {
        const before = project(events);
        const last = events.at(-1)!;
        const after = project([
          ...events,
          {
            ...last,
            id: eventId('added'),
            n: before.lastN + 1,
            author: systemAuthor,
            type,
            body,
            base: before.lastN,
          },
        ]);
        expect(runningDues(after).map((due) => due.clock)).toEqual(
          runningDues(before).map((due) => due.clock),
        );
        expect(after.status).toBe(before.status);
        expect(after.acknowledgedBy).toBe(before.acknowledgedBy);
      }),
    );
  });

  test('an open consult always has something that runs out, an ended one never', () => {
    let open = 0;
    fc.assert(
      fc.property(acceptedHistories, (events) => {
        const consult = project(events);
        if (isOpen(consult.status)) open++;
        const allStopped = clockNames.every((name) => (consult.clocks?.[name].stoppedAt ?? null) !== null);
        expect(nextDue(consult) !== null).toBe(isOpen(consult.status));
        if (!isOpen(consult.status)) expect(allStopped).toBe(true);
        expect(consult.endedAt === null).toBe(isOpen(consult.status));
      }),
    );
    expect(open).toBeGreaterThan(0);
  });

  test('waiting moves due times later and never further than the waits were long', () => {
    fc.assert(
      fc.property(acceptedHistories, (events) => {
        const { clocks, snapshot, timeline } = project(events);
        const waits = timeline.filter(
          (each) => each.event.type === 'info-requested' && each.withoutEffect === null,
        );
        const longestMs = waits.length * 240 * 60_000;
        for (const name of clockNames) {
          const clock = clocks![name];
          const plainMs = Date.parse(clock.startsAt) + snapshot!.targets[name] * 60_000;
          expect(Date.parse(clock.dueAt)).toBeGreaterThanOrEqual(plainMs);
          expect(Date.parse(clock.dueAt)).toBeLessThanOrEqual(
            plainMs + (name === 'acknowledged' ? 0 : longestMs),
          );
        }
      }),
    );
  });
});

describe('whatever is in the record', () => {
  test('the projection does not trip over it, and tells of it', () => {
    const stranger = fc.record({
      type: fc.oneof(fc.constantFrom(...authoredConsultTypes, ...systemConsultTypes), fc.string()),
      body: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.constant(null as never)),
      author: fc.constantFrom<string>(systemAuthor, people.requester.id),
      v: fc.constantFrom(1, 1, 2),
    });
    fc.assert(
      fc.property(acceptedHistories, fc.array(stranger, { maxLength: 6 }), (events, strangers) => {
        const first = project(events);
        const more = strangers.map((each, i) => ({
          ...story().submitted().last,
          ...each,
          id: eventId(`stranger ${i}`),
          n: first.lastN + i + 1,
        }));
        const consult = project([...events, ...more]);
        expect(consult.timeline).toHaveLength(events.length + more.length);
        expect(consult.timeline.filter((entry) => isStamped(entry.event))).toHaveLength(
          events.length + more.length,
        );
      }),
    );
  });

  test('CON-16 nobody who acknowledged loses a consult by another’s acknowledgement', () => {
    const takeovers = { count: 0 };
    fc.assert(
      fc.property(crowded, (events) => {
        const { timeline } = project(events);
        timeline.forEach(({ event, withoutEffect }, at) => {
          if (event.type !== 'acknowledged' || withoutEffect !== null) return;
          const before = project(timeline.slice(0, at).map((entry) => entry.event));
          const after = project(timeline.slice(0, at + 1).map((entry) => entry.event));
          const held = before.assignee;
          if (held === null || held === after.assignee) return;
          takeovers.count++;
          expect(after.assignee).toBe(event.author);
          expect(before.acknowledgedBy).toBeNull();
          expect(after.acknowledgedBy).toBe(event.author);
        });
      }),
    );
    // It happens at all: a law about nothing shows nothing.
    expect(takeovers.count).toBeGreaterThan(0);
  });

  test('CON-16 an acknowledgement that took effect is never lost by one that is accepted later', () => {
    fc.assert(
      fc.property(crowded, (events) => {
        const { timeline } = project(events);
        timeline.forEach(({ event }, at) => {
          if (event.type !== 'acknowledged') return;
          const before = project(timeline.slice(0, at).map((entry) => entry.event));
          const after = project(timeline.slice(0, at + 1).map((entry) => entry.event));
          if (before.acknowledgedBy !== null) expect(after.acknowledgedBy).toBe(before.acknowledgedBy);
        });
      }),
    );
  });
});
