import { describe, expect, it } from 'vitest';
import { createWipeMarker, wipeKey } from '$lib/devices/wipe-marker.ts';
import { runWipe, type WipeParts, type WipeProgress } from '$lib/devices/wipe.ts';
import { createSmallStore } from './small-store.ts';

class Killed extends Error {}

/** A device with one note in it, and a server that may not answer. The browser is killed at the n-th thing it does. */
function device(killedAt = Infinity) {
  const local = createSmallStore();
  const marker = createWipeMarker(local);
  const world = { words: 1, atServer: 0, told: null as number | null, withdrawn: true };
  const silent: Record<'isWithdrawn' | 'handIn' | 'erase' | 'tell', number> = {
    isWithdrawn: 0,
    handIn: 0,
    erase: 0,
    tell: 0,
  };
  const shown: WipeProgress[] = [];
  let done = 0;
  function alive(): void {
    done += 1;
    if (done === killedAt) throw new Killed();
  }
  /** True while this one gets no answer. */
  function isSilent(what: keyof typeof silent): boolean {
    alive();
    silent[what] -= 1;
    return silent[what] >= 0;
  }
  const parts: WipeParts = {
    marker: {
      read: () => marker.read(),
      clear: () => marker.clear(),
      write(state) {
        alive();
        marker.write(state);
        alive();
      },
    },
    isWithdrawn: async () =>
      Promise.resolve(isSilent('isWithdrawn') ? 'unknown' : world.withdrawn ? 'yes' : 'no'),
    async handIn() {
      if (isSilent('handIn')) return Promise.resolve(null);
      const handedIn = world.words;
      world.atServer = Math.max(world.atServer, handedIn);
      alive();
      return { handedIn, lost: 0 };
    },
    async erase() {
      if (isSilent('erase')) return Promise.resolve(false);
      expect(world.atServer).toBe(1);
      world.words = 0;
      alive();
      return true;
    },
    async tell(_slots, lost) {
      if (isSilent('tell')) return Promise.resolve(false);
      expect(world.words).toBe(0);
      world.told = lost;
      alive();
      return true;
    },
    pause: () => Promise.resolve(),
  };
  marker.write({ step: 'handing-in', slots: [0], handedIn: 0, lost: 0 });
  return {
    local,
    marker,
    world,
    silent,
    shown,
    run: () => runWipe(parts, (progress) => shown.push(progress)),
    wasKilled: () => done >= killedAt,
  };
}

describe('FM-6 emptying a device that was withdrawn', () => {
  it('hands in, deletes, tells, and says each', async () => {
    const tablet = device();
    expect(await tablet.run()).toBe(true);
    expect(tablet.world).toMatchObject({ words: 0, atServer: 1, told: 0 });
    expect(tablet.shown.map(({ step }) => step)).toEqual(['handing-in', 'deleting', 'telling', 'done']);
    expect(tablet.marker.read()).toMatchObject({ step: 'done', handedIn: 1, lost: 0 });
  });

  it('waits at each step for as long as there is no answer, and says so', async () => {
    const tablet = device();
    Object.assign(tablet.silent, { isWithdrawn: 2, handIn: 2, erase: 1, tell: 3 });
    expect(await tablet.run()).toBe(true);
    expect(tablet.shown.filter(({ waits }) => waits).map(({ step }) => step)).toEqual([
      ...['handing-in', 'handing-in', 'handing-in', 'handing-in'],
      'deleting',
      ...['telling', 'telling', 'telling'],
    ]);
    expect(tablet.world).toMatchObject({ words: 0, atServer: 1, told: 0 });
  });

  it('goes on at the next start, wherever it was killed', async () => {
    let kills = 0;
    for (let at = 1; ; at++) {
      const tablet = device(at);
      const first = await tablet.run().catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
        return 'killed';
      });
      if (first !== 'killed') break;
      kills += 1;
      expect(await tablet.run()).toBe(true);
      expect([at, tablet.world]).toMatchObject([at, { words: 0, atServer: 1, told: 0 }]);
    }
    expect(kills).toBeGreaterThan(8);
  });

  it('deletes nothing when the server does not say so any more', async () => {
    const tablet = device();
    tablet.world.withdrawn = false;
    expect(await tablet.run()).toBe(false);
    expect(tablet.world).toMatchObject({ words: 1, atServer: 0, told: null });
    expect(tablet.marker.read()).toBeNull();
  });

  it('a marker nobody can read begins at the beginning', () => {
    const local = createSmallStore();
    expect(createWipeMarker(local).read()).toBeNull();
    for (const text of ['{', '{"step":"everything"}', 'null']) {
      local.setItem(wipeKey, text);
      expect(createWipeMarker(local).read()).toMatchObject({ step: 'handing-in' });
    }
  });
});
