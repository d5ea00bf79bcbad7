import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditVerdictSchema, type AuditRow } from '#shared/audit/protocol.ts';
import { addMs } from '#shared/lib/instant.ts';
import { story, uuidOf } from '#tests/builders.ts';
import { chief, chiefEmail, doctor, doctorEmail, staffManagerEmail } from '#tests/http/people.ts';
import type { TestSession } from '#tests/server.ts';
import { auditor, auditorEmail, startAuditedHospital, type AuditedHospital } from './auditor.ts';

let hospital: AuditedHospital;
let reader: TestSession;
beforeEach(async () => {
  hospital = await startAuditedHospital();
  reader = await hospital.server.signIn(auditorEmail);
});
afterEach(() => hospital.server.close());

const actionsOf = (entries: readonly AuditRow[]): string[] => entries.map(({ action }) => action);

async function recordReads(count: number): Promise<void> {
  const { parts, clock } = hospital.server;
  for (let n = 0; n < count; n++) {
    clock.advance(1000);
    const actor = { person: doctor.id, device: reader.device, deviceKind: 'ward', session: 's' } as const;
    await parts.audit.recordRead(
      { ...actor, address: '10.0.0.7', at: clock.now() },
      { action: n % 2 === 0 ? 'sync.pull.consults' : 'sync.pull.patients', subjects: [uuidOf(`c${n}`)] },
    );
  }
}

describe('who may read the audit', () => {
  it.each(['/api/audit', '/api/audit/export', '/api/audit/verify'])(
    'AUD-1 %s: auditors and administrators; everybody else is refused, and that is recorded',
    async (path) => {
      for (const email of [auditorEmail, chiefEmail])
        expect((await (await hospital.server.signIn(email)).get(path)).status).toBe(200);
      for (const email of [doctorEmail, staffManagerEmail]) {
        const stranger = await hospital.server.signIn(email);
        expect((await stranger.get(path)).status).toBe(403);
      }
      const denied = await hospital.look(reader, { outcome: 'denied' });
      expect(denied.entries.map(({ action, by }) => [action, by[0]?.person])).toContainEqual([
        path === '/api/audit' ? 'audit.read' : `audit.${path.slice('/api/audit/'.length)}`,
        doctor.id,
      ]);
    },
  );

  it('AUD-1 counts the role at that moment: not any more, not yet', async () => {
    const [membership] = auditor.memberships;
    await hospital.server.putDirectory([
      { ...auditor, memberships: [{ ...membership!, until: hospital.server.clock.now() }] },
    ]);
    expect((await reader.get('/api/audit')).status).toBe(403);
    await hospital.server.putDirectory([
      { ...auditor, memberships: [{ ...membership!, from: addMs(hospital.server.clock.now(), 1) }] },
    ]);
    expect((await reader.get('/api/audit')).status).toBe(403);
    hospital.server.clock.advance(1);
    expect((await reader.get('/api/audit')).status).toBe(200);
  });
});

describe('looking', () => {
  it('AUD-1 tells sign-ins with who, when, from where and on which device, newest first', async () => {
    await hospital.module.mover.caughtUp();
    hospital.server.clock.advance(60_000);
    const someone = await hospital.server.signIn(doctorEmail);
    await hospital.server.signIn(doctorEmail, { password: 'wrong' }).catch(() => undefined);
    const { entries } = await hospital.look(reader, { action: 'session' });
    const told = entries.map(({ outcome, by }) => [outcome, by[0]?.person ?? null]);
    expect(told.slice(0, 2)).toEqual(
      expect.arrayContaining([
        ['denied', null],
        ['done', doctor.id],
      ]),
    );
    expect(told.slice(2)).toEqual([['done', auditor.id]]);
    expect(entries.find(({ by }) => by[0]?.person === doctor.id)).toMatchObject({
      at: hospital.server.clock.now(),
      by: [{ device: someone.device, address: expect.any(String) as string }],
    });
  });

  it('records itself', async () => {
    await hospital.look(reader, { person: doctor.id });
    const { entries } = await hospital.look(reader, { action: 'audit.read' });
    expect(entries[0]).toMatchObject({ subjects: [doctor.id], by: [{ person: auditor.id }] });
  });

  it.each<[Record<string, string>, number]>([
    [{ person: doctor.id }, 30],
    [{ person: chief.id }, 0],
    [{ action: 'sync.pull.patients' }, 15],
    [{ action: 'sync' }, 30],
    [{ action: 'syn' }, 0],
    [{ subject: uuidOf('c4') }, 1],
    [{ outcome: 'denied' }, 0],
    [{ from: '2026-03-02T08:00:11.000Z', to: '2026-03-02T08:00:20.000Z', action: 'sync' }, 10],
  ])('finds by %j', async (filter, count) => {
    await recordReads(30);
    expect((await hospital.look(reader, { ...filter, limit: '200' })).entries).toHaveLength(count);
  });

  it('gives pages that together are everything once, in order, whatever comes in meanwhile', async () => {
    await recordReads(37);
    const whole = (await hospital.look(reader, { action: 'sync', limit: '200' })).entries;
    const pages: AuditRow[] = [];
    let cursor: string | null = null;
    do {
      const page = await hospital.look(reader, {
        action: 'sync',
        limit: '10',
        ...(cursor === null ? {} : { cursor }),
      });
      await recordReads(1);
      pages.push(...page.entries);
      ({ cursor } = page);
    } while (cursor !== null);
    expect(pages).toEqual(whole);
  });

  it('pages through many of one moment', async () => {
    const { audit } = hospital.server.parts;
    const actor = { person: null, device: null, address: 'x', at: hospital.server.clock.now() };
    await Promise.all(
      Array.from({ length: 700 }, (_, n) =>
        audit.recordWrite(actor, { action: 'many.x', subjects: [`${n}`] }),
      ),
    );
    const found = new Set<string>();
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { entries: AuditRow[]; cursor: string | null } = await hospital.look(reader, {
        action: 'many',
        limit: '200',
        ...(cursor === '' ? {} : { cursor }),
      });
      for (const { subjects } of page.entries) found.add(subjects[0]!);
      ({ cursor } = page);
    }
    expect(found.size).toBe(700);
  });

  it.each(['limit=0', 'limit=201', 'limit=x', 'cursor=nonsense', 'from=yesterday', 'person=x', 'other=1'])(
    'refuses %s',
    async (query) => {
      const response = await reader.get(`/api/audit?${query}`);
      expect(response.status).toBe(400);
    },
  );
});

describe('consults and patients', () => {
  it('AUD-1 their own events are entries: found by consult and by person, read where they are', async () => {
    const told = story('one').submitted().act('acknowledged');
    const events = told.events;
    const { id, author } = { id: events[0]!.document, author: events[0]!.author };
    await hospital.server.store
      .database('consults')
      .write([{ id, body: { kind: 'consult', id, events: [...events] } }]);
    const byConsult = await hospital.look(reader, { subject: id });
    expect(actionsOf(byConsult.entries)).toEqual(
      expect.arrayContaining(['consult.submitted', 'consult.acknowledged']),
    );
    const byPerson = await hospital.look(reader, { person: author });
    expect(actionsOf(byPerson.entries)).toContain('consult.submitted');
    expect(byPerson.entries.every(({ by }) => by[0]?.person === author)).toBe(true);
    expect(byPerson.isPartial).toBe(false);
    expect(JSON.stringify(byConsult)).not.toContain('question');
    const filtered = await hospital.look(reader, { subject: id, action: 'consult.acknowledged' });
    expect(actionsOf(filtered.entries)).toEqual(['consult.acknowledged']);
  });
});

describe('the export', () => {
  it('AUD-1 has everything, with names, and is itself an entry', async () => {
    await recordReads(450);
    await hospital.module.mover.caughtUp();
    const csv = await (await reader.get('/api/audit/export?action=sync')).text();
    const lines = csv.trim().split('\r\n');
    expect(lines).toHaveLength(451);
    expect(lines[0]).toMatch(/^\uFEFF?at,person,name/);
    expect(lines[1]).toContain('Omar Doctor');
    const json = await (await reader.get('/api/audit/export?action=sync&format=ndjson')).text();
    const rows = json
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditRow);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(450);
    const { entries } = await hospital.look(reader, { action: 'audit.export' });
    expect(entries).toHaveLength(2);
  });

  it('keeps a spreadsheet from running what somebody wrote', async () => {
    const { parts, clock } = hospital.server;
    const actor = { person: null, device: null, address: '=cmd()', at: clock.now() };
    await parts.audit.recordWrite(actor, { action: 'x', subjects: [], reason: '+1, "quoted"\nnext' });
    const csv = await (await reader.get('/api/audit/export?action=x')).text();
    expect(csv).toContain(`,'=cmd(),`);
    expect(csv).toContain(`"'+1, ""quoted""\nnext"`);
  });
});

describe('verifying', () => {
  it('AUD-1 says whole, and after a change in the store where it was', async () => {
    await recordReads(5);
    const verify = async () => auditVerdictSchema.parse(await (await reader.get('/api/audit/verify')).json());
    expect(await verify()).toMatchObject({ isWhole: true, unchained: 0, torn: 0 });
    const database = hospital.server.store.database('audit');
    const rows = await database.scan({ startKey: 'entry:', endKey: 'entry:~', limit: 99, includeDocs: true });
    const { doc } = rows[3]!;
    await database.write([{ id: doc!.id, rev: doc!.rev, body: { ...doc!.body, outcome: 'denied' } }]);
    expect((await verify()).faults).toEqual([{ type: 'changed', where: doc!.id, count: 1 }]);
  });

  it('AUD-1 notices the newest entries cut off together with the head that knew them', async () => {
    await recordReads(5);
    const database = hospital.server.store.database('audit');
    const process = hospital.server.parts.audit.head()!.process;
    for (const { id, rev } of await database.scan({ startKey: `entry:${process}`, limit: 99 }))
      if (id.startsWith('entry:')) await database.write([{ id, rev, body: {}, deleted: true }]);
    const verdict = auditVerdictSchema.parse(await (await reader.get('/api/audit/verify')).json());
    expect(verdict.isWhole).toBe(false);
  });
});

describe('what was opened without a network', () => {
  const read = (name: string) => ({
    id: uuidOf(name),
    action: 'patient.open',
    subject: uuidOf('patient'),
    openedAt: '2026-03-02T07:30:00.000Z',
  });

  it('AUD-1 is recorded once however often it is told, with both times', async () => {
    const tablet = await hospital.server.signIn(doctorEmail);
    for (const reads of [[read('a')], [read('a'), read('b'), read('b')]])
      expect((await tablet.post('/api/audit/reads', { reads })).status).toBe(204);
    const { entries } = await hospital.look(reader, { action: 'patient.open' });
    expect(entries).toHaveLength(2);
    expect(entries[0]).toMatchObject({
      by: [{ person: doctor.id, device: tablet.device }],
      saidAt: '2026-03-02T07:30:00.000Z',
      at: hospital.server.clock.now(),
    });
    // Another person's read of the same id is another read.
    expect((await reader.post('/api/audit/reads', { reads: [read('a')] })).status).toBe(204);
    expect((await hospital.look(reader, { action: 'patient.open' })).entries).toHaveLength(3);
    const verdict = auditVerdictSchema.parse(await (await reader.get('/api/audit/verify')).json());
    expect(verdict).toMatchObject({ isWhole: true, inTransit: 0 });
  });

  it('takes a bounded number of ids and instants, and nothing else', async () => {
    const tablet = await hospital.server.signIn(doctorEmail);
    for (const reads of [
      [],
      Array.from({ length: 201 }, (_, n) => read(`${n}`)),
      [{ ...read('a'), subject: 'Mrs Smith' }],
      [{ ...read('a'), action: 'session.begin' }],
      [{ ...read('a'), name: 'Mrs Smith' }],
    ])
      expect((await tablet.post('/api/audit/reads', { reads })).status).toBe(400);
  });
});
