import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { chunkBytes, maxUploadRequestBytes } from '#shared/attachment/limits.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { consultId, departments, fileId, people } from '#tests/builders.ts';
import { startPatientHospital, strangers, type PatientHospital } from '#tests/http/patients/hospital.ts';
import type { TestTablet } from '#tests/http/sync/gateway.ts';
import {
  announce,
  bulkDocs,
  bulkGet,
  changes,
  fetchChunk,
  revOfChunk,
  revsDiff,
  testFile,
  upload,
  uploadOf,
} from './sealed-files.ts';

let hospital: PatientHospital;
let author: TestTablet;
let colleague: TestTablet;
let cardiologist: TestTablet;
let stranger: TestTablet;
const consult = consultId('to cardiology');
const photo = testFile(consult, 'photo', 40_000);
const scan = testFile(consult, 'scan', 3 * chunkBytes + 17);

beforeAll(async () => {
  hospital = await startPatientHospital();
  author = await hospital.tablet(people.requester);
  colleague = await hospital.tablet(people.requesterColleague);
  cardiologist = await hospital.tablet(people.cardiologist);
  stranger = await hospital.tablet(strangers.surgeon);
  await author.begin(consult);
  await hospital.settled();
  await announce(author, photo);
  await upload(author, photo);
  await hospital.settled();
});
afterAll(() => hospital.close());

const refusedAs = async (response: Response): Promise<unknown> => {
  expect(response.status).toBe(200);
  return ((await response.json()) as { reason: string }[]).map(({ reason }) => reason);
};
const json = async (response: Response): Promise<unknown> => {
  expect(response.status).toBe(200);
  return response.json();
};
const bytesOf = async (response: Response): Promise<Buffer> => {
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
};
/** All that can be asked about a file, as one person hears it. */
const heard = async (tablet: TestTablet, of: { ids: readonly string[] }, rev: string) => ({
  changes: await json(await changes(tablet, of.ids)),
  get: await json(
    await bulkGet(
      tablet,
      of.ids.map((id) => ({ id, rev })),
    ),
  ),
  bytes: await Promise.all(of.ids.map(async (id) => (await fetchChunk(tablet, id)).status)),
});

describe('CON-10 what comes in', () => {
  it('a file is not taken before the event that names it is accepted, and is taken after', async () => {
    const late = testFile(consult, 'late', 900);
    expect(await refusedAs(await bulkDocs(author, [uploadOf(late)]))).toEqual(['not-taken']);
    await announce(author, late);
    expect(await refusedAs(await bulkDocs(author, [uploadOf(late)]))).toEqual([]);
    expect((await bytesOf(await fetchChunk(cardiologist, late.ids[0] ?? ''))).equals(late.bytes)).toBe(true);
  });

  it('a file of somebody else, of another consult and of no event are refused alike', async () => {
    const own = testFile(consult, 'own', 700);
    await announce(author, own);
    const elsewhere = { ...uploadOf(own), _id: own.ids[0]?.replace(consult, consultId('other')) ?? '' };
    const unnamed = uploadOf(testFile(consult, 'unnamed', 700));
    const beyond = { ...uploadOf(own), _id: own.ids[0]?.replace(/0$/, '1') ?? '' };
    const rows = [
      await json(await bulkDocs(colleague, [uploadOf(own)])),
      await json(await bulkDocs(author, [elsewhere])),
      await json(await bulkDocs(author, [unnamed])),
      await json(await bulkDocs(author, [beyond])),
      await json(await bulkDocs(author, [{ ...uploadOf(own), _id: 'MRN-1' }])),
    ];
    expect(rows.map((answer) => (answer as { reason: string; error: string }[])[0]?.reason)).toEqual(
      Array.from({ length: 5 }, () => 'not-taken'),
    );
    expect((await fetchChunk(author, own.ids[0] ?? '')).status).toBe(404);
  });

  it('a truncated blob and one with other bytes are refused, and the right one is taken after them', async () => {
    const file = testFile(consult, 'truncated', 5_000);
    await announce(author, file);
    expect(await refusedAs(await bulkDocs(author, [uploadOf(file, 0, file.bytes.subarray(1))]))).toEqual([
      'wrong-size',
    ]);
    const other = Buffer.from(file.bytes).fill(0, 100, 200);
    expect(await refusedAs(await bulkDocs(author, [uploadOf(file, 0, other)]))).toEqual(['wrong-digest']);
    const lying = { ...uploadOf(file), _rev: revOfChunk(photo) };
    expect(await refusedAs(await bulkDocs(author, [lying]))).toEqual(['wrong-digest']);
    await upload(author, file);
    expect((await bytesOf(await fetchChunk(author, file.ids[0] ?? ''))).equals(file.bytes)).toBe(true);
  });

  it('an upload that was cut goes on at the chunk it had come to, and nobody sees a part of a file', async () => {
    await announce(author, scan);
    expect(scan.ids).toHaveLength(4);
    await json(await bulkDocs(author, [uploadOf(scan, 0), uploadOf(scan, 2)]));
    const asked = Object.fromEntries(scan.ids.map((id, chunk) => [id, [revOfChunk(scan, chunk)]]));
    expect(Object.keys((await json(await revsDiff(author, asked))) as object)).toEqual([
      scan.ids[1],
      scan.ids[3],
    ]);
    expect((await fetchChunk(cardiologist, scan.ids[0] ?? '')).status).toBe(404);
    expect(await json(await changes(cardiologist, scan.ids))).toMatchObject({ results: [] });
    await json(await bulkDocs(author, [uploadOf(scan, 1), uploadOf(scan, 3)]));
    expect(await json(await revsDiff(author, asked))).toEqual({});
    const parts = await Promise.all(scan.ids.map(async (id) => bytesOf(await fetchChunk(cardiologist, id))));
    expect(Buffer.concat(parts).equals(scan.bytes)).toBe(true);
  });

  it('chunks that are not the file together are thrown away with the last of them', async () => {
    const file = testFile(consult, 'swapped', 2 * chunkBytes + 5);
    await announce(author, file);
    const wrong = Buffer.from(file.bytes.subarray(0, chunkBytes)).fill(7, 0, 9);
    expect(await refusedAs(await bulkDocs(author, [uploadOf(file, 0, wrong), uploadOf(file, 1)]))).toEqual(
      [],
    );
    expect(await refusedAs(await bulkDocs(author, [uploadOf(file, 2)]))).toEqual(['wrong-digest']);
    const asked = { [file.ids[0] ?? '']: [revOfChunk(file)] };
    expect(Object.keys((await json(await revsDiff(author, asked))) as object)).toHaveLength(1);
    await upload(author, file);
    expect((await fetchChunk(author, file.ids[0] ?? '')).status).toBe(200);
  });

  it('the same chunk twice is one chunk', async () => {
    await upload(author, photo);
    expect((await bytesOf(await fetchChunk(author, photo.ids[0] ?? ''))).equals(photo.bytes)).toBe(true);
  });

  it.each([
    ['edits of its own', { docs: [uploadOf(photo)], new_edits: true }],
    ['a tombstone', { docs: [{ ...uploadOf(photo), _deleted: true }], new_edits: false }],
    ['a second revision', { docs: [{ ...uploadOf(photo), _rev: `2-${'a'.repeat(32)}` }], new_edits: false }],
    ['fields in the clear', { docs: [{ ...uploadOf(photo), name: 'Jane Roe.jpg' }], new_edits: false }],
    ['seven at once', { docs: Array.from({ length: 7 }, () => uploadOf(photo)), new_edits: false }],
    ['nothing', { docs: [], new_edits: false }],
  ])('refuses %s', async (_what, body) => {
    expect((await author.session.post('/api/attachments/files/_bulk_docs', body)).status).toBe(400);
  });

  it('refuses what is packed, and what is larger than any request of ours', async () => {
    const packed = await author.session.request('/api/attachments/files/_bulk_docs', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: JSON.stringify({ docs: [uploadOf(photo)], new_edits: false }),
    });
    expect(packed.status).toBe(415);
    const large = await author.session.request('/api/attachments/files/_bulk_docs', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'x'.repeat(maxUploadRequestBytes + 1),
    });
    expect(large.status).toBe(413);
  });
});

describe('promise 5: who is given what', () => {
  const rev = revOfChunk(photo);
  const nobodys = testFile(consultId('nowhere'), 'nowhere', 900);

  it.each([
    ['the author', () => author],
    ['a colleague of the requesting department', () => colleague],
    ['the receiving department', () => cardiologist],
  ])('%s is given it', async (_who, tablet) => {
    expect(await heard(tablet(), photo, rev)).toMatchObject({
      changes: { results: [{ seq: 1, id: photo.ids[0], changes: [{ rev }] }], last_seq: 1 },
      get: { results: [{ docs: [{ ok: { _id: photo.ids[0], _rev: rev } }] }] },
      bytes: [200],
    });
  });

  it('FM-33 who is outside hears of a file that is there exactly what they hear of one that is not', async () => {
    const theirs = await heard(stranger, photo, rev);
    const none = await heard(stranger, nobodys, rev);
    const sameIds = (answer: unknown): unknown =>
      JSON.parse(JSON.stringify(answer).replaceAll(photo.ids[0] ?? '', nobodys.ids[0] ?? ''));
    expect(sameIds(theirs)).toEqual(none);
    expect(theirs.bytes).toEqual([404]);
    const diff = async (id: string) => json(await revsDiff(stranger, { [id]: [rev] }));
    const ids = [photo.ids[0] ?? '', nobodys.ids[0] ?? ''] as const;
    expect(Object.values((await diff(ids[0])) as object)).toEqual(
      Object.values((await diff(ids[1])) as object),
    );
  });

  it('FM-33 another’s file is “missing” even to those who may read it: what is stored is not told by asking what to send', async () => {
    const id = photo.ids[0] ?? '';
    expect(await json(await revsDiff(colleague, { [id]: [rev] }))).toEqual({ [id]: { missing: [rev] } });
  });

  it('PAT-5 who opened the patient with a reason is given their files, for an hour', async () => {
    const covering = await hospital.tablet(people.surgeon);
    expect((await fetchChunk(covering, photo.ids[0] ?? '')).status).toBe(404);
    const before = hospital.server.clock.now();
    const patient = (await hospital.consult(consult)).patient;
    const reason = { kind: 'covering', words: 'Night cover' };
    expect((await covering.session.post(`/api/patients/${patient}/open`, { reason })).status).toBe(200);
    expect((await fetchChunk(covering, photo.ids[0] ?? '')).status).toBe(200);
    hospital.server.clock.set(addMinutes(before, 61));
    expect((await fetchChunk(covering, photo.ids[0] ?? '')).status).toBe(404);
    hospital.server.clock.set(before);
  });

  it('who leaves the department is given nothing any more', async () => {
    const leaving = await hospital.tablet(people.cardiologist2);
    expect((await fetchChunk(leaving, photo.ids[0] ?? '')).status).toBe(200);
    await hospital.server.putDirectory([
      {
        ...people.cardiologist2,
        memberships: people.cardiologist2.memberships.map((held) => ({
          ...held,
          department: departments.surgery.id,
        })),
      },
    ]);
    expect((await fetchChunk(leaving, photo.ids[0] ?? '')).status).toBe(404);
  });

  it('a rev that is not the chunk’s own is not there, nor what is no id', async () => {
    const id = photo.ids[0] ?? '';
    expect((await fetchChunk(author, id, `?rev=1-${'0'.repeat(32)}`)).status).toBe(404);
    expect((await fetchChunk(author, id, `?rev=${rev}`)).status).toBe(200);
    for (const odd of ['x', `${id}9`, id.toUpperCase(), `${consult}.${fileId('no')}.0`, '_design%2Fx', '..'])
      expect((await fetchChunk(author, odd)).status).toBe(404);
  });
});

describe('the narrow protocol', () => {
  it('nothing else of CouchDB is there', async () => {
    const paths = ['_all_docs', '_local/x', '_design/x', '_find', '_security', '_all_dbs', '_revs_diff'];
    for (const path of [...paths, photo.ids[0] ?? '']) {
      const response = await author.session.get(`/api/attachments/files/${path}`);
      expect([404, 405]).toContain(response.status);
    }
    expect((await author.session.put('/api/attachments/files', {})).status).toBe(405);
    expect((await author.session.delete('/api/attachments/files')).status).toBe(405);
  });

  it('the changes of everything are not told, nor live ones', async () => {
    for (const query of [
      'since=0',
      'filter=_view',
      'filter=_doc_ids&feed=longpoll',
      'filter=_doc_ids&since=x',
    ])
      expect((await changes(author, photo.ids, query)).status).toBe(400);
    const all = await author.session.post('/api/attachments/files/_changes?filter=_doc_ids', {});
    expect(all.status).toBe(400);
  });

  it('its database says the same whatever is stored', async () => {
    expect(await json(await author.session.get('/api/attachments/files/'))).toEqual({
      db_name: 'files',
      update_seq: 0,
      doc_count: 0,
    });
    expect(await json(await author.session.get('/api/attachments/'))).toMatchObject({ couchdb: 'Welcome' });
  });

  it('the pages of changes go on where they were and end', async () => {
    const first = await json(await changes(cardiologist, scan.ids, 'filter=_doc_ids&since=0&limit=3'));
    expect(first).toMatchObject({ results: [{ seq: 1 }, { seq: 2 }, { seq: 3 }], last_seq: 3 });
    const second = await json(await changes(cardiologist, scan.ids, 'filter=_doc_ids&since=3&limit=3'));
    expect(second).toMatchObject({ results: [{ seq: 4 }], last_seq: 4 });
    expect(await json(await changes(cardiologist, scan.ids, 'filter=_doc_ids&since=4'))).toMatchObject({
      results: [],
      last_seq: 4,
    });
  });

  it('asks for a session on every route', async () => {
    const asked: [string, string][] = [
      ['GET', ''],
      ['GET', '/files'],
      ['POST', '/files/_changes?filter=_doc_ids'],
      ['POST', '/files/_revs_diff'],
      ['POST', '/files/_bulk_docs'],
      ['POST', '/files/_bulk_get'],
      ['GET', `/files/${photo.ids[0] ?? ''}/sealed`],
    ];
    for (const [method, path] of asked) {
      const response = await hospital.server.app.request(`/api/attachments${path}`, {
        method,
        headers: { 'content-type': 'application/json', 'hc-slot': '0', origin: 'https://consult.test' },
        ...(method === 'POST' ? { body: '{}' } : {}),
      });
      expect([path, response.status]).toEqual([path, 401]);
    }
  });
});

describe('AUD-1 reads', () => {
  test('are recorded before the bytes leave, once for all chunks of a file', async () => {
    const reader = await hospital.tablet(people.head);
    for (const id of scan.ids) await bytesOf(await fetchChunk(reader, id));
    const entries = (await hospital.audited()).filter(
      ({ action, actor }) => action === 'attachment.read' && actor?.person === people.head.id,
    );
    expect(entries.map(({ subjects }) => subjects)).toEqual([[consult, scan.body.file]]);
  });

  test('when the record of it cannot be kept, nothing leaves', async () => {
    const reader = await hospital.tablet(people.receiver);
    const audit = hospital.server.store.database('audit');
    const write = audit.write.bind(audit);
    audit.write = () => Promise.reject(new Error('disk'));
    try {
      for (const _again of [1, 2])
        expect((await fetchChunk(reader, photo.ids[0] ?? '')).status).toBeGreaterThanOrEqual(500);
    } finally {
      audit.write = write;
    }
  });
});
