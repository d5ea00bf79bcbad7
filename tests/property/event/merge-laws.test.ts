import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '#shared/event/canonical.ts';
import type { EventDocument, HeldEvent } from '#shared/event/envelope.ts';
import { mergeEventDocuments, mergeEvents } from '#shared/event/merge.ts';
import { consultId } from '#tests/builders.ts';
import { histories, unsentCopyOf } from '../consult/histories.ts';

/** Two bits an event: whether a copy holds it, and whether it holds it with its stamps. */
const copyOf = (events: readonly HeldEvent[], seed: readonly number[]): HeldEvent[] =>
  events.flatMap((event, i) => {
    const bits = seed[i % seed.length] ?? 0;
    if ((bits & 1) === 0) return [];
    if ((bits & 2) === 0) return [event];
    // Another gateway stamped it as well, before the two stores met.
    if ((bits & 4) === 0 && event.n !== undefined)
      return [{ ...event, n: event.n + (bits >> 3) + 1, seal: 'other' }];
    return [unsentCopyOf(event)];
  });
const bits = fc.array(fc.nat(31), { minLength: 1, maxLength: 30 });
const threeCopies = fc
  .tuple(histories, bits, bits, bits)
  .map(([events, a, b, c]) => [copyOf(events, a), copyOf(events, b), copyOf(events, c)] as const);

describe('merging copies of a document', () => {
  test('commutes', () => {
    fc.assert(
      fc.property(threeCopies, ([a, b]) => {
        expect(mergeEvents(a, b)).toEqual(mergeEvents(b, a));
      }),
    );
  });
  test('associates', () => {
    fc.assert(
      fc.property(threeCopies, ([a, b, c]) => {
        expect(mergeEvents(mergeEvents(a, b), c)).toEqual(mergeEvents(a, mergeEvents(b, c)));
      }),
    );
  });
  test('repeats without change', () => {
    fc.assert(
      fc.property(threeCopies, ([a, b]) => {
        const merged = mergeEvents(a, b);
        expect(mergeEvents(merged, a, b, merged)).toEqual(merged);
      }),
    );
  });
  test('loses no event, and no stamp that anybody has', () => {
    fc.assert(
      fc.property(threeCopies, ([a, b, c]) => {
        const merged = new Map(mergeEvents(a, b, c).map((event) => [event.id, event]));
        for (const event of [...a, ...b, ...c]) {
          expect(merged.has(event.id)).toBe(true);
          if (event.n !== undefined) expect(merged.get(event.id)!.n).toBeLessThanOrEqual(event.n);
        }
        expect(merged.size).toBe(new Set([...a, ...b, ...c].map((event) => event.id)).size);
      }),
    );
  });
  test('of two different contents under one id every replica keeps the same', () => {
    fc.assert(
      fc.property(histories, fc.string(), fc.string(), ([event], one, two) => {
        const a = { ...event!, body: { text: one } };
        const b = { ...event!, body: { text: two } };
        expect(mergeEvents([a], [b])).toEqual(mergeEvents([b], [a]));
        // What the server has accepted is the record, whatever an outbox says under the same id.
        expect(mergeEvents([unsentCopyOf(a)], [b])).toEqual([b]);
        expect(mergeEvents([a], [unsentCopyOf(b)])).toEqual([a]);
      }),
    );
  });
});

describe('fields and types of a newer build', () => {
  const extra = fc.dictionary(fc.constantFrom('shape', 'colour', 'weight'), fc.jsonValue());
  const document = (events: readonly HeldEvent[], more: Record<string, unknown>): EventDocument => ({
    ...more,
    kind: 'consult',
    id: consultId('one'),
    events: [...events],
  });

  test('FM-15 are carried: an older build rewrites a newer document and nothing is missing', () => {
    fc.assert(
      fc.property(histories, extra, extra, (events, onDocument, onEvent) => {
        const newer = events.map((event, i) =>
          i % 3 === 1
            ? { ...event, ...onEvent, v: 2, type: `newer-${event.type}`, body: { ...onEvent } }
            : event,
        );
        const merged = mergeEventDocuments(document(newer, onDocument), document(events.slice(0, 1), {}));
        expect(merged).toEqual(document(mergeEvents(newer), onDocument));
        expect(new Set(merged.events.map(canonicalJson))).toEqual(new Set(newer.map(canonicalJson)));
      }),
    );
  });
  test('that differ merge the same way on every replica', () => {
    fc.assert(
      fc.property(histories, extra, extra, extra, (events, a, b, c) => {
        const [one, two, three] = [a, b, c].map((more) => document(events, more)) as [
          EventDocument,
          EventDocument,
          EventDocument,
        ];
        expect(mergeEventDocuments(one, two)).toEqual(mergeEventDocuments(two, one));
        expect(mergeEventDocuments(mergeEventDocuments(one, two), three)).toEqual(
          mergeEventDocuments(one, mergeEventDocuments(two, three)),
        );
      }),
    );
  });
});
