import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rotaRefusedSchema, swapListSchema, swapViewSchema } from '#shared/directory/rota-protocol.ts';
import { onCall } from '#shared/directory/on-call.ts';
import { isRefused, rotaProblems } from '#shared/directory/rota-problems.ts';
import type { Shift } from '#shared/directory/rota.ts';
import type { Person } from '#shared/directory/staff.ts';
import { msBetween, type Instant } from '#shared/lib/instant.ts';
import { createDirectoryWriter } from '#server/directory/directory-writer.ts';
import { swapsOf } from '#server/rota/rota-module.ts';
import { createSwaps } from '#server/rota/swaps.ts';
import { people, uuidOf } from '#tests/builders.ts';
import {
  anna,
  at,
  bilal,
  cardiology,
  now,
  rotaOf,
  startRotaHospital,
  turn,
  usual,
  week,
  type RotaHospital,
} from './hospital.ts';

const nextWeek = '2026-W14';
const monday = turn(bilal, at('08:00', 30), at('20:00', 30));
const asked = (mine: Shift, theirs: Shift | null, to: Person = bilal, name = 'swap') => ({
  id: uuidOf(name),
  department: cardiology,
  mine: { week, shift: mine.id },
  to: to.id,
  theirs: theirs === null ? null : { week: theirs === monday ? nextWeek : week, shift: theirs.id },
});

describe('swaps', () => {
  let hospital: RotaHospital;
  beforeEach(async () => {
    hospital = await startRotaHospital();
    await hospital.putDirectory([rotaOf([monday], nextWeek)]);
  });
  afterEach(() => hospital.close());

  const ask = async (body: object, who = anna) => (await hospital.as(who)).post('/api/rota/swaps', body);
  const askedFor = async (body: object, who = anna) =>
    swapViewSchema.parse(await (await ask(body, who)).json());
  const answer = async (who: Person, id: string, word: string) =>
    (await hospital.as(who)).post(`/api/rota/swaps/${id}/${word}`);
  const swapsSeenBy = async (who: Person) =>
    swapListSchema.parse(await (await (await hospital.as(who)).get('/api/rota/swaps')).json()).swaps;
  const codeOf = async (response: Response) =>
    rotaRefusedSchema.parse(await response.json()).refusals?.[0]?.code;
  const holder = (moment: Instant) => onCall(hospital.parts.directory.current(), cardiology, 'first', moment);

  it('DEP-5 asked and agreed, each has the other’s turn, and the rota says who spoke', async () => {
    const { id, state } = await askedFor(asked(usual.friday, usual.tomorrow));
    expect(state).toBe('asked');
    expect(holder(at('09:00', 27))).toBe(anna.id);
    expect((await answer(bilal, id, 'agree')).status).toBe(200);
    expect(holder(at('09:00', 27))).toBe(bilal.id);
    expect(holder(at('09:00', 26))).toBe(anna.id);
    const overrides = hospital.stored()?.shifts.filter(({ override }) => override !== null) ?? [];
    expect(overrides.map(({ override }) => [override?.askedBy, override?.agreedBy])).toEqual([
      [anna.id, bilal.id],
      [anna.id, bilal.id],
    ]);
    const written = hospital.stored();
    if (written === undefined) throw new Error('no week');
    expect(rotaProblems(written, hospital.parts.directory.current(), now).filter(isRefused)).toEqual([]);
    expect((await swapsSeenBy(anna))[0]?.state).toBe('written');
  });

  it('over two weeks both are written', async () => {
    const { id } = await askedFor(asked(usual.friday, monday));
    await answer(bilal, id, 'agree');
    expect(holder(at('09:00', 27))).toBe(bilal.id);
    expect(holder(at('09:00', 30))).toBe(anna.id);
  });

  it('a turn is taken without one in return', async () => {
    const { id } = await askedFor(asked(usual.friday, null));
    await answer(bilal, id, 'agree');
    expect(holder(at('09:00', 27))).toBe(bilal.id);
    expect(hospital.stored()?.shifts).toHaveLength(6);
  });

  it('what was swapped is swapped on, and only one override says who has it', async () => {
    const first = await askedFor(asked(usual.friday, null));
    await answer(bilal, first.id, 'agree');
    const held = hospital.stored()?.shifts.at(-1);
    if (held === undefined) throw new Error('no override');
    const second = await askedFor(asked(held, null, anna, 'back'), bilal);
    await answer(anna, second.id, 'agree');
    expect(holder(at('09:00', 27))).toBe(anna.id);
    expect(hospital.stored()?.shifts.filter(({ override }) => override !== null)).toHaveLength(1);
  });

  it('both see it; nobody else does, and nobody else can answer', async () => {
    const { id } = await askedFor(asked(usual.friday, usual.tomorrow));
    expect(await swapsSeenBy(anna)).toHaveLength(1);
    expect(await swapsSeenBy(bilal)).toHaveLength(1);
    expect(await swapsSeenBy(people.head)).toEqual([]);
    expect((await answer(people.head, id, 'agree')).status).toBe(404);
    expect((await answer(anna, id, 'agree')).status).toBe(403);
    expect((await answer(bilal, id, 'withdraw')).status).toBe(403);
    expect(holder(at('09:00', 27))).toBe(anna.id);
  });

  it.each([
    ['declined', bilal, 'decline'],
    ['withdrawn', anna, 'withdraw'],
  ] as const)('once %s it cannot be agreed', async (state, who, word) => {
    const { id } = await askedFor(asked(usual.friday, usual.tomorrow));
    expect((await answer(who, id, word)).status).toBe(200);
    expect(await codeOf(await answer(bilal, id, 'agree'))).toBe('not-open');
    expect((await swapsSeenBy(bilal))[0]?.state).toBe(state);
    expect(holder(at('09:00', 27))).toBe(anna.id);
  });

  it('it expires when one of the turns begins', async () => {
    const { id } = await askedFor(asked(usual.friday, usual.tomorrow));
    hospital.clock.advance(msBetween(now, at('08:00', 26)));
    expect((await swapsSeenBy(bilal))[0]?.state).toBe('expired');
    expect(await codeOf(await answer(bilal, id, 'agree'))).toBe('not-open');
    expect(holder(at('09:00', 27))).toBe(anna.id);
  });

  it('a turn that was changed meanwhile is not swapped', async () => {
    const { id } = await askedFor(asked(usual.friday, usual.tomorrow));
    await hospital.putDirectory([
      rotaOf(Object.values({ ...usual, friday: { ...usual.friday, endsAt: at('22:00', 27) } })),
    ]);
    expect(await codeOf(await answer(bilal, id, 'agree'))).toBe('changed-meanwhile');
    expect((await swapsSeenBy(bilal))[0]?.state).toBe('asked');
  });

  it('asking and agreeing twice is asking and agreeing once', async () => {
    const body = asked(usual.friday, usual.tomorrow);
    const [one, two] = [await askedFor(body), await askedFor(body)];
    expect(two.id).toBe(one.id);
    await answer(bilal, one.id, 'agree');
    expect((await answer(bilal, one.id, 'agree')).status).toBe(200);
    expect(hospital.stored()?.shifts).toHaveLength(7);
    expect(await swapsSeenBy(anna)).toHaveLength(1);
  });

  it.each([
    ['somebody else’s turn', asked(usual.tomorrow, usual.friday), 'not-your-turn'],
    ['a turn there is not', asked(saturdayOf(), usual.tomorrow), 'not-your-turn'],
    ['a turn that has begun', asked(usual.over, usual.tomorrow), 'has-begun'],
    ['for a turn that is not theirs', asked(usual.friday, usual.tonight), 'not-their-turn'],
    ['with oneself', asked(usual.friday, usual.tonight, anna), 'nothing-to-swap'],
    ['with one of another department', asked(usual.friday, null, people.surgeon), 'not-of-department'],
  ])('%s is refused', async (_what, body, code) => {
    const response = await ask(body);
    expect(response.status).toBe(409);
    expect(await codeOf(response)).toBe(code);
  });

  it('malformed, and without a session', async () => {
    expect((await ask({ ...asked(usual.friday, null), id: 'mine' })).status).toBe(400);
    expect((await answer(bilal, 'no-such', 'agree')).status).toBe(404);
    expect((await hospital.app.request('/api/rota/swaps')).status).toBe(401);
  });

  it('AUD-1 each word is in the record, and the rota is written in the name of who agreed', async () => {
    const { id } = await askedFor(asked(usual.friday, usual.tomorrow));
    await answer(bilal, id, 'agree');
    const request = await hospital.store.database('accounts').get(`rota-swap:${id}`);
    expect(request?.body['pendingAudit']).toMatchObject([
      { action: 'rota.swap-ask', actor: { person: anna.id } },
      { action: 'rota.swap-agreed', actor: { person: bilal.id } },
    ]);
    const rota = await hospital.store.database('directory').get(`rota:${cardiology}:${week}`);
    expect(rota?.body['pendingAudit']).toMatchObject([{ action: 'rota.swap', actor: { person: bilal.id } }]);
  });

  it.each([0, 1, 2])(
    'a gateway that dies after %i of the writes leaves a swap that the next look finishes, once',
    async (writes) => {
      const { id } = await askedFor(asked(usual.friday, monday));
      const { store, directory } = hospital.parts;
      const real = createDirectoryWriter({ database: store.database('directory'), directory });
      let left = writes;
      const dying = createSwaps({
        database: store.database('accounts'),
        directory,
        clock: hospital.clock,
        writer: {
          change(...change) {
            if (left-- === 0) throw new Error('the gateway died');
            return real.change(...change);
          },
        },
      });
      const session = await hospital.as(bilal);
      const actor = {
        person: bilal.id,
        device: session.device,
        deviceKind: 'ward' as const,
        session: 's',
        address: '::1',
        at: now,
      };
      if (writes < 2) await expect(dying.answer(actor, id, 'agreed')).rejects.toThrow('the gateway died');
      else await dying.answer(actor, id, 'agreed');
      // Also when the first turn has begun by then: what stands half done is done.
      if (writes === 1) hospital.clock.advance(msBetween(now, at('09:00', 27)));
      for (let look = 0; look < 2; look++) await swapsOf(hospital.parts).finish(id);
      expect(holder(at('09:00', 27))).toBe(bilal.id);
      expect(holder(at('09:00', 30))).toBe(anna.id);
      expect(hospital.stored()?.shifts).toHaveLength(6);
      expect(hospital.stored(nextWeek)?.shifts).toHaveLength(2);
    },
  );
});

function saturdayOf(): Shift {
  return turn(anna, at('08:00', 28), at('20:00', 28));
}
