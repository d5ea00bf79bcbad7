import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuditor, type Auditor } from '#server/escalation/auditor.ts';
import { openEmbeddedStore } from '#server/store/embedded.ts';
import type { DocumentStore } from '#server/store/port.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { people, story, storyStart } from '#tests/builders.ts';
import { createTestClock, type TestClock } from '#tests/server.ts';

const withPolicy = (events: readonly HeldEvent[]): HeldEvent[] =>
  events.map((event) =>
    event.type === 'clock-snapshot'
      ? { ...event, body: { ...event.body, policy: defaultPolicy('emergency') } }
      : event,
  );
const opened = (name: string): HeldEvent[] =>
  withPolicy(story(name).submitted({ urgency: 'emergency' }).events);
const ended = (name: string): HeldEvent[] =>
  withPolicy(
    story(name)
      .submitted({ urgency: 'emergency' })
      .act('cancelled', { reason: 'Transferred.' }, { by: people.requester }).events,
  );
const projected = (events: readonly HeldEvent[]): Consult => {
  const consult = projectConsult(events);
  if (consult === null) throw new Error('no consult');
  return consult;
};

describe('ALE-7 the auditor', () => {
  let folder: string;
  let store: DocumentStore;
  let clock: TestClock;
  let auditor: Auditor;
  let found: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hc-audit-'));
    store = await openEmbeddedStore({ folder, designDocuments: [] });
    clock = createTestClock(storyStart);
    found = [];
    auditor = createAuditor({
      consults: store.database('consults'),
      clock,
      onFound: ({ id }) => void found.push(id),
    });
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  async function put(events: readonly HeldEvent[]): Promise<Consult> {
    const consult = projected(events);
    const consults = store.database('consults');
    const held = await consults.get(consult.id);
    await consults.write([
      { id: consult.id, rev: held?.rev, body: { kind: 'consult', id: consult.id, events } },
    ]);
    return consult;
  }

  it('an open consult whose next step lies ahead is good; an ended one is not counted', async () => {
    auditor.consider(await put(opened('one')));
    auditor.consider(await put(ended('two')));
    expect(await auditor.audit()).toEqual({ type: 'good', openConsults: 1 });
  });

  it('a step that is half a minute late is found, and its consult handed back to the engine', async () => {
    const consult = await put(opened('one'));
    auditor.consider(consult);
    clock.set(addMinutes(storyStart, 3.4));
    expect(await auditor.audit()).toMatchObject({ type: 'good' });
    clock.set(addMinutes(storyStart, 4));
    expect(await auditor.audit()).toEqual({ type: 'overdue', consults: 1, worstSeconds: 60 });
    expect(found).toEqual([consult.id]);
  });

  it('what the store says counts, not what the feed said last: a step fired elsewhere is no fault', async () => {
    const events = opened('one');
    auditor.consider(await put(events));
    clock.set(addMinutes(storyStart, 4));
    const snapshot = events.find(({ type }) => type === 'clock-snapshot');
    const claim = `${projected(events).id}:${snapshot?.id ?? ''}:0:0`;
    await put([
      ...events,
      {
        ...events[events.length - 1]!,
        id: `${claim}:escalated` as HeldEvent['id'],
        type: 'escalated',
        n: events.length + 1,
        receivedAt: addMinutes(storyStart, 3),
        body: {
          clock: snapshot?.id,
          step: 0,
          repeat: 0,
          unless: 'acknowledged',
          notified: [{ person: people.cardiologist.id, as: 'on-call first' }],
        },
      },
    ]);
    expect(await auditor.audit()).toEqual({ type: 'good', openConsults: 1 });
    expect(found).toEqual([]);
  });

  it('an open consult that the feed never brought is found in the store', async () => {
    const consult = await put(opened('one'));
    clock.set(addMinutes(storyStart, 1));
    expect(await auditor.audit()).toEqual({ type: 'feed-behind', consults: 1 });
    expect(found).toEqual([consult.id]);
    expect(await auditor.audit()).toEqual({ type: 'good', openConsults: 1 });
  });

  it('the feed has time to bring what was just written', async () => {
    await put(opened('one'));
    expect(await auditor.audit()).toEqual({ type: 'good', openConsults: 0 });
  });

  it('what was too new to be judged is looked at again, though nothing else was written', async () => {
    // Behind the fifty that are gone through at each look.
    const others = Array.from({ length: 120 }, (_, at) => ended(`ended ${String(at)}`));
    for (const events of others) auditor.consider(await put(events));
    const unheard = await put(opened('unheard'));
    expect((await auditor.audit()).type).toBe('good');
    clock.set(addMinutes(storyStart, 1));
    await auditor.audit();
    expect(found).toEqual([unheard.id]);
  });

  it('one forgotten among many that changed later is found by going through the whole store', async () => {
    const forgotten = await put(opened('forgotten'));
    for (let at = 0; at < 120; at++) auditor.consider(await put(ended(`ended ${String(at)}`)));
    clock.set(addMinutes(storyStart, 2));
    const verdicts: string[] = [];
    for (let look = 0; look < 4; look++) verdicts.push((await auditor.audit()).type);
    expect(verdicts).toContain('feed-behind');
    expect(found).toContain(forgotten.id);
  });

  it('a store that cannot be read proves nothing', async () => {
    await store.close();
    await expect(auditor.audit()).rejects.toThrow();
    store = await openEmbeddedStore({ folder, designDocuments: [] });
  });
});
