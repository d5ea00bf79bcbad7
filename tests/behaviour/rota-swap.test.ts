import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { swapsOf } from '#server/rota/rota-module.ts';
import type { Swaps } from '#server/rota/swaps.ts';
import type { Person } from '#shared/directory/staff.ts';
import { departments, people, uuidOf } from '#tests/builders.ts';
import { at, duty, nameOf, openRotaWard, type RotaWard } from './rota-ward.ts';
import { staff } from './ward.ts';

const [evening, night, day] = [staff.firstOnCall, people.cardiologist, people.cardiologist2];
const tomorrow = '2026-03-03';
const turns = {
  evening: duty('first', evening, at('08:00'), at('20:00')),
  tonight: duty('first', night, at('20:00'), at('08:00', tomorrow)),
  tomorrow: duty('first', day, at('08:00', tomorrow), at('20:00', tomorrow)),
  after: duty('first', night, at('20:00', tomorrow), at('08:00', '2026-03-10')),
};

describe('a swap through the night', () => {
  let rota: RotaWard;
  let swaps: Swaps;
  beforeEach(async () => {
    rota = await openRotaWard();
    await rota.rota(...Object.values(turns));
    await rota.look();
    const [gateway] = rota.ward.gateways;
    if (gateway === undefined) throw new Error('no gateway');
    swaps = swapsOf(gateway.server.parts);
  });
  afterEach(() => rota.ward.close());

  const actorOf = async (who: Person) => {
    const { device } = await rota.ward.session(who);
    return {
      person: who.id,
      device,
      deviceKind: 'ward' as const,
      session: 'session',
      address: '::1',
      at: rota.ward.clock.now(),
    };
  };
  const ask = async () => {
    const swap = await swaps.ask(await actorOf(night), {
      id: uuidOf('swap'),
      department: departments.cardiology.id,
      mine: { week: '2026-W10', shift: turns.tonight.id },
      to: day.id,
      theirs: { week: '2026-W10', shift: turns.tomorrow.id },
    });
    if (!swap.ok) throw new Error(swap.error.code);
    return swap.value;
  };
  const firstCalled = async (): Promise<string[]> => {
    const id = await rota.ward.submit('chest pain', { urgency: 'emergency' });
    for (const gateway of rota.ward.gateways) await gateway.settle();
    return (await rota.ward.alertsOf(id))
      .filter(({ as }) => as === 'on-call first' || as === 'assignee')
      .map(({ recipient }) => nameOf(recipient));
  };

  it('the one who is asked hears of it once, however often anybody looks', async () => {
    await ask();
    for (let look = 0; look < 3; look++) await rota.look();
    await rota.ward.openGateway('two');
    await rota.look();
    expect(await rota.told('swap-asked')).toEqual([`urgent ${day.name}`]);
    expect(await rota.told('rota-changed')).toEqual([]);
  });

  it('the one who asked hears of a no', async () => {
    const { id } = await ask();
    await swaps.answer(await actorOf(day), id, 'declined');
    await rota.look();
    expect(await rota.told('swap-declined')).toEqual([`urgent ${night.name}`]);
    expect(await rota.told('rota-changed')).toEqual([]);
  });

  it('ALE-1 of a yes both hear', async () => {
    const { id } = await ask();
    await swaps.answer(await actorOf(day), id, 'agreed');
    await rota.look();
    expect(new Set(await rota.told('rota-changed'))).toEqual(
      new Set([`urgent ${night.name}`, `urgent ${day.name}`]),
    );
  });

  it('until it is agreed the next emergency wakes whoever has the turn', async () => {
    await ask();
    await rota.until(at('21:00'));
    expect(await firstCalled()).toEqual([night.name]);
  });

  it('DEP-5 once agreed the next emergency of that night wakes the other', async () => {
    const { id } = await ask();
    await swaps.answer(await actorOf(day), id, 'agreed');
    await rota.until(at('21:00'));
    expect(await firstCalled()).toEqual([day.name]);
  });

  it('what a gateway agreed to and did not write before it died is written at the next look', async () => {
    const { id } = await ask();
    const database = rota.ward.store.database('accounts');
    const held = await database.get(`rota-swap:${id}`);
    const actor = await actorOf(day);
    const facts = held?.body['facts'] as unknown[];
    await database.write([
      {
        id: `rota-swap:${id}`,
        rev: held?.rev,
        body: {
          ...held?.body,
          facts: [...facts, { fact: 'agreed', by: day.id, at: actor.at }],
          agreedActor: actor,
        },
      },
    ]);
    await rota.look();
    await rota.until(at('21:00'));
    expect(await firstCalled()).toEqual([day.name]);
  });
});
