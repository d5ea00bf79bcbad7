import { describe, expect, it } from 'vitest';
import { createMemoryOutbox, sendFromMemory, type MemorySendingParts } from '$lib/rescue/send-from-memory.ts';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import { outboxEntryOf } from '$lib/tablet/write-event.ts';
import { consultId, deviceId, eventId, people, requestContent } from '#tests/builders.ts';
import { createHandClock } from '#tests/e-rows/hand-clock.ts';
import { createTestServer } from '#tests/e-rows/test-server.ts';

const me = people.requester.id;

describe('words that are in memory alone', () => {
  const asked = consultId('asked');
  const clock = createHandClock();

  function outbox() {
    const made = outboxEntryOf(
      {
        kind: 'consult',
        document: asked,
        type: 'submitted',
        body: { content: requestContent({ urgency: 'emergency' }), linked: [] },
        id: eventId('asked'),
        author: me,
        device: deviceId('one'),
        occurredAt: clock.now(),
        order: 1,
        offsetMs: null,
      },
      [],
    );
    if (!made.ok) throw new Error('too large for a test');
    return createMemoryOutbox([made.value]);
  }
  function parts(
    signedIn: string,
    slot: number | null,
  ): MemorySendingParts & { readonly sent: () => number } {
    const server = createTestServer();
    return {
      sessions: { current: () => Promise.resolve({ ok: true, value: { person: signedIn } as never }) },
      openServer: () =>
        createFetchServer({ origin: '', slot: 0, fetch: server.fetch, scheduler: clock, elapsedMs: () => 0 }),
      clock,
      slotOf: () => slot,
      sent: () => server.events(asked).length,
    };
  }

  it('OFF-2 go to the server under the session of the one who wrote them', async () => {
    const held = outbox();
    const here = parts(me, 0);
    expect(await sendFromMemory(me, held, here)).toBe(true);
    expect([here.sent(), held.accepted()]).toEqual([1, 1]);
  });

  it.each([
    ['somebody else has the slot', people.cardiologist.id, 0],
    ['nobody is signed in', me, null],
  ])('stay to be kept as a file when %s', async (_what, signedIn, slot) => {
    const held = outbox();
    const here = parts(signedIn, slot);
    expect(await sendFromMemory(me, held, here)).toBe(false);
    expect([here.sent(), held.accepted(), (await held.outbox()).length]).toEqual([0, 0, 1]);
  });
});
