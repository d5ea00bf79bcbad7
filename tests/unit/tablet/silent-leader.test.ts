import { describe, expect, it } from 'vitest';
import { ok } from '#shared/lib/result.ts';
import { answerWithinMs, askAfterMs, watchLeader } from '$lib/sync/silent-leader.ts';
import type { OutboxChange, OutboxEntry } from '$lib/sync/tablet-store.ts';
import { createHandClock, settle } from '#tests/e-rows/hand-clock.ts';

/** Two windows of one person over one storage; a frozen one hears nothing. */
function windows() {
  const clock = createHandClock();
  const outbox: OutboxEntry[] = [];
  const frozen = new Set<string>();
  const pushes: string[] = [];
  const onOutbox = new Map<string, (change: OutboxChange) => void>();
  const onNote = new Map<string, (key: string, value: unknown) => void>();
  function open(name: string, isLeading: () => boolean): () => void {
    return watchLeader({
      clock,
      scheduler: clock,
      isLeading,
      push() {
        pushes.push(name);
        return Promise.resolve();
      },
      store: {
        outbox: () => Promise.resolve([...outbox]),
        watchOutbox(run: (change: OutboxChange) => void) {
          onOutbox.set(name, run);
          return () => void onOutbox.delete(name);
        },
        watchNotes(run: (key: string, value: unknown) => void) {
          onNote.set(name, run);
          return () => void onNote.delete(name);
        },
        putNote(key: string, value: unknown) {
          for (const [window, run] of [...onNote]) if (!frozen.has(window)) run(key, value);
          return Promise.resolve(ok(undefined));
        },
      } as never,
    });
  }
  return {
    clock,
    frozen,
    pushes,
    open,
    write: (): void => {
      const entry = { id: 'one', accepted: null } as unknown as OutboxEntry;
      outbox.push(entry);
      for (const [window, run] of onOutbox) if (!frozen.has(window)) run({ saved: [entry], removed: [] });
    },
    sent: () => void outbox.splice(0),
    pass: async (ms: number): Promise<void> => {
      await clock.advance(ms);
      await settle(5);
    },
  };
}

describe('FM-8 a leading window that the browser has frozen', () => {
  it('is asked, and where it does not answer the window that wrote sends by itself within seconds', async () => {
    const { open, write, frozen, pushes, pass } = windows();
    open('leader', () => true);
    open('other', () => false);
    frozen.add('leader');
    write();
    await pass(askAfterMs);
    expect(pushes).toEqual([]);
    await pass(answerWithinMs);
    expect(pushes).toEqual(['other']);
  });

  it('goes on being helped out as long as something waits', async () => {
    const { open, write, frozen, pushes, pass, sent } = windows();
    open('leader', () => true);
    open('other', () => false);
    frozen.add('leader');
    write();
    await pass(2 * 60_000);
    expect(pushes.length).toBeGreaterThan(2);
    sent();
    await pass(60_000);
    const before = pushes.length;
    await pass(10 * 60_000);
    expect(pushes).toHaveLength(before);
    write();
    await pass(askAfterMs + answerWithinMs);
    expect(pushes).toHaveLength(before + 1);
  });

  it('one that is awake answers and is left alone, however long the network is gone', async () => {
    const { open, write, pushes, pass } = windows();
    open('leader', () => true);
    open('other', () => false);
    write();
    await pass(10 * 60_000);
    expect(pushes).toEqual([]);
  });

  it('a window that leads meanwhile, or was closed, asks and sends nothing here', async () => {
    const { open, write, pushes, pass } = windows();
    let leads = false;
    open('heir', () => leads);
    const close = open('closed', () => false);
    write();
    leads = true;
    close();
    await pass(60_000);
    expect(pushes).toEqual([]);
  });
});
