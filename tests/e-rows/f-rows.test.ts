import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { maxPushBytes, type Seq } from '#shared/sync/protocol.ts';
import { isConnection } from '$lib/sync/sync-core.ts';
import { replicationIdentifier } from '$lib/sync/pull-loop.ts';
import { consultContent, consultName, current, fill, openWard, type Ward } from './tablet-fixture.ts';
import { twinPlace } from '#tests/contract/tablet-store/rxdb-places.ts';
import { captivePortal, problem } from './test-server.ts';

/** The fixes of failure-modes.md §0 hold in our stack: real RxDB on IndexedDB. */
describe('F rows', { timeout: 20_000 }, () => {
  let ward: Ward;
  const asked = consultName(0);

  beforeEach(async () => {
    ward = await openWard();
  });
  afterEach(() => ward.close());

  const note = (text: string) => ward.tablet.actOnConsult(asked, 'note-added', { kind: 'progress', text });
  const deliveries = () => current(ward.tablet.outbox).map((item) => item.delivery.state);

  it.each([
    ['a captive portal', () => captivePortal(), 'not-our-server'],
    [
      'a proxy with our status and no header of ours',
      () => new Response('{}', { status: 200 }),
      'not-our-server',
    ],
    ['a broken gateway', (w: Ward) => problem(w.server, 502, 'unavailable'), 'no-answer'],
    ['an ended session', (w: Ward) => problem(w.server, 401, 'session-ended'), 'signed-out'],
    ['an old build refused', (w: Ward) => problem(w.server, 426, 'update-needed'), 'update-needed'],
  ] as const)(
    'FM-21 F1 %s is a named failure, never data; the tablet recovers by itself',
    async (_name, answer, trouble) => {
      const ids = fill(ward.server, 2);
      ward.server.fault = () => answer(ward);
      await ward.tablet.syncNow();
      expect(ward.connection().trouble).toBe(trouble);
      expect(await ward.held()).toEqual([]);
      await note('kept');
      await ward.clock.advance(1_000);
      expect(deliveries()).toEqual(['on-this-tablet']);
      ward.server.fault = () => null;
      await ward.clock.advance(120_000);
      await ward.holds(ids);
      await ward.until(() => expect(ward.connection().trouble).toBeNull());
      await ward.until(() => expect(ward.server.events(asked).length).toBe(2));
    },
  );

  it('F1 an answer of ours cut in the middle is no answer', async () => {
    fill(ward.server, 1);
    ward.server.fault = ({ path }) =>
      path === 'pull'
        ? new Response('{"documents":[{"id":', {
            headers: { 'content-type': 'application/json', 'hc-server': '1', 'hc-now': ward.server.now() },
          })
        : null;
    await ward.tablet.syncNow();
    expect(await ward.held()).toEqual([]);
    expect(ward.connection().perCollection.consults.caughtUp).toBe(false);
  });

  it('F2 a quarantined event is shown with its reason and leaves the queue to the others', async () => {
    fill(ward.server, 1);
    await ward.tablet.syncNow();
    ward.server.judge = (event) =>
      event.body['text'] === 'odd' ? { id: event.id, outcome: 'quarantined', code: 'author-removed' } : null;
    await note('odd');
    await note('fine');
    await ward.until(() => expect(deliveries()).toEqual(['quarantined']));
    expect(current(ward.tablet.outbox)[0]?.delivery).toEqual({
      state: 'quarantined',
      code: 'author-removed',
    });
    expect(ward.server.events(asked).map((event) => event.body['text'])).toContain('fine');
  });

  it('F3 after every connect of the stream everything is pulled again', async () => {
    fill(ward.server, 1);
    await ward.tablet.syncNow();
    await ward.until(() => expect(ward.server.streams()).toBe(1));
    ward.server.cutStreams();
    const missed = consultName(5);
    ward.server.put('consults', missed, consultContent(missed));
    await ward.clock.advance(5_000);
    await ward.holds([asked, missed]);
    expect(ward.server.streams()).toBe(1);
  });

  it('F4 a message is taken as it is only where it begins at the tablet’s place; else it is a poke', async () => {
    fill(ward.server, 1);
    await ward.tablet.syncNow();
    await ward.until(() => expect(ward.server.streams()).toBe(1));
    await ward.rest();
    const pulls = ward.server.count('pull');
    ward.server.put('consults', consultName(1), consultContent(consultName(1)));
    await ward.holds([asked, consultName(1)]);
    expect(ward.server.count('pull')).toBe(pulls);

    const hidden = consultName(2);
    ward.server.put('consults', hidden, consultContent(hidden), false);
    const late = consultName(3);
    ward.server.put('consults', late, consultContent(late), false);
    ward.server.say({
      type: 'change',
      collection: 'consults',
      from: 'elsewhere' as Seq,
      to: 'further' as Seq,
      documents: [{ id: late, version: 'x', content: consultContent(late) }],
      asOf: ward.server.now(),
    });
    await ward.holds([asked, consultName(1), hidden, late]);
    expect(ward.server.count('pull')).toBeGreaterThan(pulls);
  });

  it('FM-20 F4 a stream silent for a minute is taken for dead and opened anew', async () => {
    await ward.tablet.syncNow();
    await ward.until(() => expect(ward.server.streams()).toBe(1));
    const before = ward.server.count('stream');
    await ward.clock.advance(59_000);
    expect(ward.server.count('stream')).toBe(before);
    await ward.clock.advance(3_000);
    expect(ward.server.count('stream')).toBe(before + 1);
    ward.server.say({ type: 'beat', asOf: ward.server.now(), watcherLateSeconds: 7 });
    await ward.until(() => expect(ward.connection().watcherLateSeconds).toBe(7));
    await ward.clock.advance(40_000);
    ward.server.say({ type: 'beat', asOf: ward.server.now(), watcherLateSeconds: 0 });
    await ward.until(() => expect(ward.connection().watcherLateSeconds).toBe(0));
    await ward.clock.advance(40_000);
    expect(ward.server.count('stream')).toBe(before + 1);
  });

  it('F5 nothing but the replication writes the read model, and a tombstone takes no unsent note with it', async () => {
    fill(ward.server, 1);
    await ward.tablet.syncNow();
    await ward.holds([asked]);
    ward.server.judge = () => 'silence';
    await note('mine');
    expect((await ward.store.read('consults', [asked])).get(asked)?.content['events']).toHaveLength(1);
    ward.server.visible = () => false;
    ward.server.touch('consults', asked);
    await ward.holds([]);
    expect(deliveries()).toEqual(['on-this-tablet']);
  });

  it('F6 after a failed write the replication begins anew, under another identifier, at the proven checkpoint', async () => {
    fill(ward.server, 30);
    ward.server.rowsPerPage = 10;
    let pulls = 0;
    const checkpoints: unknown[] = [];
    ward.server.fault = ({ path, body }) => {
      const request = body as { collection: string; checkpoint: { at: { afterKey?: string } } | null } | null;
      if (path === 'pull' && request?.collection === 'consults') {
        checkpoints.push(request.checkpoint?.at.afterKey ?? null);
        if (++pulls === 2) ward.place.failPages(1);
      }
      return null;
    };
    await ward.tablet.syncNow();
    await ward.until(() => expect(ward.connection().trouble).toBe('storage-failing'));
    await ward.clock.advance(5_000);
    await ward.until(async () => expect((await ward.held()).length).toBe(30));
    // The second page was asked for twice: nothing behind it was, before it was here.
    expect(checkpoints.slice(0, 4)).toEqual([null, consultNameKey(9), consultNameKey(9), consultNameKey(19)]);
    expect(await ward.store.note('checkpoint:consults')).toMatchObject({ generation: 1 });
    expect(ward.server.count('compare')).toBe(0);
    expect(replicationIdentifier('consults', 1)).not.toBe(replicationIdentifier('consults', 0));
  });

  /** The key at which the walk stands after that many consults. */
  const consultNameKey = (index: number): string =>
    Array.from({ length: 30 }, (_, each) => consultName(each)).sort()[index] ?? '';

  it('FM-32 two builds find the same replication', () => {
    expect(replicationIdentifier('consults', 0)).toBe('hc-consults-0');
    expect(replicationIdentifier('alerts', 3)).toBe('hc-alerts-3');
  });

  it('FM-23 no request is larger than the server takes; what is too large alone is refused here with its text', async () => {
    await ward.close();
    ward = await openWard(twinPlace());
    const ids = fill(ward.server, 40);
    await ward.tablet.syncNow();
    ward.server.fault = () => 'no-network';
    const long = 'لمبی تحریر '.repeat(700);
    for (let index = 0; index < 80; index++) {
      const text = `${long}${index}`;
      await ward.tablet.actOnConsult(ids[index % 40]!, 'note-added', { kind: 'progress', text });
    }
    const sizes: number[] = [];
    ward.server.fault = ({ path, body }) => {
      if (path !== 'push') return null;
      const { items } = body as { items: { event: { body: { text: string } } }[] };
      sizes.push(new TextEncoder().encode(JSON.stringify(body)).length);
      const tooMany = items.length > 5 || items.some(({ event }) => event.body.text.endsWith('42'));
      return tooMany ? problem(ward.server, 413, 'too-large') : null;
    };
    await ward.tablet.syncNow();
    await ward.until(() => expect(deliveries()).toEqual(['refused']));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(maxPushBytes);
    expect(ids.flatMap((id) => ward.server.events(id)).length).toBe(40 + 79);
    const [left] = current(ward.tablet.outbox);
    expect(left?.delivery).toEqual({ state: 'refused', code: 'too-large', kept: 'tablet' });
    expect(left?.event.body['text']).toBe(`${long}42`);
  });

  it('the facts about the connection survive a restart, but not the claim to be connected', async () => {
    await ward.tablet.syncNow();
    await ward.clock.advance(5_000);
    const { confirmedAt } = ward.connection();
    expect(confirmedAt).not.toBeNull();
    ward.server.fault = () => 'no-network';
    await ward.reopen();
    expect(isConnection(ward.connection())).toBe(true);
    expect(ward.connection().confirmedAt).toBe(confirmedAt);
    expect(ward.connection().streaming).toBe(false);
  });
});
