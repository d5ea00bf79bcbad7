import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Consult } from '#shared/consult/consult.ts';
import { maxEventBytes } from '#shared/event/envelope.ts';
import type { EventId } from '#shared/lib/id.ts';
import { patientId, people, requestContent, sampleBodies, uuidOf } from '#tests/builders.ts';
import { dexiePlace, twinPlace } from '#tests/contract/tablet-store/rxdb-places.ts';
import {
  consultContent,
  consultName,
  current,
  fill,
  openWard,
  type Ward,
} from '#tests/e-rows/tablet-fixture.ts';
import { consultColumns } from '$lib/db/columns.ts';

describe('tablet', { timeout: 20_000 }, () => {
  let ward: Ward;
  const asked = consultName(0);

  beforeEach(async () => {
    ward = await openWard(twinPlace());
  });
  afterEach(() => ward.close());

  const note = (text: string, id?: EventId) =>
    ward.tablet.actOnConsult(asked, 'note-added', { kind: 'progress', text }, id);
  const sent = (path: string) =>
    ward.server.asked.filter((each) => each.path === path).map((each) => each.body);

  it('OFF-1 a new consult written with no network is on every screen before the save resolves, and survives closing', async () => {
    ward.server.fault = () => 'no-network';
    const id = consultName(7);
    const saved = await ward.tablet.actOnConsult(id, 'submitted', { content: requestContent(), linked: [] });
    expect(saved.ok).toBe(true);
    expect(ward.shown()).toEqual([id]);
    await ward.reopen();
    expect(ward.shown()).toEqual([id]);
    expect(current(ward.tablet.consult(id))?.status).toBe('submitted');
    expect(current(ward.tablet.outbox).map(({ delivery }) => delivery.state)).toEqual(['on-this-tablet']);
  });

  it('a double tap is one event: the same act twice, and the same request twice', async () => {
    fill(ward.server, 1);
    await ward.tablet.syncNow();
    const id = uuidOf('tapped') as EventId;
    const [first, second] = await Promise.all([note('once', id), note('once', id)]);
    expect(first).toEqual(second);
    const born = consultName(8);
    const body = { content: requestContent(), linked: [] };
    const [a, b] = await Promise.all([
      ward.tablet.actOnConsult(born, 'submitted', body),
      ward.tablet.actOnConsult(born, 'submitted', body),
    ]);
    expect(a).toEqual(b);
    await ward.until(() => expect(current(ward.tablet.outbox)).toEqual([]));
    expect(ward.server.events(asked)).toHaveLength(2);
    expect(ward.server.events(born)).toHaveLength(1);
  });

  it('lamport and base say what the author had seen, own unsent acts included', async () => {
    fill(ward.server, 1);
    await ward.tablet.syncNow();
    ward.server.fault = () => 'no-network';
    await Promise.all([note('one'), note('two')]);
    const written = current(ward.tablet.outbox).map(({ event }) => [event.lamport, event.base]);
    expect(written).toEqual([
      [2, 1],
      [3, 1],
    ]);
  });

  it('only the consult that changed is projected anew', async () => {
    fill(ward.server, 3);
    await ward.tablet.syncNow();
    const before = new Map(current(ward.tablet.openConsults).map((consult) => [consult.id, consult]));
    await note('changes one');
    const changed = current(ward.tablet.openConsults).filter(
      (consult: Consult) => before.get(consult.id) !== consult,
    );
    expect(changed.map(({ id }) => id)).toEqual([asked]);
  });

  it('what was written is sent when it has been drawn, not before', async () => {
    await ward.close();
    const waiting: (() => void)[] = [];
    ward = await openWard(twinPlace(), undefined, { afterDrawing: (run) => void waiting.push(run) });
    fill(ward.server, 1);
    await ward.tablet.syncNow();
    await ward.rest();
    await note('drawn first');
    await ward.rest();
    expect(sent('push')).toEqual([]);
    for (const run of waiting.splice(0)) run();
    await ward.until(() => expect(ward.server.events(asked)).toHaveLength(2));
  });

  it('a full storage is said at once and nothing is shown as written', async () => {
    fill(ward.server, 1);
    await ward.tablet.syncNow();
    ward.place.setFull(true);
    expect(await note('lost?')).toEqual({ ok: false, error: { type: 'storage-full' } });
    expect(current(ward.tablet.consult(asked))?.notes).toEqual([]);
    expect(current(ward.tablet.outbox)).toEqual([]);
    ward.place.setFull(false);
    expect((await note('now')).ok).toBe(true);
  });

  it('words that do not fit into an event are refused before they are written', async () => {
    const wide = 'ے'.repeat(7_900);
    const content = requestContent({
      history: wide,
      reason: 'ے'.repeat(3_900),
      medication: 'ے'.repeat(3_900),
      results: 'ے'.repeat(3_900),
    });
    const saved = await ward.tablet.actOnConsult(asked, 'submitted', { content, linked: [] });
    expect(saved).toMatchObject({ ok: false, error: { type: 'too-large', maxBytes: maxEventBytes } });
    expect(current(ward.tablet.outbox)).toEqual([]);
  });

  it('ended consults leave the open list and are found among the ended, newest first', async () => {
    fill(ward.server, 2);
    await ward.tablet.syncNow();
    await ward.tablet.actOnConsult(asked, 'cancelled', { reason: 'moved' });
    expect(ward.shown()).toEqual([consultName(1)]);
    await ward.until(() => expect(current(ward.tablet.outbox)).toEqual([]));
    const seen: string[][] = [];
    const stop = ward.tablet.endedConsults(10).subscribe((list) => seen.push(list.map(({ id }) => id)));
    await ward.until(() => expect(seen.at(-1)).toEqual([asked]));
    stop();
    const ofPatient: string[][] = [];
    const stopPatient = ward.tablet
      .consultsOfPatient(patientId('one'))
      .subscribe((list) => ofPatient.push(list.map(({ id }) => id).sort()));
    await ward.until(() => expect(ofPatient.at(-1)).toEqual([asked, consultName(1)].sort()));
    stopPatient();
    const one: (string | null)[] = [];
    const stopOne = ward.tablet.consult(asked).subscribe((consult) => one.push(consult?.status ?? null));
    await ward.until(() => expect(one.at(-1)).toBe('cancelled'));
    stopOne();
  });

  it.each([
    ['a day fast', 86_400_000],
    ['two days slow', -172_800_000],
  ])('a clock %s changes nothing but its offset, which is shown', async (_name, wrongMs) => {
    ward.clock.setBy(wrongMs);
    fill(ward.server, 1);
    await ward.tablet.syncNow();
    expect(ward.connection().clockOffsetMs).toBe(-wrongMs);
    expect(ward.tablet.now()).toBe(ward.server.now());
    await note('written with a wrong clock');
    await ward.until(() => expect(ward.server.events(asked)).toHaveLength(2));
    expect(sent('push')).toMatchObject([{ items: [{ clockJumped: false }] }]);
  });

  it('a clock set between writing and sending is told to the server', async () => {
    fill(ward.server, 1);
    await ward.tablet.syncNow();
    ward.server.fault = ({ path }) => (path === 'push' ? 'no-network' : null);
    await note('before the jump');
    ward.clock.setBy(3_600_000);
    await ward.tablet.syncNow();
    ward.server.fault = () => null;
    await ward.tablet.syncNow();
    await ward.until(() => expect(ward.server.events(asked)).toHaveLength(2));
    expect(sent('push').at(-1)).toMatchObject({ items: [{ clockJumped: true }] });
  });

  it('a refused item is dismissed from the screen, its text kept', async () => {
    fill(ward.server, 1);
    await ward.tablet.syncNow();
    ward.server.judge = (event) => ({
      id: event.id,
      outcome: 'refused',
      code: 'not-allowed',
      kept: 'tablet',
    });
    const saved = await note('no');
    await ward.until(() => expect(current(ward.tablet.outbox)[0]?.delivery.state).toBe('refused'));
    if (saved.ok) await ward.tablet.dismissRefused(saved.value);
    expect(current(ward.tablet.outbox)).toEqual([]);
    expect([...(await ward.store.notes('set-aside:')).values()]).toMatchObject([
      { dismissed: true, event: { body: { text: 'no' } } },
    ]);
  });

  it('drafts and settings are there again after closing', async () => {
    const draft = {
      id: 'd1',
      purpose: 'consult',
      fields: { question: 'half a' },
      changedAt: ward.tablet.now(),
    };
    await ward.tablet.saveDraft(draft);
    await ward.tablet.saveSetting('theme', 'night');
    await ward.reopen();
    expect(current(ward.tablet.drafts)).toEqual([draft]);
    expect(current(ward.tablet.setting('theme'))).toBe('night');
    await ward.tablet.removeDraft('d1');
    expect(current(ward.tablet.drafts)).toEqual([]);
  });

  it('two people’s records on one tablet never mix', async () => {
    const other = await openWard(dexiePlace());
    try {
      ward.server.fault = () => 'no-network';
      await ward.tablet.actOnConsult(asked, 'submitted', { content: requestContent(), linked: [] });
      await other.tablet.syncNow();
      expect(other.shown()).toEqual([]);
      expect(current(other.tablet.outbox)).toEqual([]);
      expect(other.server.count('push')).toBe(0);
    } finally {
      await other.close();
    }
  });

  it.each([
    ['no events', { kind: 'consult', id: 'x' }],
    ['events that are none', { kind: 'consult', id: 'x', events: [null, 7, { id: 'a' }, { body: null }] }],
    [
      'a body of another shape',
      {
        ...consultContent(consultName(0)),
        events: [{ ...(consultContent(consultName(0))['events'] as object[])[0], body: { content: 7 } }],
      },
    ],
  ])(
    'a document with %s holds up nothing: the others arrive, and it stays in the storage',
    async (_name, content) => {
      const odd = consultName(30);
      ward.server.put('consults', odd, content, false);
      const ids = fill(ward.server, 2);
      await ward.tablet.syncNow();
      await ward.holds([...ids, odd]);
      expect(ward.shown()).toEqual([...ids].sort());
      expect((await ward.store.readOpenConsults()).map(({ id }) => id)).toContain(odd);
    },
  );

  it('nothing but ids, status, urgency, departments, assignee and instants lies in the clear', () => {
    const columns = consultColumns(consultContent(asked));
    const values = Object.values(columns).map(String);
    for (const secret of [
      requestContent().question,
      requestContent().reason,
      'Test Patient',
      'MRN-1001',
      people.requester.name,
    ]) {
      expect(values.some((value) => value.includes(secret))).toBe(false);
    }
    expect(columns).toMatchObject({
      status: 'submitted',
      open: '1',
      urgency: sampleBodies.submitted.content.urgency,
    });
  });
});
