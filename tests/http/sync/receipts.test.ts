import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { receiptsAnswerSchema, type PushOutcome } from '#shared/sync/protocol.ts';
import { consultId, people } from '#tests/builders.ts';
import { startGateway, type Gateway, type TestTablet } from './gateway.ts';

const one = consultId('one');
let first: Gateway;
let second: Gateway;
beforeEach(async () => {
  first = await startGateway();
});
afterEach(async () => {
  await second.close();
  await first.close();
});

const receipts = async (tablet: TestTablet, id: string): Promise<readonly (PushOutcome | null)[]> =>
  receiptsAnswerSchema.parse(await (await tablet.post('receipts', { ids: [id] })).json()).outcomes;

describe('receipts', () => {
  it('are given again by a gateway that never took the event, once it was sent there and found', async () => {
    const here = await first.tablet(people.requester);
    await here.begin(one);
    const note = here.write('note-added', undefined, { document: one, lamport: 9, base: 3 });
    expect(await here.push([note])).toMatchObject([{ outcome: 'accepted', n: 4 }]);
    expect(await receipts(here, note.id)).toMatchObject([{ outcome: 'accepted', n: 4 }]);

    second = await startGateway({ beside: first });
    const there = await second.tablet(people.requester);
    expect(await receipts(there, note.id)).toEqual([null]);
    expect(await there.push([note])).toMatchObject([{ outcome: 'duplicate', n: 4 }]);
    expect(await receipts(there, note.id)).toMatchObject([{ outcome: 'accepted', n: 4 }]);
  });
});
