import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Consult } from '#shared/consult/consult.ts';
import type { ConsultId, EventId } from '#shared/lib/id.ts';
import { addMs, instant } from '#shared/lib/instant.ts';
import { isThin } from '$lib/storage/thin.ts';
import { ledgerKey } from '$lib/sync/deletion-guard.ts';
import { isLeftToServer, keptEnded, leftToServerSetting } from '$lib/sync/leave-to-server.ts';
import { authored, stamped, uuidOf } from '#tests/builders.ts';
import { consultContent, consultName, current, openWard, type Ward } from '#tests/e-rows/tablet-fixture.ts';
import { problem } from '#tests/e-rows/test-server.ts';

const older = 6;
const begin = instant('2026-11-22T10:00:00.000Z');

/** Cancelled one after the other: the higher the number, the later. */
function cancelled(ward: Ward, index: number): ConsultId {
  const id = consultName(index);
  const event = authored(
    'cancelled',
    { reason: 'no longer needed' },
    { id: uuidOf(`cancelled ${id}`) as EventId, document: id, lamport: 2, base: 1 },
  );
  ward.server.put(
    'consults',
    id,
    consultContent(id, [stamped(event, 2, addMs(begin, index * 60_000))]),
    false,
  );
  return id;
}

describe(
  'FM-11 the words of consults that ended longest ago are left to the server',
  { timeout: 30_000 },
  () => {
    let ward: Ward;
    let ended: ConsultId[];
    const open = consultName(500);
    beforeEach(async () => {
      ward = await openWard();
      ended = Array.from({ length: keptEnded + older }, (_, index) => cancelled(ward, index));
      ward.server.put('consults', open, consultContent(open), false);
      await ward.tablet.syncNow();
      await ward.holds([...ended, open]);
    });
    afterEach(() => ward.close());

    const oldest = (): ConsultId => ended[0] as ConsultId;
    const thinNow = async (): Promise<string[]> =>
      [...(await ward.store.read('consults', [...ended, open])).values()]
        .filter(isThin)
        .map(({ id }) => id)
        .sort();
    /** What the screen shows of it, for as long as the answer is not called. */
    function follow(id: ConsultId): { now: () => Consult | null; stop: () => void } {
      let shown: Consult | null = null;
      const stop = ward.tablet.consult(id).subscribe((consult) => (shown = consult));
      return { now: () => shown, stop };
    }
    const endedOnScreen = async (): Promise<string[]> => {
      let shown: readonly Consult[] = [];
      const stop = ward.tablet.endedConsults(100).subscribe((consults) => (shown = consults));
      await ward.until(() => expect(shown.length).toBeGreaterThan(0));
      stop();
      return shown.map(({ id }) => id);
    };

    it('the latest stay, nothing counts as missing or deleted, and the state agrees without a comparison', async () => {
      const versions = new Map(await ward.store.versions('consults'));
      expect(await ward.tablet.makeRoom()).toBe(older);
      expect(await thinNow()).toEqual(ended.slice(0, older).sort());
      expect(await ward.store.versions('consults')).toEqual(versions);
      expect(await endedOnScreen()).toEqual(ended.slice(older).reverse());
      expect(ward.shown()).toEqual([open]);
      expect(current(ward.tablet.unreadable)).toEqual([]);

      const compared = ward.server.count('compare');
      await ward.tablet.syncNow();
      await ward.reopen();
      await ward.tablet.syncNow();
      expect(ward.server.count('compare')).toBe(compared);
      expect(await thinNow()).toHaveLength(older);
      expect(await ward.store.versions('consults')).toEqual(versions);
      expect((await ward.store.notes('offer:')).size).toBe(0);
      expect(await ward.store.note(ledgerKey)).toBeUndefined();
      expect(ward.server.events(oldest())).toHaveLength(2);
      expect(current(ward.tablet.setting<unknown>(leftToServerSetting))).toSatisfy(isLeftToServer);
      // Nothing is left that may go.
      expect(await ward.tablet.makeRoom()).toBe(0);
    });

    it('one of them is fetched when somebody opens it, and not kept', async () => {
      await ward.tablet.makeRoom();
      const screen = follow(oldest());
      await ward.until(() => expect(screen.now()?.status).toBe('cancelled'));
      expect(await thinNow()).toContain(oldest());
      screen.stop();
      ward.server.fault = ({ path }) =>
        path === 'documents' ? problem(ward.server, 503, 'unavailable') : null;
      const again = follow(oldest());
      await ward.rest();
      expect(again.now()).toBeNull();
      again.stop();
    });

    it('one on the screen stays on it', async () => {
      const screen = follow(oldest());
      await ward.until(() => expect(screen.now()?.status).toBe('cancelled'));
      await ward.tablet.makeRoom();
      expect(await thinNow()).toContain(oldest());
      expect(screen.now()?.status).toBe('cancelled');
      screen.stop();
    });

    it('one that goes on at the server comes whole by itself', async () => {
      await ward.tablet.makeRoom();
      const note = authored(
        'note-added',
        { kind: 'progress', text: 'the family asked again' },
        { id: uuidOf('note') as EventId, document: oldest(), lamport: 3, base: 2 },
      );
      const events = [...ward.server.events(oldest()).slice(1), stamped(note, 3, addMs(begin, 90 * 60_000))];
      ward.server.put('consults', oldest(), consultContent(oldest(), events));
      await ward.until(async () => expect((await endedOnScreen())[0]).toBe(oldest()));
      expect(await thinNow()).not.toContain(oldest());
    });

    it('one with something unsent or half written stays whole', async () => {
      const [unsent, half] = ended as [ConsultId, ConsultId];
      ward.server.fault = ({ path }) => (path === 'push' ? problem(ward.server, 503, 'unavailable') : null);
      await ward.tablet.actOnConsult(unsent, 'note-added', { kind: 'progress', text: 'seen again' });
      await ward.tablet.saveDraft({ id: 'd', purpose: `note:${half}`, fields: {}, changedAt: begin });
      expect(await ward.tablet.makeRoom()).toBe(older - 2);
      const thin = await thinNow();
      expect([thin.includes(unsent), thin.includes(half)]).toEqual([false, false]);
    });

    it('one the server has lost is no reason to offer anything, and goes', async () => {
      await ward.tablet.makeRoom();
      ward.server.visible = (_collection, id) => id !== oldest();
      await ward.tablet.syncNow();
      await ward.holds([...ended.slice(1), open]);
      expect((await ward.store.notes('offer:')).size).toBe(0);
    });
  },
);
