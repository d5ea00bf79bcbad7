import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acknowledgeAnswerSchema } from '#shared/alert/protocol.ts';
import { syntheticStep } from '#shared/escalation/claim.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import type { Person } from '#shared/directory/staff.ts';
import { pullAnswerSchema, type CollectionName } from '#shared/sync/protocol.ts';
import { departments } from '#tests/builders.ts';
import { openWard, staff, type Ward } from './ward.ts';

let ward: Ward;
beforeEach(async () => {
  ward = await openWard();
  await ward.openGateway('one');
});
afterEach(() => ward.close());

/** What a tablet of the person would hold now. */
async function held(who: Person, collection: CollectionName): Promise<string[]> {
  const session = await ward.session(who);
  const response = await session.post('/api/sync/pull', { collection, checkpoint: null, limit: 200 });
  const { documents } = pullAnswerSchema.parse(await response.json());
  return documents.flatMap((document) => ('gone' in document ? [] : [document.id]));
}
const alertsTo = async (who: Person, id: ConsultId) =>
  (await ward.alertsOf(id)).filter(({ recipient }) => recipient === who.id);
const namings = async (id: ConsultId) =>
  (await ward.consult(id)).timeline.filter(
    ({ event }) => event.type === 'escalated' && event.body['step'] === syntheticStep.standIn,
  );
/** So much time at once, and what is due by then. */
async function after(seconds: number): Promise<void> {
  ward.clock.advance(seconds * 1000);
  for (const gateway of ward.gateways) await gateway.settle();
}

describe('whoever is called about a consult can open it at once', () => {
  it('a duty administrator called in place of silent devices, who belongs to neither department', async () => {
    for (const who of [staff.firstOnCall, staff.dutyAdministrator]) await ward.reachable(who);
    const id = await ward.submit('one', { urgency: 'emergency' });
    expect(await held(staff.dutyAdministrator, 'consults')).toEqual([]);
    await after(60);
    await after(60);
    expect(await alertsTo(staff.dutyAdministrator, id)).toMatchObject([
      { as: 'duty-administrator', insteadOf: staff.firstOnCall.id },
    ]);
    expect(await held(staff.dutyAdministrator, 'consults')).toEqual([id]);
    const { patient } = await ward.consult(id);
    expect(await held(staff.dutyAdministrator, 'patients')).toEqual([patient]);
    // Named once, told once: the naming itself calls nobody.
    expect(await namings(id)).toHaveLength(1);
    expect(await alertsTo(staff.dutyAdministrator, id)).toHaveLength(1);
  });

  it('whoever holds it already is not named for it', async () => {
    for (const who of [staff.firstOnCall, staff.secondOnCall]) await ward.reachable(who);
    const id = await ward.submit('one', { urgency: 'emergency' });
    await after(60);
    await after(60);
    expect(await alertsTo(staff.secondOnCall, id)).toHaveLength(1);
    expect(await namings(id)).toEqual([]);
  });

  it('a duty administrator called by a step of the policy', async () => {
    const id = await ward.submit('one', { urgency: 'emergency' });
    await ward.pass(30);
    expect((await alertsTo(staff.dutyAdministrator, id)).length).toBeGreaterThan(0);
    expect(await held(staff.dutyAdministrator, 'consults')).toEqual([id]);
  });

  it('a duty administrator who hears of a new consult because the department has nobody at all', async () => {
    const directory = ward.store.database('directory');
    for (const name of [departments.cardiology.id, departments.heartCentre.id]) {
      const document = await directory.get(name);
      if (document === null) throw new Error('no department');
      await directory.write([
        { id: name, rev: document.rev, body: { ...document.body, head: null, receiver: null } },
      ]);
    }
    for (const who of [staff.head, staff.receiver, staff.parentHead]) {
      const document = await directory.get(who.id);
      if (document === null) throw new Error('nobody');
      await directory.write([{ id: who.id, rev: document.rev, body: { ...document.body, active: false } }]);
    }
    const rota = await directory.get(`rota:${departments.cardiology.id}:2026-W10`);
    if (rota === null) throw new Error('no rota');
    await directory.write([{ id: rota.id, rev: rota.rev, body: { ...rota.body, shifts: [] } }]);
    for (const { server } of ward.gateways) await server.parts.directory.caughtUp();
    const id = await ward.submit('one', { urgency: 'urgent' });
    expect(await alertsTo(staff.dutyAdministrator, id)).toMatchObject([
      { about: 'new-consult', as: 'duty-administrator' },
    ]);
    expect(await held(staff.dutyAdministrator, 'consults')).toEqual([id]);
  });

  it('who only reads along is offered no acknowledgement, who may acknowledge without taking it is', async () => {
    for (const who of [staff.parentHead, staff.dutyAdministrator]) await ward.reachable(who, 'personal');
    const id = await ward.submit('one', { urgency: 'emergency' });
    await ward.pass(31);
    const payloadsTo = (who: Person) =>
      ward.sender.sent
        .filter(({ endpoint }) => endpoint.endsWith(`/${who.name}`))
        .map(({ payload }) => payload);
    expect(payloadsTo(staff.dutyAdministrator).length).toBeGreaterThan(0);
    expect(payloadsTo(staff.dutyAdministrator).every(({ acknowledge }) => acknowledge === null)).toBe(true);
    const token = payloadsTo(staff.parentHead).find(({ acknowledge }) => acknowledge !== null)?.acknowledge;
    const response = await ward.gateways[0]?.server.app.request('/api/alert-tokens/acknowledge', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    expect(acknowledgeAnswerSchema.parse(await response?.json()).tookEffect).toBe(true);
    const { acknowledgedBy, assignee } = await ward.consult(id);
    expect(acknowledgedBy).toBe(staff.parentHead.id);
    expect(assignee).not.toBe(staff.parentHead.id);
  });
});

describe('CON-16 who comes has it', () => {
  it('a doctor who says “I’m coming” takes it from the one a rule gave it to, who is told and stood down', async () => {
    for (const who of [staff.firstOnCall, staff.secondOnCall]) await ward.reachable(who);
    const id = await ward.submit('one', { urgency: 'emergency' });
    expect((await ward.consult(id)).assignee).toBe(staff.firstOnCall.id);
    await ward.act(staff.secondOnCall, id, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
    const consult = await ward.consult(id);
    expect(consult.assignee).toBe(staff.secondOnCall.id);
    expect(consult.acknowledgedBy).toBe(staff.secondOnCall.id);
    const told = await alertsTo(staff.firstOnCall, id);
    expect(told.map(({ about }) => about)).toContain('reassigned-away');
    const call = told.find(({ about }) => about === 'assigned');
    expect(call?.facts.some(({ fact }) => fact === 'stood-down')).toBe(true);
  });

  it('nobody takes it from one who has acknowledged', async () => {
    const id = await ward.submit('one', { urgency: 'emergency' });
    await ward.act(staff.firstOnCall, id, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
    const outcome = await ward.act(staff.secondOnCall, id, 'acknowledged', {
      promiseMinutes: 0,
      assignSelf: true,
    });
    expect(outcome.outcome).toBe('refused');
    expect((await ward.consult(id)).assignee).toBe(staff.firstOnCall.id);
  });
});
