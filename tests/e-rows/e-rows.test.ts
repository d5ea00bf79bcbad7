import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { instant } from '#shared/lib/instant.ts';
import { longestFeedLagMs } from '$lib/sync/sync-core.ts';
import { authored, people, stamped } from '#tests/builders.ts';
import { consultContent, consultName, current, fill, openWard, type Ward } from './tablet-fixture.ts';
import { problem } from './test-server.ts';

const wordsOf = (event: HeldEvent): string => {
  const text = event.body['text'];
  return typeof text === 'string' ? text : event.type;
};

/**
 * The traps of failure-modes.md §0, each as a permanent test against our own stack: real RxDB on IndexedDB, our sync core and
 * fetch adapter, a server that misbehaves the way the row says.
 */
describe('E rows', { timeout: 20_000 }, () => {
  let ward: Ward;
  const asked = consultName(0);

  beforeEach(async () => {
    ward = await openWard();
  });
  afterEach(() => ward.close());

  const note = (consult: ConsultId, text: string) =>
    ward.tablet.actOnConsult(consult, 'note-added', { kind: 'progress', text });
  const deliveries = () => current(ward.tablet.outbox).map((item) => item.delivery.state);
  const textsOf = (consult: ConsultId): string[] =>
    (current(ward.tablet.consult(consult))?.timeline ?? []).map(({ event }) => wordsOf(event));
  const serverTexts = (consult: ConsultId): string[] =>
    ward.server.events(consult).map((event) => wordsOf(event));

  async function synced(count: number): Promise<ConsultId[]> {
    const ids = fill(ward.server, count);
    await ward.tablet.syncNow();
    await ward.holds(ids);
    return ids;
  }

  it('FM-17 E1 one refused event does not hold up those behind it, and its text is kept with the reason', async () => {
    await synced(1);
    ward.server.judge = (event) =>
      event.body['text'] === 'refuse me'
        ? { id: event.id, outcome: 'refused', code: 'not-allowed', kept: 'tablet' }
        : null;
    await note(asked, 'refuse me');
    await note(asked, 'a good one');
    await ward.until(() => expect(serverTexts(asked)).toEqual(['submitted', 'a good one']));
    await ward.until(() => expect(deliveries()).toEqual(['refused']));
    const [item] = current(ward.tablet.outbox);
    expect(item?.event.body['text']).toBe('refuse me');
    expect(item?.delivery).toEqual({ state: 'refused', code: 'not-allowed', kept: 'tablet' });
  });

  it('FM-4 E2 a 401 in the middle stops neither local work nor, once it is over, pull, push and stream', async () => {
    await synced(1);
    await ward.until(() => expect(ward.server.streams()).toBe(1));
    ward.server.fault = () => problem(ward.server, 401, 'session-ended');
    ward.server.cutStreams();
    await ward.tablet.syncNow();
    await ward.until(() => expect(ward.connection().signInNeeded).toBe(true));
    expect((await note(asked, 'written meanwhile')).ok).toBe(true);
    expect(textsOf(asked)).toContain('written meanwhile');

    ward.server.fault = () => null;
    ward.server.put('consults', consultName(1), consultContent(consultName(1)), false);
    ward.tablet.wake();
    await ward.holds([asked, consultName(1)]);
    await ward.until(() => expect(serverTexts(asked)).toContain('written meanwhile'));
    await ward.until(() => expect(ward.server.streams()).toBe(1));
    expect(ward.connection().signInNeeded).toBe(false);
  });

  it('FM-27 E3 what two people wrote about one consult at the same time stays, both of it', async () => {
    await synced(1);
    ward.server.fault = () => 'no-network';
    await note(asked, 'mine');
    const theirs = stamped(
      authored(
        'note-added',
        { kind: 'plan', text: 'theirs' },
        { document: asked, author: people.cardiologist.id },
      ),
      2,
      instant('2026-11-22T10:00:00.000Z'),
    );
    ward.server.put('consults', asked, consultContent(asked, [theirs]), false);
    ward.server.fault = () => null;
    await ward.tablet.syncNow();
    await ward.until(() => expect(serverTexts(asked)).toEqual(['submitted', 'theirs', 'mine']));
    await ward.until(() => expect(deliveries()).toEqual([]));
    expect(textsOf(asked)).toEqual(['submitted', 'theirs', 'mine']);
  });

  it('FM-18 E4 an event the server leaves out of its answer is not taken for delivered, and is sent again', async () => {
    await synced(1);
    ward.server.judge = () => 'silence';
    await note(asked, 'was I heard?');
    await ward.until(() => expect(ward.server.count('push')).toBe(1));
    await ward.tablet.syncNow();
    expect(deliveries()).toEqual(['on-this-tablet']);
    ward.server.judge = () => null;
    await ward.clock.advance(20_000);
    await ward.until(() => expect(serverTexts(asked)).toContain('was I heard?'));
  });

  it('FM-19 E5 pages filtered by the server lose nothing, not even after a whole page of invisible documents', async () => {
    const ids = Array.from({ length: 63 }, (_, index) => consultName(index));
    const mine = new Set(ids.filter((_, index) => index % 3 === 0 && !(index >= 20 && index < 40)));
    ward.server.visible = (_collection, id) => mine.has(id as ConsultId);
    ward.server.rowsPerPage = 10;
    for (const id of ids) ward.server.put('consults', id, consultContent(id), false);
    await ward.tablet.syncNow();
    await ward.holds([...mine]);
    // The tail too: changes to invisible ones, a page long, then to a visible one.
    for (const id of ids.slice(20, 40)) ward.server.touch('consults', id, false);
    const last = consultName(70);
    mine.add(last);
    ward.server.put('consults', last, consultContent(last));
    await ward.holds([...mine]);
  });

  it('E6 full pages arrive whole', async () => {
    const ids = fill(ward.server, 41);
    ward.server.rowsPerPage = 20;
    await ward.tablet.syncNow();
    await ward.holds(ids);
  });

  it('FM-19 E7 what is written between the first pull and the opening of the stream arrives', async () => {
    const ids = fill(ward.server, 3);
    const between = consultName(50);
    let opened = false;
    ward.server.fault = ({ path }) => {
      if (path === 'stream' && !opened) {
        opened = true;
        ward.server.put('consults', between, consultContent(between));
      }
      return null;
    };
    await ward.tablet.syncNow();
    await ward.holds([...ids, between]);
    expect(opened).toBe(true);
  });

  it('FM-5 E8 a consult that leaves the scope goes, pushes nothing, and comes back with the scope', async () => {
    const ids = await synced(2);
    ward.server.visible = (_collection, id) => id !== asked;
    ward.server.touch('consults', asked);
    await ward.holds(ids.slice(1));
    expect(ward.shown()).toEqual(ids.slice(1));
    expect(ward.server.count('push')).toBe(0);
    ward.server.visible = () => true;
    ward.server.touch('consults', asked);
    await ward.holds(ids);
  });

  describe('a note written offline while the consult leaves the scope', () => {
    async function writeWhileScopeIsLost(): Promise<void> {
      await synced(2);
      await ward.until(() => expect(ward.server.streams()).toBe(1));
      ward.server.fault = () => 'no-network';
      ward.server.cutStreams();
      await note(asked, 'written offline');
      ward.server.visible = (_collection, id) => id !== asked;
      ward.server.touch('consults', asked, false);
      ward.server.fault = () => null;
      await ward.tablet.syncNow();
    }

    it('E9 is sent, and the queue moves on', async () => {
      await writeWhileScopeIsLost();
      await note(consultName(1), 'the next one');
      await ward.until(() => expect(serverTexts(consultName(1))).toContain('the next one'));
      expect(serverTexts(asked)).toContain('written offline');
    });

    it('E10 does not go down with the consult', async () => {
      let pushes = true;
      ward.server.judge = () => (pushes ? 'silence' : null);
      await writeWhileScopeIsLost();
      await ward.holds([consultName(1)]);
      expect(current(ward.tablet.outbox).map((item) => item.event.body['text'])).toEqual(['written offline']);
      pushes = false;
      await ward.tablet.syncNow();
      expect(serverTexts(asked)).toContain('written offline');
    });

    it('FM-5 E11 leaves the tablet once its receipt proves it, although the consult never comes back', async () => {
      await writeWhileScopeIsLost();
      await ward.until(() => expect(serverTexts(asked)).toContain('written offline'));
      // Until then another gateway may not have heard of it, and so not know that it is in scope.
      ward.server.advance(longestFeedLagMs);
      await ward.tablet.syncNow();
      await ward.until(() => expect(deliveries()).toEqual([]));
      expect(ward.server.count('receipts')).toBeGreaterThan(0);
    });
  });

  it('E12 a pull does not erase words the server answered nothing about', async () => {
    await synced(1);
    ward.server.judge = () => 'silence';
    await note(asked, 'still here');
    ward.server.touch('consults', asked);
    await ward.tablet.syncNow();
    await ward.reopen();
    expect(textsOf(asked)).toContain('still here');
    expect(deliveries()).toEqual(['on-this-tablet']);
  });

  it('E13 after a restart with an unsent event the events of others still arrive', async () => {
    await synced(1);
    ward.server.judge = () => 'silence';
    await note(asked, 'unsent');
    await ward.reopen();
    const theirs = stamped(
      authored(
        'note-added',
        { kind: 'plan', text: 'theirs' },
        { document: asked, author: people.cardiologist.id },
      ),
      2,
      instant('2026-11-22T10:00:00.000Z'),
    );
    ward.server.put('consults', asked, consultContent(asked, [theirs]), false);
    await ward.tablet.syncNow();
    await ward.until(() => expect(textsOf(asked)).toEqual(['submitted', 'theirs', 'unsent']));
  });

  it('E14 a refused event is not sent again and again', async () => {
    await synced(1);
    ward.server.judge = (event) => ({
      id: event.id,
      outcome: 'refused',
      code: 'not-allowed',
      kept: 'server',
    });
    await note(asked, 'no');
    await ward.until(() => expect(deliveries()).toEqual(['refused']));
    await ward.clock.advance(30 * 60_000);
    await ward.tablet.syncNow();
    expect(ward.server.count('push')).toBe(1);
  });

  it('E15 a push that keeps failing does not stop the pull', async () => {
    const ids = await synced(1);
    ward.server.fault = ({ path }) => (path === 'push' ? problem(ward.server, 503, 'unavailable') : null);
    await note(asked, 'stuck');
    const later = consultName(9);
    ward.server.put('consults', later, consultContent(later), false);
    await ward.tablet.syncNow();
    await ward.holds([...ids, later]);
    expect(deliveries()).toEqual(['on-this-tablet']);
    expect(textsOf(asked)).toContain('stuck');
    ward.server.fault = () => null;
    await ward.clock.advance(120_000);
    await ward.until(() => expect(serverTexts(asked)).toContain('stuck'));
  });

  it('E16 a page that could not be written is pulled again: nothing is missing', async () => {
    const ids = fill(ward.server, 45);
    ward.server.rowsPerPage = 10;
    let pulls = 0;
    ward.server.fault = ({ path, body }) => {
      if (path === 'pull' && (body as { collection: string }).collection === 'consults' && ++pulls === 3) {
        ward.place.failPages(1);
      }
      return null;
    };
    await ward.tablet.syncNow();
    await ward.until(() => expect(ward.connection().trouble).toBe('storage-failing'));
    await ward.clock.advance(5_000);
    await ward.holds(ids);
    await ward.tablet.syncNow();
    expect(ward.connection().trouble).toBeNull();
    expect(ward.connection().perCollection.consults).toEqual({ caughtUp: true, count: 45 });
    // It was not the state check that mended it: there was never a gap.
    expect(ward.server.count('compare')).toBe(0);
  });
});
