import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createByteBudget } from '#server/attachments/byte-budget.ts';
import { orphanKeptMs } from '#server/attachments/orphans.ts';
import { addMs } from '#shared/lib/instant.ts';
import { consultId, people } from '#tests/builders.ts';
import { startPatientHospital, type PatientHospital } from '#tests/http/patients/hospital.ts';
import type { TestTablet } from '#tests/http/sync/gateway.ts';
import { announce, fetchChunk, testFile, upload } from './sealed-files.ts';

const consult = consultId('to cardiology');
let hospital: PatientHospital;
let author: TestTablet;

beforeEach(async () => {
  hospital = await startPatientHospital();
  author = await hospital.tablet(people.requester);
  await author.begin(consult);
  await hospital.settled();
});
afterEach(() => hospital.close());

describe('sealed files that no event names', () => {
  async function storeUnnamed(name: string): Promise<ReturnType<typeof testFile>> {
    const file = testFile(consult, name, 800);
    const { files } = hospital.product.attachments;
    await files.put({
      consult,
      file: file.body.file,
      chunk: 0,
      bytes: file.bytes,
      storedAt: hospital.server.clock.now(),
    });
    return file;
  }

  it('go when they are older than any tablet’s absence; what an event names stays for ever', async () => {
    const named = testFile(consult, 'named', 900);
    await announce(author, named);
    await upload(author, named);
    await storeUnnamed('after a restore');
    const { attachments } = hospital.product;
    expect(await attachments.collectOrphans()).toBe(0);
    const before = hospital.server.clock.now();
    hospital.server.clock.set(addMs(before, orphanKeptMs + 1));
    expect(await attachments.collectOrphans()).toBe(1);
    expect(await attachments.collectOrphans()).toBe(0);
    hospital.server.clock.set(before);
    expect((await fetchChunk(author, named.ids[0] ?? '')).status).toBe(200);
  });

  it('those of a consult that is not here are orphans too', async () => {
    const file = testFile(consultId('gone'), 'of a consult that is gone', 800);
    const { files, collectOrphans } = hospital.product.attachments;
    const at = { consult: file.consult, file: file.body.file, chunk: 0, bytes: file.bytes };
    await files.put({ ...at, storedAt: hospital.server.clock.now() });
    hospital.server.clock.advance(orphanKeptMs + 1);
    expect(await collectOrphans()).toBe(1);
    expect(await files.filesAfter(null, 9)).toEqual([]);
  });

  it('of many, none is passed over', async () => {
    const { files, collectOrphans } = hospital.product.attachments;
    for (let made = 0; made < 53; made++) await storeUnnamed(`orphan ${made}`);
    hospital.server.clock.advance(orphanKeptMs + 1);
    expect(await collectOrphans()).toBe(53);
    expect(await files.filesAfter(null, 9)).toEqual([]);
  });
});

describe('a person’s bytes', () => {
  const at = (ms: number) => addMs(hospital.server.clock.now(), ms);

  it('are counted for each alone, and come back with time', () => {
    const budget = createByteBudget({ burst: 100, perSecond: 10 });
    expect(budget.take('a', 80, at(0))).toBe(true);
    expect(budget.take('a', 30, at(0))).toBe(false);
    expect(budget.take('b', 100, at(0))).toBe(true);
    // What was refused was not counted.
    expect(budget.take('a', 20, at(0))).toBe(true);
    expect(budget.take('a', 50, at(4_000))).toBe(false);
    expect(budget.take('a', 50, at(5_000))).toBe(true);
  });
});
