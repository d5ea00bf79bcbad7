import { describe, expect, it } from 'vitest';
import {
  AddFiles,
  addPurpose,
  draftOf,
  isBegunIn,
  type AddFilesParts,
} from '$lib/attachments/add-files.svelte.ts';
import { faultWords, stateWords } from '$lib/attachments/file-words.ts';
import type { Files } from '$lib/attachments/files.ts';
import type { KeptPicture } from '$lib/attachments/picture.ts';
import { openSealed, type SealedFile } from '$lib/attachments/seal.ts';
import type { Draft, SaveFailure } from '$lib/tablet/tablet.ts';
import { authoredConsultBodies } from '#shared/consult/events.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { consultId, storyStart, uuidOf } from '#tests/builders.ts';

const consult = consultId('one');
const pdf = (text = ''): Blob => new Blob([`%PDF-1.7\n${text}`]);
/** A PNG's beginning with its size; what the browser would decode is the test's own. */
const png = (width = 4000, height = 3000): Blob => {
  const bytes = new Uint8Array(40);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(bytes.buffer).setUint32(16, width);
  new DataView(bytes.buffer).setUint32(20, height);
  return new Blob([bytes]);
};

function bench(over: Partial<AddFilesParts> = {}) {
  const kept = new Map<string, SealedFile>();
  const drafts = new Map<string, Draft>();
  const written: { id: string; body: unknown }[] = [];
  const fails: { save: SaveFailure | null; keep: SaveFailure | null } = { save: null, keep: null };
  let made = 0;
  const newId = (): string => uuidOf(`made ${++made}`);
  const act = (id: unknown, body: unknown): Result<never, SaveFailure> | { ok: true; value: never } => {
    if (fails.save !== null) return err(fails.save);
    written.push({ id: String(id), body });
    return ok(id as never);
  };
  const tablet: AddFilesParts['tablet'] = {
    newId,
    now: () => storyStart,
    actOnConsult: (_consult, _type, body, id) => Promise.resolve(act(id, body)),
    jotDraft: (draft) => void drafts.set(draft.id, draft),
    saveDraft(draft) {
      drafts.set(draft.id, draft);
      return Promise.resolve(ok(undefined));
    },
    removeDraft(id) {
      drafts.delete(id);
      return Promise.resolve();
    },
  };
  const files: Pick<Files, 'keep' | 'discard'> = {
    keep(_consult, sealed) {
      if (fails.keep !== null) return Promise.resolve(err(fails.keep));
      for (const one of sealed) kept.set(one.file, one);
      return Promise.resolve(ok(undefined));
    },
    discard(_consult, ids) {
      for (const id of ids) kept.delete(id);
      return Promise.resolve();
    },
  };
  const picture: KeptPicture = {
    picture: new Blob(['the picture']),
    thumbnail: new Blob(['small']),
    placeholder: new Uint8Array([1]),
    width: 2400,
    height: 1800,
  };
  const parts: AddFilesParts = {
    tablet,
    files: () => Promise.resolve(files as Files),
    newId,
    workPicture: () => Promise.resolve(picture),
    ...over,
  };
  return { parts, kept, drafts, written, fails, adding: new AddFiles(parts, consult, null) };
}

describe('CON-10 adding photos and documents', () => {
  it('each is sealed and kept as soon as it is chosen, with a draft that remembers it; an entry each names them', async () => {
    const { adding, kept, drafts, written } = bench();
    await adding.take([png(), pdf()]);
    expect(adding.items.map(({ body }) => body.mediaType)).toEqual(['image/jpeg', 'application/pdf']);
    expect(kept.size).toBe(3);
    expect([...drafts.values()].map(({ purpose }) => purpose)).toEqual([addPurpose(consult)]);
    adding.describe('  Left heel ');
    expect(await adding.add()).toEqual({ ok: true, value: undefined });
    expect(written).toHaveLength(2);
    for (const { body } of written)
      expect(authoredConsultBodies['attachment-added'].parse(body).caption).toBe('Left heel');
    const [{ body } = { body: null }] = written;
    const named = authoredConsultBodies['attachment-added'].parse(body);
    const sealed = kept.get(named.file);
    if (sealed === undefined) throw new Error('not kept');
    expect(new TextDecoder().decode((await openSealed(named, sealed.sealed)) ?? undefined)).toBe(
      'the picture',
    );
    expect(drafts.size).toBe(0);
    expect(adding.items).toEqual([]);
  });

  it('promise 1 an app that dies before they are added finds them again, with the same ids', async () => {
    const { adding, drafts, parts, written } = bench();
    await adding.take([pdf()]);
    adding.describe('Letter');
    const [draft = null] = [...drafts.values()];
    expect(isBegunIn([...drafts.values()], consult)).toBe(true);
    expect(draftOf([...drafts.values()], consult)).toBe(draft);
    expect(draftOf([...drafts.values()], consultId('two'))).toBeNull();
    const again = new AddFiles(parts, consult, draft);
    expect(again.items).toEqual(adding.items);
    expect(again.caption).toBe('Letter');
    await again.add();
    expect(written.map(({ id }) => id)).toEqual(adding.items.map(({ eventId }) => eventId));
  });

  it('words alone are found again, and are nothing begun', async () => {
    const { adding, drafts, parts } = bench();
    await adding.take([new Blob(['hello'])]);
    adding.describe('Left heel');
    const held = [...drafts.values()];
    expect(isBegunIn(held, consult)).toBe(false);
    expect(new AddFiles(parts, consult, draftOf(held, consult)).caption).toBe('Left heel');
  });

  it('a failed write keeps the form: what was not written stays, what was is not written twice', async () => {
    const { adding, fails, written, drafts, parts } = bench();
    await adding.take([pdf('one'), pdf('two')]);
    const act = parts.tablet.actOnConsult.bind(parts.tablet);
    parts.tablet.actOnConsult = async (...asked: Parameters<typeof act>) => {
      const result = await act(...asked);
      fails.save = { type: 'storage-full' };
      return result;
    };
    adding.describe('Both');
    expect(await adding.add()).toEqual({ ok: false, error: { type: 'storage-full' } });
    expect(adding.items).toHaveLength(1);
    expect(adding.caption).toBe('Both');
    expect(drafts.size).toBe(1);
    expect(adding.busy).toBe(false);
    fails.save = null;
    expect((await adding.add()).ok).toBe(true);
    expect(new Set(written.map(({ id }) => id)).size).toBe(2);
  });

  it('a full tablet says so, and the words in the form stay', async () => {
    const { adding, fails } = bench();
    adding.describe('Left heel');
    fails.keep = { type: 'storage-full' };
    await adding.take([png()]);
    expect(adding.fault).toEqual({ type: 'storage-full' });
    expect(adding.caption).toBe('Left heel');
    expect(adding.items).toEqual([]);
    expect(adding.working).toBe(0);
  });

  it('a file that is none does not keep the others out', async () => {
    const { adding } = bench();
    await adding.take([new Blob(['hello']), pdf()]);
    expect(adding.fault).toEqual({ type: 'not-a-picture-or-pdf' });
    expect(adding.items).toHaveLength(1);
  });

  it('a decompression bomb is refused before anything decodes it', async () => {
    let decoded = 0;
    const { adding } = bench({ workPicture: () => Promise.resolve((decoded++, null)) });
    await adding.take([png(60_000, 60_000)]);
    expect(adding.fault).toMatchObject({ type: 'too-many-pixels' });
    expect(decoded).toBe(0);
    await adding.take([png()]);
    expect(adding.fault).toEqual({ type: 'not-decodable' });
  });

  it('a file that goes away while it is read is told', async () => {
    const { adding } = bench();
    const gone = pdf();
    gone.slice = () => {
      throw new DOMException('gone', 'NotReadableError');
    };
    await adding.take([gone]);
    expect(adding.fault).toEqual({ type: 'unreadable' });
  });

  it('what is left out is forgotten, with its thumbnail', async () => {
    const { adding, kept, drafts } = bench();
    await adding.take([png()]);
    const [item] = adding.items;
    if (item === undefined) throw new Error('nothing chosen');
    await adding.leaveOut(item.eventId);
    expect(kept.size).toBe(0);
    expect(drafts.size).toBe(0);
  });
});

describe('words', () => {
  it('every fault has words of its own kind, and none names a file', () => {
    const words = [
      faultWords({ type: 'too-many-bytes', kind: 'pdf', maxBytes: 20 * 1024 * 1024 }),
      faultWords({ type: 'too-many-bytes', kind: 'picture', maxBytes: 40 * 1024 * 1024 }),
      faultWords({ type: 'too-many-pixels', maxPixels: 1 }),
      ...(['not-a-picture-or-pdf', 'damaged', 'empty', 'unreadable', 'storage-full'] as const).map((type) =>
        faultWords({ type }),
      ),
    ];
    expect(new Set(words).size).toBe(words.length);
    expect(words[0]).toContain('20 MB');
  });

  it('what is not sent is called so whatever else is known; what is here needs no word', () => {
    expect(stateWords({ at: 'here' }, true)?.words).toBe('on this tablet only');
    expect(stateWords({ at: 'being-sent', share: 0.404 }, false)?.words).toBe('being sent: 40 %');
    expect(stateWords({ at: 'here' }, false)).toBeNull();
  });
});
