import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectConsult } from '#shared/consult/project.ts';
import { deactivatedSchema, openWorkSchema } from '#shared/administration/staff.ts';
import { rotaWeekId } from '#shared/directory/rota.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { consultId } from '#tests/builders.ts';
import { TestTablet } from '#tests/http/sync/gateway.ts';
import { cardiology, people, startTown, wordsOf, type Name, type Town } from './town.ts';

let town: Town;
beforeEach(async () => {
  town = await startTown();
});
afterEach(() => town.server.close());

const one = consultId('one');
const path = (name: Name) => `/api/staff/${people[name].id}`;
const consult = async () => {
  const held = await town.server.store.database('consults').get(one);
  return projectConsult((held?.body['events'] ?? []) as HeldEvent[]);
};

/** An urgent request of Medicine to Cardiology, taken by the doctor. */
async function withOpenConsult(): Promise<void> {
  const physician = new TestTablet(await town.session('physician'), town.server);
  await physician.begin(one);
  const doctor = new TestTablet(await town.session('doctor'), town.server);
  const body = { promiseMinutes: 30, assignSelf: true };
  const outcomes = await doctor.push([
    doctor.write('acknowledged', body, { document: one, lamport: 9, base: 3 }),
  ]);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted']);
  expect((await consult())?.assignee).toBe(people.doctor.id);
}
const deactivate = async (by: Name, whom: Name, handOverTo: string | null) =>
  (await town.session(by)).post(`${path(whom)}/deactivate`, { handOverTo });

describe('somebody leaves', () => {
  it('PEO-1 what stands in their name is shown before', async () => {
    await withOpenConsult();
    const at = town.server.clock.now();
    const shift = (id: string, minutes: number) => ({
      id,
      tier: 'first' as const,
      person: people.doctor.id,
      startsAt: addMinutes(at, minutes),
      endsAt: addMinutes(at, minutes + 480),
      override: null,
    });
    const id = rotaWeekId(cardiology, '2026-W10');
    await town.server.putDirectory([
      {
        kind: 'rota-week',
        id,
        department: cardiology,
        week: '2026-W10',
        shifts: [shift('past', -600), shift('next', 60)],
      },
    ]);
    const chief = await town.session('chief');
    const asked = async (name: Name) =>
      openWorkSchema.parse(await (await chief.get(`${path(name)}/open-work`)).json());
    expect(await asked('doctor')).toEqual({
      consults: [{ id: one, reference: 'CARD-26-00001', department: cardiology }],
      shifts: 1,
      headOf: [],
      receiverOf: [],
    });
    expect(await asked('head')).toMatchObject({ consults: [], headOf: [cardiology] });
    expect(await asked('receiver')).toMatchObject({ receiverOf: [cardiology] });
  });

  it('PEO-1 open consults go to whom is named, as the act of one who may reassign them; sessions end', async () => {
    await withOpenConsult();
    const doctor = await town.session('doctor');
    const answer = deactivatedSchema.parse(
      await (await deactivate('chief', 'doctor', people.colleague.id)).json(),
    );
    expect(answer).toMatchObject({
      person: { active: false },
      consults: [{ id: one, outcome: 'handed-over' }],
    });
    const now = await consult();
    expect(now?.assignee).toBe(people.colleague.id);
    const last = now?.timeline.findLast(({ event }) => event.type === 'reassigned')?.event;
    expect(last?.author).toBe(people.chief.id);
    expect((await doctor.get('/api/session')).status).toBe(401);
    expect((await town.staff('doctor')).active).toBe(false);
  });

  it('PEO-1 without the right to reassign they go back to the department, as a fact of the server', async () => {
    await withOpenConsult();
    const answer = deactivatedSchema.parse(
      await (await deactivate('staffManager', 'doctor', people.colleague.id)).json(),
    );
    expect(answer.consults).toEqual([{ id: one, outcome: 'to-pool' }]);
    const now = await consult();
    expect(now?.assignee).toBeNull();
    const facts = now?.timeline.filter(({ event }) => event.type === 'assignee-left');
    expect(facts).toMatchObject([{ event: { author: 'system' }, withoutEffect: null }]);
    // The clocks go on: a machine stopped nothing.
    expect(now?.clocks?.completed.stoppedAt).toBeNull();
  });

  it('is refused while they lead a department, for oneself, and to somebody who cannot take the work', async () => {
    await withOpenConsult();
    const words = async (by: Name, whom: Name, to: string | null = null) =>
      wordsOf(await deactivate(by, whom, to));
    expect(await words('chief', 'head')).toBe(`409 · refused · is-head ${cardiology}`);
    expect(await words('chief', 'receiver')).toBe(`409 · refused · is-receiver ${cardiology}`);
    expect(await words('chief', 'chief')).toBe('403 · forbidden · own-standing');
    expect(await words('staffManager', 'chief')).toBe('403 · forbidden · not-held');
    expect(await words('chief', 'doctor', people.nurse.id)).toBe('409 · refused · cannot-receive handOverTo');
    expect(await words('chief', 'doctor', people.doctor.id)).toBe(
      '409 · refused · unknown-person handOverTo',
    );
    expect((await town.staff('doctor')).active).toBe(true);
    expect((await consult())?.assignee).toBe(people.doctor.id);
  });

  it('DEP-1 a department with open consults stays in use', async () => {
    await withOpenConsult();
    const chief = await town.session('chief');
    const words = await wordsOf(await chief.post(`/api/departments/${cardiology}/active`, { active: false }));
    expect(words).toBe('409 · refused · open-consults · has-people');
  });

  it('and can come back with what they had', async () => {
    await town.session('colleague');
    expect((await deactivate('chief', 'colleague', null)).status).toBe(200);
    await expect(town.server.signIn('colleague@hospital.test')).rejects.toThrow();
    expect((await (await town.session('chief')).post(`${path('colleague')}/activate`)).status).toBe(200);
    const session = await town.server.signIn('colleague@hospital.test');
    expect((await session.get('/api/session')).status).toBe(200);
    expect((await town.staff('colleague')).fields.memberships).toHaveLength(1);
  });
});

describe('what tablets hold of the rota', () => {
  it('DEP-5 is yesterday and fourteen days from today on, and moves on with the server’s time', async () => {
    const weeks = ['2026-W08', '2026-W09', '2026-W10', '2026-W11', '2026-W12', '2026-W13'];
    await town.server.putDirectory(
      weeks.map((week) => ({
        kind: 'rota-week' as const,
        id: rotaWeekId(cardiology, week),
        department: cardiology,
        week,
        shifts: [],
      })),
    );
    await town.session('clerk');
    const personal = await town.server.signIn('clerk@hospital.test', { device: { kind: 'personal' } });
    const clerk = new TestTablet(personal, town.server);
    const held = () => [...clerk.held.directory.keys()].flatMap((id) => /W\d\d$/.exec(id)?.[0] ?? []).sort();
    await clerk.pull('directory');
    // Monday of week 10, in the hospital's own time.
    expect(held()).toEqual(['W09', 'W10', 'W11']);
    expect((await clerk.check('directory')).agrees).toBe(true);
    town.server.clock.advance(7 * 24 * 3_600_000);
    expect((await clerk.check('directory')).agrees).toBe(false);
    // As a tablet heals itself: what is missing is fetched, what has left is dropped.
    const { fetch, drop } = await clerk.compare('directory');
    for (const id of drop) clerk.held.directory.delete(id);
    clerk.take('directory', await clerk.fetch('directory', fetch));
    expect(held()).toEqual(['W10', 'W11', 'W12']);
    expect((await clerk.check('directory')).agrees).toBe(true);
  });
});
