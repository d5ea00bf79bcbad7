import { describe, expect, test } from 'vitest';
import {
  authoredConsultTypes,
  systemConsultTypes,
  type AuthoredConsultType,
} from '#shared/consult/events.ts';
import { maxEventBytes } from '#shared/event/envelope.ts';
import { parseAuthoredEvent, parseAuthoredEventOfAnyKind } from '#shared/event/parse.ts';
import { authored, eventId, patientContent, sampleBodies } from '#tests/builders.ts';

const note = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...authored('note-added'),
  ...over,
});
const refusalOf = (raw: unknown): { code: string; path: string } => {
  const parsed = parseAuthoredEvent('consult', raw);
  if (parsed.ok) throw new Error('was accepted');
  return { code: parsed.error.code, path: parsed.error.path };
};
const patientEvent = (type: string, body: Record<string, unknown>): Record<string, unknown> =>
  note({ type, body });

describe('parsing an act', () => {
  test.each(authoredConsultTypes)('%s is accepted unchanged', (type: AuthoredConsultType) => {
    const event = authored(type, sampleBodies[type]);
    const parsed = parseAuthoredEvent('consult', JSON.parse(JSON.stringify(event)));
    expect(parsed).toEqual({ ok: true, value: event });
  });

  test.each(systemConsultTypes)('%s is the server’s alone', (type) => {
    expect(refusalOf(note({ type, body: {} }))).toEqual({ code: 'unknown-type', path: 'type' });
  });

  test.each(['constructor', 'to-string', 'registered'])('%s is no type of a consult', (type) => {
    expect(refusalOf(note({ type }))).toEqual({ code: 'unknown-type', path: 'type' });
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['text', 'note'],
    ['a list', [authored('note-added')]],
    ['a function', () => 1],
  ])('%s is refused', (_, raw) => expect(refusalOf(raw).code).toBe('malformed'));

  test.each([
    ['no author', { author: undefined }, 'author'],
    ['an author who is no id', { author: 'Dr A' }, 'author'],
    ['version 2', { v: 2 }, 'v'],
    ['a lamport of 0', { lamport: 0 }, 'lamport'],
    ['a lamport beyond all bounds', { lamport: 1e9 }, 'lamport'],
    ['a negative base', { base: -1 }, 'base'],
    ['a local time', { occurredAt: '2026-03-02T08:00:00+05:00' }, 'occurredAt'],
    ['a system id', { id: `${eventId('x')}:numbered` }, 'id'],
    ['an empty text', { body: { kind: 'progress', text: '  ' } }, 'body.text'],
    ['a body without its field', { body: { kind: 'progress' } }, 'body.text'],
    ['another body', { body: { text: 'x', kind: 'gossip' } }, 'body.kind'],
  ])('%s is refused, naming the place', (_, over, path) => {
    const raw: Record<string, unknown> = note(over);
    for (const [key, value] of Object.entries(raw)) if (value === undefined) Reflect.deleteProperty(raw, key);
    expect(refusalOf(raw)).toEqual({ code: 'malformed', path });
  });

  test('a stamp in a tablet’s hand is refused', () =>
    expect(refusalOf(note({ n: 3 })).code).toBe('malformed'));

  test('neither path nor code echoes what was sent', () => {
    const secret = 'Mrs-Secret';
    for (const raw of [
      note({ [secret]: 1 }),
      note({ body: { kind: 'progress', text: 'x', [secret]: 1 } }),
      note({ body: { [secret]: { [secret]: '\ud800' } } }),
      note({ type: secret }),
    ]) {
      expect(JSON.stringify(refusalOf(raw))).not.toContain(secret);
    }
  });

  test.each([
    ['in the text', { body: { kind: 'progress', text: 'a\ud800b' } }],
    ['in a key', { body: { kind: 'progress', text: 'x', '\udc00': 1 } }],
    ['deep down', { body: { kind: 'progress', text: 'x', more: [{ deep: '\ud83d' }] } }],
  ])('a lone surrogate %s is refused', (_, over) => expect(refusalOf(note(over)).code).toBe('malformed'));

  test('a surrogate pair is text', () => {
    expect(parseAuthoredEvent('consult', note({ body: { kind: 'progress', text: 'ok 👍' } })).ok).toBe(true);
  });

  test.each(['__proto__', 'constructor', 'prototype'])('the key %s is refused wherever it stands', (key) => {
    const body = JSON.parse(`{"kind":"progress","text":"x","${key}":{"admin":true}}`) as Record<
      string,
      unknown
    >;
    expect(refusalOf(note({ body })).code).toBe('malformed');
    const outside = JSON.parse(JSON.stringify(note()).replace('{', `{"${key}":{},`)) as Record<
      string,
      unknown
    >;
    expect(refusalOf(outside).code).toBe('malformed');
  });

  test('10 MB of text is too large, and is not read to its end', () => {
    expect(refusalOf(note({ body: { kind: 'progress', text: 'x'.repeat(10_000_000) } })).code).toBe(
      'too-large',
    );
  });

  test('bytes count, not letters', () => {
    // Each part is allowed by itself; together they are over the limit only as UTF-8.
    const text = (units: number): string => 'ش'.repeat(units);
    const body = {
      ...sampleBodies.completed,
      findings: text(8000),
      recommendations: Array.from({ length: 9 }, (_, i) => ({
        id: `r${i}`,
        text: text(1000),
        dose: '',
        duration: '',
        stopOn: null,
      })),
    };
    const raw = authored('completed', body);
    expect(JSON.stringify(raw).length).toBeLessThan(maxEventBytes);
    expect(refusalOf(raw).code).toBe('too-large');
  });

  test('nesting without end is refused', () => {
    let deep: unknown = 'x';
    for (let i = 0; i < 5000; i++) deep = [deep];
    expect(refusalOf(note({ body: { kind: 'progress', text: deep } })).code).toBe('malformed');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1n])('%s is not JSON', (value) => {
    expect(refusalOf(note({ body: { kind: 'progress', text: 'x', value } })).code).toBe('malformed');
  });
});

describe('parsing an act of either kind', () => {
  test.each([
    ['note-added', authored('note-added'), 'consult'],
    ['corrected, of a consult', authored('corrected'), 'consult'],
    ['registered', patientEvent('registered', { content: patientContent() }), 'patient'],
    [
      'corrected, of a patient',
      patientEvent('corrected', { changes: { name: 'New' }, reason: 'Typo.' }),
      'patient',
    ],
    ['died', patientEvent('died', { note: '' }), 'patient'],
  ])('%s', (_, raw, kind) => {
    const parsed = parseAuthoredEventOfAnyKind(raw);
    expect(parsed.ok && parsed.value.kind).toBe(kind);
  });

  test.each([
    ['an unknown type', note({ type: 'exploded' }), 'unknown-type'],
    ['a fact of the server', note({ type: 'arrived-late' }), 'unknown-type'],
    ['no object', 3, 'malformed'],
    ['no type', {}, 'malformed'],
  ])('%s is refused', (_, raw, code) => {
    const parsed = parseAuthoredEventOfAnyKind(raw);
    expect(!parsed.ok && parsed.error.code).toBe(code);
  });
});
