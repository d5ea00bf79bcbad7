import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import pino from 'pino';
import { createOneAtATime, turnMs } from '#server/directory/one-at-a-time.ts';
import { StoreUnavailable } from '#server/store/port.ts';
import { department, departmentId, membership, organisation, person } from '#tests/builders.ts';
import { createMemoryStore } from '#tests/simulation/memory-store.ts';
import { createTestClock, testKeys, type TestSession } from '#tests/server.ts';
import {
  cardiology,
  emailOf,
  medicine,
  office,
  people,
  startTown,
  town,
  wordsOf,
  type Town,
} from './town.ts';

/** Nobody of those who hold everything leads a department: they may go. */
const directory = [
  ...town.filter(({ id }) => id !== 'organisation' && id !== office),
  organisation({ dutyAdministration: office }),
  department('office', { type: 'administrative', head: people.medicalHead.id }),
  person('keeper', [membership(office, 'clerk')], { designation: 'ward-clerk' }),
];

/** At the same moment, in both orders the two could come. */
const together = async (...asked: readonly Promise<Response>[]): Promise<string[]> =>
  (await Promise.all(asked.map(async (one) => wordsOf(await one)))).sort();

describe('two gateways at the same moment', () => {
  let towns: readonly [Town, Town];
  /** The chief at one gateway, the deputy at the other. */
  let chief: TestSession;
  let deputy: TestSession;

  beforeEach(async () => {
    const store = createMemoryStore();
    const [keys, clock] = [testKeys(), createTestClock()];
    const first = await startTown({ store, keys, clock, directory });
    const second = await startTown({ store, keys, clock, directory: [] });
    towns = [first, second];
    chief = await first.session('chief');
    await first.server.addAccount(people.deputy.id, emailOf('deputy'));
    deputy = await second.server.signIn(emailOf('deputy'));
  });
  afterEach(async () => {
    for (const one of towns) await one.server.close();
  });

  it('PEO-3 leave one administrator when each of two takes the other out of use', async () => {
    const said = await together(
      chief.post(`/api/staff/${people.deputy.id}/deactivate`, { handOverTo: null }),
      deputy.post(`/api/staff/${people.chief.id}/deactivate`, { handOverTo: null }),
    );
    // Whoever came second was out of use by then.
    expect(said.filter((one) => one === '200')).toHaveLength(1);
    await towns[0].server.parts.directory.caughtUp();
    const held = towns[0].server.parts.directory.current().people;
    expect([people.chief.id, people.deputy.id].filter((id) => held.get(id)?.active)).toHaveLength(1);
  });

  it('DEP-1 give a code to one of two departments', async () => {
    const model = town.find((one) => one.kind === 'department');
    if (model?.kind !== 'department') throw new Error('the town has no department');
    const { kind: _kind, id: _id, active: _active, ...some } = model;
    const fields = (name: string) => ({ ...some, name, code: 'RENAL', head: null });
    const said = await together(
      chief.post('/api/departments', { id: departmentId('renal'), fields: fields('Renal') }),
      deputy.post('/api/departments', { id: departmentId('kidneys'), fields: fields('Kidneys') }),
    );
    expect(said).toEqual(['200', '409 · refused · code-taken code']);
  });

  it('DEP-1 make no circle of two departments that are each put under the other', async () => {
    const under = (parent: string) => ({ was: { parent: null }, becomes: { parent } });
    const said = await together(
      chief.patch(`/api/departments/${cardiology}`, under(medicine)),
      deputy.patch(`/api/departments/${medicine}`, under(cardiology)),
    );
    expect(said).toEqual(['200', '409 · refused · cycle parent']);
  });
});

describe('the turn', () => {
  const logger = pino({ level: 'silent' });

  it('is taken over from a gateway that died, when its time is over and not before', async () => {
    const clock = createTestClock();
    const meta = createMemoryStore().database('meta');
    const dead = createOneAtATime({ meta, clock, logger });
    void dead(() => new Promise(() => undefined));
    await vi.waitFor(async () => expect(await meta.get('turn:administration')).not.toBeNull());
    const looks: string[] = [];
    const living = createOneAtATime({
      meta,
      clock,
      logger,
      wait: (ms) => {
        looks.push(clock.now());
        clock.advance(ms);
        return Promise.resolve();
      },
    });
    const begunAt = clock.now();
    await living(() => Promise.resolve());
    expect(Date.parse(looks.at(-1) ?? '') - Date.parse(begunAt)).toBe(turnMs - 50);
  });

  it.each([false, true])(
    'is one’s alone, however many want it (a cluster that keeps both: %s)',
    async (isSplit) => {
      const meta = createMemoryStore({ split: () => isSplit }).database('meta');
      const gateways = Array.from({ length: 3 }, () =>
        createOneAtATime({ meta, clock: createTestClock(), logger, wait: () => Promise.resolve() }),
      );
      let inside = 0;
      let most = 0;
      let done = 0;
      const work = async (): Promise<void> => {
        inside += 1;
        most = Math.max(most, inside);
        // Somebody who did not wait would come in meanwhile.
        for (let reads = 0; reads < 5; reads++) await meta.get('turn:administration');
        inside -= 1;
        done += 1;
      };
      await Promise.all(gateways.flatMap((inTurn) => Array.from({ length: 8 }, () => inTurn(work))));
      expect([most, done]).toEqual([1, 24]);
    },
  );

  it('is given back by work that failed, and does not fail with it', async () => {
    const clock = createTestClock();
    const inTurn = createOneAtATime({ meta: createMemoryStore().database('meta'), clock, logger });
    await expect(inTurn(() => Promise.reject(new StoreUnavailable('away')))).rejects.toThrow('away');
    expect(await inTurn(() => Promise.resolve('done'))).toBe('done');
  });
});
