import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { chunkCount, chunkRange } from '#shared/attachment/chunks.ts';
import { readHead } from '#shared/attachment/file-head.ts';
import { chunkBytes, maxSealedBytes, wholeUpToBytes } from '#shared/attachment/limits.ts';
import { filesNamedIn } from '#shared/attachment/named-files.ts';
import { gridOf, parsePlaceholder, placeholderBytes } from '#shared/attachment/placeholder.ts';
import { parseSealedId, sealedIdsOf, sealedIdText } from '#shared/attachment/sealed-id.ts';
import type { ConsultId, FileId } from '#shared/lib/id.ts';
import { authored, consultId, fileId, people, sampleBodies, stamped, storyStart } from '#tests/builders.ts';

const sizes = fc.oneof(
  fc.integer({ min: 1, max: maxSealedBytes }),
  fc.constantFrom(1, wholeUpToBytes, wholeUpToBytes + 1, maxSealedBytes),
  fc
    .integer({ min: 1, max: 40 })
    .chain((count) => fc.constantFrom(count * chunkBytes - 1, count * chunkBytes, count * chunkBytes + 1)),
);

describe('chunks', () => {
  test('put together they are the file: no byte twice, none missing, none empty, none above the limit', () => {
    fc.assert(
      fc.property(sizes, (sizeBytes) => {
        let end = 0;
        for (let chunk = 0; chunk < chunkCount(sizeBytes); chunk++) {
          const range = chunkRange(sizeBytes, chunk);
          expect(range?.start).toBe(end);
          end = range?.end ?? 0;
          const bytes = end - (range?.start ?? 0);
          expect(bytes).toBeGreaterThan(0);
          expect(bytes).toBeLessThanOrEqual(sizeBytes <= wholeUpToBytes ? wholeUpToBytes : chunkBytes);
        }
        expect(end).toBe(sizeBytes);
      }),
    );
  });

  test('there is none before the first, behind the last, or between two', () => {
    fc.assert(
      fc.property(sizes, fc.double(), (sizeBytes, index) => {
        const isOne = Number.isInteger(index) && index >= 0 && index < chunkCount(sizeBytes);
        expect(chunkRange(sizeBytes, index) !== null).toBe(isOne);
      }),
    );
    expect(chunkRange(0, 0)).toBeNull();
  });

  it.each([
    [1, 1],
    [wholeUpToBytes, 1],
    [wholeUpToBytes + 1, 3],
    [2 * wholeUpToBytes, 4],
  ])('%i bytes travel in %i', (sizeBytes, count) => {
    expect(chunkCount(sizeBytes)).toBe(count);
  });
});

describe('ids of chunks', () => {
  test('what is written is read, each chunk under one id', () => {
    fc.assert(
      fc.property(fc.uuid({ version: 4 }), fc.uuid({ version: 4 }), sizes, (consult, file, sizeBytes) => {
        const ids = sealedIdsOf(consult as ConsultId, file as FileId, sizeBytes);
        const texts = ids.map(sealedIdText);
        expect(new Set(texts).size).toBe(ids.length);
        expect(texts.map(parseSealedId)).toEqual(ids);
      }),
    );
  });

  test('any other text is no id, and reading it never throws', () => {
    const one = sealedIdText({ consult: consultId('one'), file: fileId('one'), chunk: 3 });
    for (const odd of [
      `${one}9999`,
      ` ${one}`,
      one.toUpperCase(),
      one.replace('.3', '.03'),
      one.replace('.3', '.-1'),
    ])
      expect(parseSealedId(odd)).toBeNull();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseSealedId(text)).toBeNull();
      }),
    );
  });
});

describe('what is drawn before a picture is here', () => {
  test('comes back as it was, and never takes more than 100 bytes', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 20, noNaN: true }),
        fc.infiniteStream(fc.nat(255)),
        (aspect, stream) => {
          const grid = gridOf(aspect);
          const colours = Uint8Array.from(
            { length: grid.columns * grid.rows * 3 },
            () => (stream.next().value as number | undefined) ?? 0,
          );
          const bytes = placeholderBytes({ aspect, ...grid, colours });
          expect(bytes.length).toBeLessThanOrEqual(100);
          const parsed = parsePlaceholder(bytes);
          expect(parsed).toMatchObject({ ...grid, colours });
          expect(parsed?.aspect).toBeCloseTo(aspect, 2);
        },
      ),
    );
  });

  test('no bytes of a stranger make it throw or draw more than there is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 140 }), (bytes) => {
        const parsed = parsePlaceholder(bytes);
        if (parsed !== null) expect(parsed.colours.length).toBe(parsed.columns * parsed.rows * 3);
      }),
    );
  });
});

describe('heads of files', () => {
  test('no bytes of a stranger make reading them throw or hang', () => {
    const starts = fc.constantFrom(
      [0xff, 0xd8, 0xff],
      [0x89, 0x50, 0x4e, 0x47],
      [0x52, 0x49, 0x46, 0x46],
      [0x25, 0x50, 0x44, 0x46],
      [],
    );
    fc.assert(
      fc.property(starts, fc.uint8Array({ maxLength: 2_000 }), fc.nat(), (start, rest, sizeBytes) => {
        expect(typeof readHead(Uint8Array.from([...start, ...rest]), sizeBytes).ok).toBe('boolean');
      }),
    );
  });
});

describe('the files a consult names', () => {
  const body = sampleBodies['attachment-added'];
  const added = (author: string, over: Partial<typeof body> = {}, lamport = 1) =>
    authored(
      'attachment-added',
      { ...body, ...over },
      { author: author as typeof people.requester.id, lamport },
    );

  it('of two that name one id the first counts: nobody takes over what another has named', () => {
    const first = stamped(added(people.requester.id), 1, storyStart);
    const second = stamped(added(people.cardiologist.id, { digest: 'cd'.repeat(32) }), 2, storyStart);
    expect(filesNamedIn([first, second])).toMatchObject([
      { author: people.requester.id, digest: body.digest },
    ]);
  });

  it('a thumbnail is a file of its own; what is not accepted says so', () => {
    const thumbnail = { file: fileId('small'), key: 'a2V5', digest: 'ef'.repeat(32), sizeBytes: 90 };
    expect(filesNamedIn([added(people.requester.id, { thumbnail })])).toMatchObject([
      { file: body.file, part: 'whole', isAccepted: false },
      { file: thumbnail.file, part: 'thumbnail', isAccepted: false, sizeBytes: 90 },
    ]);
  });

  it('an event this build cannot read names none', () => {
    const odd = { ...stamped(added(people.requester.id), 1, storyStart), body: { file: 'x' } };
    expect(filesNamedIn([odd])).toEqual([]);
  });
});
