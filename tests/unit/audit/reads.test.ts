import { describe, expect, it, vi } from 'vitest';
import { auditReadsSchema, type AuditRead } from '#shared/audit/protocol.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { heldReads, noteRead } from '$lib/audit/read-queue.ts';
import { startReadSender } from '$lib/audit/send-reads.ts';
import { createLive } from '$lib/tablet/live.ts';
import type { Live } from '$lib/tablet/tablet.ts';
import { storyStart, uuidOf } from '#tests/builders.ts';

const [anna, bilal] = [uuidOf('anna'), uuidOf('bilal')];

function tablet() {
  const setting = createLive<unknown>(null);
  let ids = 0;
  const made = {
    at: storyStart,
    isFull: false,
    now: () => made.at,
    newId: () => uuidOf(`read ${ids++}`),
    setting: <T>(): Live<T | null> => setting as Live<T | null>,
    async saveSetting(_key: string, value: unknown) {
      await Promise.resolve();
      if (made.isFull) throw new Error('the disk is full');
      // As stored: nothing but JSON comes back.
      setting.set(JSON.parse(JSON.stringify(value)));
    },
  };
  return made;
}

/** A server that takes reads while `isThere`, and forgets to answer while `isMute`. */
function network() {
  const state = { isThere: true, isMute: false, taken: new Map<string, AuditRead>(), asked: 0 };
  const request = vi.fn(async (_path: string, init?: RequestInit) => {
    state.asked++;
    await Promise.resolve();
    if (!state.isThere) throw new TypeError('no network');
    const { reads } = auditReadsSchema.parse(JSON.parse(init?.body as string));
    for (const read of reads) state.taken.set(read.id, read);
    if (state.isMute) throw new TypeError('the answer was lost');
    return new Response(null, { status: 204 });
  });
  return { state, request };
}

function start(on: ReturnType<typeof tablet>, request: ReturnType<typeof network>['request']) {
  let due: (() => void) | null = null;
  let wake: () => void = () => undefined;
  const stop = startReadSender({
    tablet: on,
    request,
    onWaking: (run) => {
      wake = run;
      return () => undefined;
    },
    later: (_delayMs, run) => {
      due = run;
      return () => void (due = null);
    },
  });
  return { stop, wake: () => wake(), pass: () => due?.(), isPlanned: () => due !== null };
}

describe('AUD-1 what is opened on a tablet', () => {
  it('is kept there first, once for one reading', async () => {
    const on = tablet();
    await Promise.all([
      noteRead(on, 'patient.open', anna),
      noteRead(on, 'patient.open', anna),
      noteRead(on, 'consult.open', bilal),
    ]);
    on.at = addMinutes(storyStart, 14);
    await noteRead(on, 'patient.open', anna);
    expect(heldReads(on).reads.map(({ subject }) => subject)).toEqual([anna, bilal]);
    on.at = addMinutes(storyStart, 16);
    await noteRead(on, 'patient.open', anna);
    expect(heldReads(on).reads.map(({ subject }) => subject)).toEqual([anna, bilal, anna]);
    expect(Object.keys(heldReads(on).notedAt)).toEqual([anna]);
  });

  it('is sent when there is a network, and forgotten only when the server has it', async () => {
    const [on, { state, request }] = [tablet(), network()];
    state.isThere = false;
    const sender = start(on, request);
    await noteRead(on, 'patient.open', anna);
    await vi.waitFor(() => expect(sender.isPlanned()).toBe(true));
    sender.pass();
    await vi.waitFor(() => expect(state.asked).toBe(1));
    await vi.waitFor(() => expect(sender.isPlanned()).toBe(true));
    expect(heldReads(on).reads).toHaveLength(1);
    state.isThere = true;
    await vi.waitFor(() => {
      sender.wake();
      expect(heldReads(on).reads).toEqual([]);
    });
    expect([...state.taken.values()]).toMatchObject([{ subject: anna, openedAt: storyStart }]);
    sender.stop();
  });

  it('is said again with the same id when the answer was lost', async () => {
    const [on, { state, request }] = [tablet(), network()];
    state.isMute = true;
    const sender = start(on, request);
    await noteRead(on, 'patient.open', anna);
    sender.wake();
    await vi.waitFor(() => expect(state.asked).toBe(1));
    state.isMute = false;
    await vi.waitFor(() => {
      sender.wake();
      expect(heldReads(on).reads).toEqual([]);
    });
    expect(state.taken.size).toBe(1);
    sender.stop();
  });

  it('goes in requests the server takes, however much there is, also what is noted meanwhile', async () => {
    const [on, { state, request }] = [tablet(), network()];
    for (let n = 0; n < 230; n++) await noteRead(on, 'patient.open', uuidOf(`patient ${n}`));
    const sender = start(on, request);
    sender.wake();
    await noteRead(on, 'patient.open', anna);
    await vi.waitFor(() => {
      sender.wake();
      expect(state.taken.size).toBe(231);
    });
    await vi.waitFor(() => expect(heldReads(on).reads).toEqual([]));
    sender.stop();
  });

  it('says so when it could not be kept', async () => {
    const on = tablet();
    on.isFull = true;
    await expect(noteRead(on, 'patient.open', anna)).rejects.toThrow('full');
  });
});
