import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '#shared/directory/staff.ts';
import type { ConsultId, PersonId } from '#shared/lib/id.ts';
import { allReachable } from './escalation-calls.ts';
import { openWard, staff, type Ward } from './ward.ts';

describe('DEP-3 an unassigned emergency always has a person', () => {
  let ward: Ward;
  beforeEach(async () => {
    ward = await openWard({ devicesShow: true });
    await ward.openGateway('one');
    await allReachable(ward);
  });
  afterEach(() => ward.close());

  const nameOf = (id: PersonId | null): string | null =>
    Object.values(staff).find((one) => one.id === id)?.name ?? null;
  const assigneeOf = async (id: ConsultId): Promise<string | null> =>
    nameOf((await ward.consult(id)).assignee);
  const handBack = (who: Person, id: ConsultId) =>
    ward.act(who, id, 'unassigned', { reason: 'Called to theatre.' });
  const alertsTo = async (id: ConsultId, who: Person): Promise<string[]> =>
    (await ward.alertsOf(id)).filter(({ recipient }) => recipient === who.id).map(({ about }) => about);

  it('handed back before anybody came, it goes to the next one awake, who is called, and to nobody twice', async () => {
    const id = await ward.submit('night', { urgency: 'emergency' });
    expect(await assigneeOf(id)).toBe(staff.firstOnCall.name);
    expect(await handBack(staff.receiver, id)).toMatchObject({ outcome: 'accepted' });
    expect(await assigneeOf(id)).toBe(staff.secondOnCall.name);
    expect(await alertsTo(id, staff.secondOnCall)).toEqual(['assigned']);
    expect(await alertsTo(id, staff.firstOnCall)).toEqual(['assigned', 'reassigned-away']);
    expect((await ward.consult(id)).acknowledgedBy).toBeNull();
  });

  it('handed back by a doctor who had taken it, too: the promise stays, and somebody has it', async () => {
    const id = await ward.submit('night', { urgency: 'emergency' });
    await ward.act(staff.firstOnCall, id, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
    await handBack(staff.head, id);
    const consult = await ward.consult(id);
    expect(nameOf(consult.assignee)).toBe(staff.secondOnCall.name);
    expect(consult.status).toBe('acknowledged');
    expect(consult.promise).not.toBeNull();
  });

  it('an urgent one that is handed back stays in the pool of its department', async () => {
    const id = await ward.submit('day', { urgency: 'urgent' });
    await ward.act(staff.firstOnCall, id, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
    await handBack(staff.head, id);
    expect(await assigneeOf(id)).toBeNull();
  });

  it('one that becomes an emergency after a receiver acknowledged for the department has a doctor from then on', async () => {
    const id = await ward.submit('day', { urgency: 'urgent' });
    await ward.act(staff.receiver, id, 'acknowledged', { promiseMinutes: 60, assignSelf: false });
    expect(await assigneeOf(id)).toBeNull();
    await ward.act(staff.requester, id, 'urgency-changed', {
      to: 'emergency',
      reason: 'Blood pressure fell.',
    });
    expect(await assigneeOf(id)).toBe(staff.firstOnCall.name);
    expect(await alertsTo(id, staff.firstOnCall)).toContain('assigned');
  });
});
