import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { personOfRow } from '#server/staff-import/preview.ts';
import { databaseNames } from '#server/store/port.ts';
import { maxFileBytes, importListSchema, invitationsSchema } from '#shared/staff-import/protocol.ts';
import { chief, doctor, doctorEmail, staffManagerEmail } from '#tests/http/people.ts';
import { startImportServer, titles, type ImportServer } from './import-server.ts';

vi.setConfig({ testTimeout: 30_000 });

let hospital: ImportServer;
beforeEach(async () => {
  hospital = await startImportServer();
});
afterEach(() => hospital.server.close());

const noor = 'Noor Fatima,noor@hospital.test,registrar,ADMIN,doctor';
const file = (...rows: string[]): string => `${titles}\n${rows.join('\n')}\n`;
const personNow = (id: string | null) =>
  [...hospital.server.parts.directory.current().people.values()].find((one) => one.id === id);
const privatePlaces = async (): Promise<number> => hospital.server.store.database('accounts').count();

describe('PEO-6 importing staff', () => {
  it('writes nobody before it is confirmed, then says what became of each row', async () => {
    const before = hospital.server.parts.directory.current().people.size;
    const preview = await hospital.previewed(
      file(
        noor,
        'Omar Doctor-Khan,doctor@hospital.test,surgeon,ADMIN,doctor',
        'Ines Chief,chief@hospital.test,administrator,ADMIN,administrator',
      ),
    );
    expect(preview.counts).toEqual({ create: 1, change: 0, reactivate: 0, unchanged: 1, wrong: 1 });
    expect(preview.id).toBeNull();

    const good = await hospital.previewed(
      file(
        noor,
        'Omar Doctor-Khan,doctor@hospital.test,administrator,ADMIN,doctor',
        'Ines Chief,chief@hospital.test,administrator,ADMIN,administrator',
      ),
    );
    expect(good.counts).toEqual({ create: 1, change: 1, reactivate: 0, unchanged: 1, wrong: 0 });
    await hospital.server.parts.directory.caughtUp();
    expect(hospital.server.parts.directory.current().people.size).toBe(before);
    expect(await hospital.server.parts.accounts.byEmail('noor@hospital.test')).toBeNull();

    const report = await hospital.confirmed(good);
    expect(report).toMatchObject({ state: 'imported', canUndo: true, done: 3 });
    expect(report.rows.map(({ outcome }) => outcome)).toEqual(['created', 'changed', 'unchanged']);
    const made = personNow(report.rows[0]?.person ?? null);
    expect(made).toMatchObject({
      name: 'Noor Fatima',
      initials: 'NF',
      designation: 'registrar',
      active: true,
    });
    expect((await hospital.server.parts.accounts.byEmail('noor@hospital.test'))?.person).toBe(made?.id);
    expect(personNow(doctor.id)?.name).toBe('Omar Doctor-Khan');
  });

  it('makes nobody twice, however often it is confirmed, also after a cut', async () => {
    const preview = await hospital.previewed(file(noor));
    const first = await hospital.confirmed(preview);
    const people = hospital.server.parts.directory.current().people.size;
    const again = await hospital.confirmed(preview);
    expect(again).toEqual(first);
    expect(first.rows[0]?.person).toBe(personOfRow(preview.id ?? '', 'noor@hospital.test'));

    // Another file that says the same, confirmed after the person was made.
    const second = await hospital.previewed(file(noor));
    expect(second.counts.unchanged).toBe(1);
    await hospital.confirmed(second);
    expect(hospital.server.parts.directory.current().people.size).toBe(people);
  });

  it('goes on where it was cut off', async () => {
    const preview = await hospital.previewed(
      file(noor, 'Second One,two@hospital.test,registrar,ADMIN,nurse'),
    );
    const id = preview.id ?? '';
    const first = await hospital.confirmed(preview);
    // As after a crash: rows were written, the progress of it was not.
    const accounts = hospital.server.store.database('accounts');
    const held = await accounts.get(`staff-import-progress:${id}`);
    const rows = first.rows.map((row) => ({ ...row, outcome: 'waiting' }));
    await accounts.write([
      {
        id: held?.id ?? '',
        rev: held?.rev,
        body: { ...held?.body, rows, done: 0, isDone: false, runner: 'gone' },
      },
    ]);
    const people = hospital.server.parts.directory.current().people.size;
    expect((await hospital.report(id)).state).toBe('importing');
    hospital.server.clock.advance(61_000);
    expect((await hospital.report(id)).state).toBe('cut-off');
    const report = await hospital.confirmed(preview);
    expect(report.rows.map(({ outcome }) => outcome)).toEqual(['created', 'created']);
    expect(hospital.server.parts.directory.current().people.size).toBe(people);
  });

  it('judges each row again when it writes it', async () => {
    const preview = await hospital.previewed(
      file(noor, 'Omar New,doctor@hospital.test,administrator,ADMIN,doctor'),
    );
    await hospital.server.putDirectory([{ ...doctor, name: 'Omar Meanwhile' }]);
    await hospital.server.addAccount(chief.id, 'noor@hospital.test').catch(() => null);
    const report = await hospital.confirmed(preview);
    expect(report.rows).toMatchObject([
      { outcome: 'could-not', refusal: 'email-taken' },
      { outcome: 'could-not', refusal: 'changed-meanwhile', columns: ['name'] },
    ]);
    expect(personNow(doctor.id)?.name).toBe('Omar Meanwhile');
    expect(report.canUndo).toBe(false);
  });

  it('is undone: those made are deactivated, those changed set back, unless somebody changed them since', async () => {
    const preview = await hospital.previewed(
      `${titles},Phone\n${noor},4411\nOmar New,doctor@hospital.test,administrator,ADMIN,doctor,4412\n`,
    );
    const report = await hospital.confirmed(preview);
    const omar = personNow(doctor.id);
    if (omar === undefined) throw new Error('nobody');
    await hospital.server.putDirectory([{ ...omar, phone: '9999' }]);
    const undone = await hospital.undone(report.id);
    expect(undone).toMatchObject({ state: 'undone', canUndo: false });
    expect(undone.rows).toMatchObject([
      { outcome: 'undone', refusal: null },
      { outcome: 'undone-in-part', refusal: 'changed-meanwhile', columns: ['phone'] },
    ]);
    expect(personNow(report.rows[0]?.person ?? null)?.active).toBe(false);
    expect(personNow(doctor.id)).toMatchObject({ name: doctor.name, phone: '9999' });
    // Undone twice is undone once, and it cannot be confirmed again.
    expect(await hospital.undone(report.id)).toEqual(undone);
    expect(await hospital.confirmed(preview)).toEqual(undone);

    // The mended file lets them in again, where it says so.
    const again = await hospital.previewed(`${titles},Active\n${noor},yes\n`);
    expect(again.counts.reactivate).toBe(1);
    expect((await hospital.confirmed(again)).rows[0]?.outcome).toBe('reactivated');
  });

  it('leaves who has open work as they are, and says so', async () => {
    await hospital.server.close();
    hospital = await startImportServer({}, { openWorkOf: () => 1 });
    const report = await hospital.confirmed(await hospital.previewed(file(noor)));
    expect((await hospital.undone(report.id)).rows[0]).toMatchObject({
      outcome: 'not-undone',
      refusal: 'has-open-work',
    });
    expect(personNow(report.rows[0]?.person ?? null)?.active).toBe(true);
  });

  it('exports what re-imports as unchanged, formulas made harmless', async () => {
    await hospital.server.putDirectory([{ ...doctor, name: '=2+3 Doctor', phone: '+92 21 1234' }]);
    const response = await hospital.chief.get('/api/staff-import/export');
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(new TextDecoder().decode(bytes)).toContain("'=2+3 Doctor");
    const preview = await hospital.previewed(bytes);
    expect(preview.counts).toEqual({ create: 0, change: 0, reactivate: 0, unchanged: 5, wrong: 0 });
  });

  it('makes one-time links for those it made, once for each that has not come in', async () => {
    const report = await hospital.confirmed(await hospital.previewed(file(noor)));
    const person = report.rows[0]?.person;
    const path = `/api/staff-import/${report.id}/invitations`;
    const { invitations } = await hospital.read(
      invitationsSchema,
      await hospital.chief.post(path, { by: 'screen', people: [person] }),
    );
    expect(invitations).toMatchObject([{ person, email: 'noor@hospital.test', refusal: null }]);
    const token = invitations[0]?.address?.split('#')[1] ?? '';
    expect((await hospital.server.parts.links.find(token, hospital.server.clock.now()))?.person).toBe(person);
    const byMail = await hospital.chief.post(path, { by: 'mail', people: [person] });
    expect(await byMail.json()).toMatchObject({ invitations: [{ address: null, refusal: 'no-mail' }] });
    expect((await hospital.chief.post(path, { by: 'screen', people: [doctor.id] })).status).toBe(404);
  });

  it('is forgotten: a preview after an hour, an import after 30 days', async () => {
    const preview = await hospital.previewed(file(noor));
    hospital.server.clock.advance(60 * 60_000 + 1);
    const late = await hospital.chief.post(`/api/staff-import/${preview.id}/confirm`, {
      digest: preview.digest,
    });
    expect(late.status).toBe(404);
    const places = await privatePlaces();
    await hospital.previewed(file(noor));
    expect(await privatePlaces()).toBe(places);
  });

  it('lists imports, newest first, and none that was only previewed', async () => {
    await hospital.previewed(file(noor));
    const report = await hospital.confirmed(await hospital.previewed(file(noor)));
    const list = await hospital.read(importListSchema, await hospital.chief.get('/api/staff-import'));
    expect(list.imports.map(({ id, state }) => [id, state])).toEqual([[report.id, 'imported']]);
  });
});

describe('who may import', () => {
  it.each([
    ['GET', ''],
    ['GET', '/template'],
    ['GET', '/export'],
    ['POST', '/preview'],
    ['GET', '/00000000-0000-4000-8000-000000000001'],
    ['POST', '/00000000-0000-4000-8000-000000000001/confirm'],
    ['POST', '/00000000-0000-4000-8000-000000000001/undo'],
    ['POST', '/00000000-0000-4000-8000-000000000001/invitations'],
  ])('a doctor is refused %s %s', async (method, path) => {
    const session = await hospital.server.signIn(doctorEmail, { slot: 1 });
    const response = await session.request(`/api/staff-import${path}`, { method });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'forbidden' });
  });

  it('grants nothing the one who imports lacks, and only the one who previewed may confirm', async () => {
    const manager = await hospital.server.signIn(staffManagerEmail, { slot: 1 });
    const granting = await hospital.preview(`${titles},Permissions\n${noor},manage-staff\n`, manager);
    expect(await granting.json()).toMatchObject({ id: null, counts: { wrong: 1 } });
    const { id, digest } = await hospital.previewed(`${titles},Permissions\n${noor},manage-staff\n`);
    const path = `/api/staff-import/${id}/confirm`;
    expect((await manager.post(path, { digest })).status).toBe(404);
    expect((await hospital.chief.post(path, { digest: 'another' })).status).toBe(409);
  });

  it('loses the right to go on when it is taken meanwhile', async () => {
    const preview = await hospital.previewed(file(noor));
    await hospital.server.putDirectory([{ ...chief, grants: [] }]);
    const response = await hospital.chief.post(`/api/staff-import/${preview.id}/confirm`, {
      digest: preview.digest,
    });
    expect(response.status).toBe(403);
  });
});

describe('what is no staff file', () => {
  it('refuses 100 MB without reading it', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 64 * 1024;
        if (sent > 100 * 1024 * 1024) controller.close();
        else controller.enqueue(new Uint8Array(64 * 1024).fill(65));
      },
    });
    const response = await hospital.chief.request('/api/staff-import/preview', {
      method: 'POST',
      body: endless,
      headers: { 'content-type': 'text/csv' },
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(maxFileBytes + 1024 * 1024);
  });

  it('refuses other types and compressed bodies', async () => {
    const send = (headers: Record<string, string>) =>
      hospital.chief.request('/api/staff-import/preview', { method: 'POST', body: titles, headers });
    expect((await send({ 'content-type': 'application/json' })).status).toBe(415);
    expect((await send({ 'content-type': 'text/csv', 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it('answers any bytes with what is wrong, and writes nothing', async () => {
    const size = async (): Promise<number[]> =>
      Promise.all(
        databaseNames
          .filter((name) => name !== 'audit')
          .map((name) => hospital.server.store.database(name).count()),
      );
    const before = await size();
    const signs = fc.constantFrom(
      ',',
      '"',
      '\n',
      ';',
      '=',
      '\u202e',
      '__proto__',
      "' or 1=1",
      '\u0000',
      'A'.repeat(400),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc
            .array(fc.oneof(signs, fc.string({ unit: 'binary' })), { maxLength: 20 })
            .map((parts) => Buffer.from(parts.join(''))),
        ),
        async (hasTitles, bytes) => {
          const response = await hospital.preview(
            hasTitles ? Buffer.concat([Buffer.from(`${titles}\n`), bytes]) : bytes,
          );
          expect(response.status).toBe(200);
          expect(await response.json()).toMatchObject({ id: null });
        },
      ),
      { numRuns: 150 },
    );
    expect(await size()).toEqual(before);
  });
});
