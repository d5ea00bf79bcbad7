import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHeldBack, quarantineWrite, refusedWrite, type HeldBack } from '#server/sync/held-back.ts';
import { authoredEnvelopeSchema, isStamped, type StampedEvent } from '#shared/event/envelope.ts';
import { people, story, storyStart } from '#tests/builders.ts';
import { createMemoryStore } from '#tests/simulation/memory-store.ts';

const asked = story().submitted();
const event = asked.events.filter(isStamped).find(({ type }) => type === 'submitted') as StampedEvent;
const authored = authoredEnvelopeSchema.strip().parse(event);

describe('what was held back and is in the record after all', () => {
  const store = createMemoryStore();
  const database = store.database('quarantine');
  let heldBack: HeldBack;
  beforeEach(() => (heldBack = createHeldBack(database)));
  afterEach(async () => {
    const left = await database.scan({ startKey: '', endKey: '\uffff', limit: 100, includeDocs: false });
    const held = await database.getMany(left.map(({ id }) => id));
    await database.write(
      held.flatMap((each) =>
        each === null ? [] : [{ id: each.id, rev: each.rev, body: {}, deleted: true }],
      ),
    );
  });

  const quarantine = quarantineWrite({
    kind: 'consult',
    event: authored,
    code: 'author-removed',
    departments: [],
    heldAt: storyStart,
    writtenAt: storyStart,
    startsAt: storyStart,
  });
  const saidOf = async () => (await heldBack.ofEvents(authored.author, [authored.id])).get(authored.id);

  it('a refusal of the very same event is withdrawn', async () => {
    await heldBack.keep([refusedWrite('consult', authored, 'not-allowed', storyStart)]);
    await heldBack.withdraw([event]);
    expect(await saidOf()).toBeUndefined();
  });

  it('a refusal of other words under the same id stays', async () => {
    await heldBack.keep([refusedWrite('consult', { ...authored, lamport: 9 }, 'not-allowed', storyStart)]);
    await heldBack.withdraw([event]);
    expect(await saidOf()).toEqual({ refused: 'not-allowed' });
  });

  it('one that nobody decided leaves the quarantine; a decision stays, with its reason', async () => {
    await heldBack.keep([quarantine]);
    await heldBack.withdraw([event]);
    expect(await heldBack.find(quarantine.id)).toBeNull();

    await heldBack.keep([quarantine]);
    const found = await heldBack.find(quarantine.id);
    const decision = { releasedAt: storyStart, decidedBy: people.head.id, reason: 'it was hers' };
    if (found !== null) await heldBack.decide(found.stored, decision);
    await heldBack.withdraw([event]);
    expect((await heldBack.find(quarantine.id))?.held).toMatchObject(decision);
  });
});
