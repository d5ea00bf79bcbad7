import { describe, expect, test } from 'vitest';
import { canonicalEvent, canonicalJson } from '#shared/event/canonical.ts';
import { fullShare, maxDocumentBytes, maxEventBytes, type EventDocument } from '#shared/event/envelope.ts';
import { mergeEventDocuments, mergeEvents } from '#shared/event/merge.ts';
import { compareEvents } from '#shared/event/order.ts';
import { cannotBeFull, eventsBytes, fullnessOf, utf8Bytes } from '#shared/event/size.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { authored, consultId, eventId, stamped, story, storyStart } from '#tests/builders.ts';

const a = stamped(authored('note-added', undefined, { id: eventId('a'), lamport: 5 }), 4, storyStart);

describe('order', () => {
  test.each([
    ['acceptance before cause', stamped({ ...a, lamport: 9 }, 3, storyStart), a],
    ['cause where acceptance is the same', stamped({ ...a, lamport: 4 }, 4, storyStart), a],
    [
      'id where cause is the same too',
      stamped({ ...a, id: '00000000-0000-4000-8000-000000000000' as never }, 4, storyStart),
      a,
    ],
    ['the accepted before the unsent', a, authored('note-added', undefined, { lamport: 1 })],
    [
      'whatever the clock says',
      stamped({ ...a, occurredAt: addMinutes(storyStart, 9999) }, 3, storyStart),
      a,
    ],
  ])('%s', (_, first, second) => {
    expect(compareEvents(first, second)).toBeLessThan(0);
    expect(compareEvents(second, first)).toBeGreaterThan(0);
  });
});

describe('two copies of one event', () => {
  test('the stamped one stays', () => {
    const { n: _n, receivedAt: _at, via: _via, seal: _seal, ...unsent } = a;
    expect(mergeEvents([unsent], [a])).toEqual([a]);
  });
  test('the smallest stamps stay', () => {
    const later = { ...a, receivedAt: addMinutes(storyStart, 1) };
    expect(mergeEvents([later], [{ ...a, n: 5 }], [a])).toEqual([a]);
  });
});

describe('canonical bytes', () => {
  test('have sorted keys, no white space and no stamps', () => {
    expect(canonicalJson({ b: [1.0, true, null], a: 'é', Z: undefined })).toBe('{"a":"é","b":[1,true,null]}');
    expect(canonicalEvent(a)).toBe(canonicalEvent({ ...a, n: 9, seal: 'other', via: 'parcel' }));
    expect(canonicalEvent(a)).not.toBe(canonicalEvent({ ...a, lamport: 6 }));
  });
  test.each([Number.NaN, Number.POSITIVE_INFINITY, () => 1])('there are none for %s', (value) => {
    expect(() => canonicalJson({ value })).toThrow(TypeError);
  });
});

describe('documents', () => {
  const document = (id: string, over: Record<string, unknown> = {}): EventDocument => ({
    kind: 'consult',
    id,
    events: [a],
    ...over,
  });
  test('of another id or kind are never merged', () => {
    const one = document(consultId('one'));
    expect(() => mergeEventDocuments(one, document(consultId('two')))).toThrow();
    expect(() => mergeEventDocuments(one, { ...one, kind: 'patient' })).toThrow();
  });
});

describe('size', () => {
  test.each(['', 'plain', 'é', 'شکریہ', '👍👍', 'a\ud800b'])('%j in UTF-8', (text) => {
    expect(utf8Bytes(text)).toBe(new TextEncoder().encode(text).length);
  });
  test('is the tighter of bytes and events', () => {
    const few = story()
      .submitted()
      .events.filter(({ author }) => author !== 'system');
    expect(fullnessOf(story().submitted().events)).toBe(fullnessOf(few));
    expect(fullnessOf(few)).toBe(eventsBytes(few) / maxDocumentBytes);
    expect(fullnessOf(Array.from({ length: 900 }, () => ({ ...a, body: {} })))).toBeCloseTo(0.9);
  });
  test('is not measured where it cannot matter, and is where it can', () => {
    const largest = {
      ...a,
      body: { text: 'x'.repeat(maxEventBytes - JSON.stringify({ ...a, body: { text: '' } }).length) },
    };
    for (let count = 1; count < 20; count++) {
      const events = Array.from({ length: count }, () => largest);
      if (cannotBeFull(events)) expect(fullnessOf(events)).toBeLessThan(fullShare);
    }
    expect(cannotBeFull([largest])).toBe(true);
    expect(cannotBeFull(Array.from({ length: 20 }, () => largest))).toBe(false);
  });
});
