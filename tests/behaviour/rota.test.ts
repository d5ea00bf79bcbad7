import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addMinutes } from '#shared/lib/instant.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { departments, people } from '#tests/builders.ts';
import { at, duty, nameOf, openRotaWard, weekOfDuty, type RotaWard } from './rota-ward.ts';
import { staff } from './ward.ts';

const [evening, night, day] = [staff.firstOnCall, people.cardiologist, people.cardiologist2];
const tomorrow = '2026-03-03';
const dayAfter = '2026-03-04';
/** Today until 20:00, the night, tomorrow's day and night, and so on until the week is over. */
const wholeRota = [
  duty('first', evening, at('08:00'), at('20:00')),
  duty('first', night, at('20:00'), at('08:00', tomorrow)),
  duty('first', day, at('08:00', tomorrow), at('20:00', tomorrow)),
  duty('first', night, at('20:00', tomorrow), at('08:00', '2026-03-10')),
];

describe('the rota through the night', () => {
  let rota: RotaWard;
  beforeEach(async () => {
    rota = await openRotaWard();
  });
  afterEach(() => rota.ward.close());

  describe('ALE-10 gaps', () => {
    const withGap = wholeRota.filter((_, row) => row !== 1);

    it('a rota without a gap tells nobody anything', async () => {
      await rota.rota(...wholeRota);
      await rota.look();
      const aboutRota = (await rota.announcements()).filter(({ about }) => about !== 'unreachable');
      expect(aboutRota).toEqual([]);
    });

    it('a gap tonight alerts the head once, however often it is looked for', async () => {
      await rota.rota(...withGap);
      for (let look = 0; look < 4; look++) await rota.look();
      expect(await rota.told('rota-gap')).toEqual(['routine head']);
      const [alert] = await rota.announcements('rota-gap');
      expect(alert).toMatchObject({ consult: null, as: 'head', department: departments.cardiology.id });
    });

    it('a gap tonight wakes the head’s device, without a name on it', async () => {
      await rota.ward.reachable(staff.head);
      await rota.rota(...withGap);
      await rota.look();
      await rota.until(at('18:00'));
      expect(rota.ward.pushedTo()).toContain('head');
      const pushes = rota.ward.sender.sent.filter(({ payload }) => payload.about === 'rota-gap');
      expect(pushes.length).toBeGreaterThan(0);
      for (const { payload } of pushes) {
        expect(payload.departmentName).toBe(departments.cardiology.name);
        expect(JSON.stringify(payload)).not.toMatch(/first-on-call|receiver|cardiologist/);
      }
    });

    it('a gap more than a day ahead is not told yet, and is told when the day has come', async () => {
      await rota.rota(
        ...wholeRota.slice(0, 3),
        duty('first', night, at('00:00', dayAfter), at('08:00', '2026-03-10')),
      );
      await rota.look();
      expect(await rota.told('rota-gap')).toEqual([]);
      await rota.until(at('20:30'));
      expect(await rota.told('rota-gap')).toEqual(['routine head']);
    });

    it('a gap still open two hours before it begins alerts the head again, as urgent, once', async () => {
      await rota.rota(...withGap);
      await rota.look();
      await rota.until(at('17:59'));
      expect(await rota.told('rota-gap')).toEqual(['routine head']);
      await rota.until(at('18:00'));
      await rota.until(at('19:00'));
      await rota.until(at('21:00'));
      expect(await rota.told('rota-gap')).toEqual(['routine head', 'urgent head']);
    });

    it('a gap that was filled in time is not told again', async () => {
      await rota.rota(...withGap);
      await rota.look();
      await rota.rota(...wholeRota);
      await rota.until(at('19:00'));
      expect(await rota.told('rota-gap')).toEqual(['routine head']);
    });

    it('a doctor who leaves the hospital opens a gap', async () => {
      await rota.rota(...wholeRota);
      await rota.look();
      await rota.put({ ...night, active: false });
      await rota.look();
      expect(new Set(await rota.told('rota-gap'))).toEqual(new Set(['routine head']));
    });

    it('a gap in the duty administration reaches whoever has it now, for it has no head', async () => {
      await rota.rota(...wholeRota);
      await rota.put(
        weekOfDuty(departments.radiology.id, [
          duty('first', staff.dutyAdministrator, at('08:00'), at('20:00')),
          duty('first', staff.dutyAdministrator, at('08:00', tomorrow), at('08:00', '2026-03-10')),
        ]),
      );
      await rota.look();
      expect(await rota.told('rota-gap')).toEqual(['routine duty-administrator']);
    });

    it('two gateways and a restart tell it once', async () => {
      await rota.ward.openGateway('two');
      await rota.rota(...withGap);
      await rota.look();
      await rota.ward.openGateway('three');
      await rota.look();
      expect(await rota.told('rota-gap')).toEqual(['routine head']);
    });
  });

  describe('DEP-6 hand-over', () => {
    beforeEach(async () => {
      await rota.rota(...wholeRota);
      await rota.look();
      await rota.until(at('21:00'));
    });

    const taken = async (name: string): Promise<ConsultId> => {
      const id = await rota.ward.submit(name, { urgency: 'urgent' });
      await rota.ward.act(night, id, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
      await rota.ward.act(night, id, 'seen', {});
      return id;
    };
    const offers = async (id: ConsultId) =>
      (await rota.ward.consult(id)).timeline
        .filter(({ event }) => event.type === 'hand-over-offered')
        .map(({ event }) => nameOf(String(event.body['to'])));
    const lateSteps = async (id: ConsultId) =>
      (await rota.ward.consult(id)).timeline
        .filter(({ event }) => event.type === 'escalated' && event.body['unless'] === 'hand-over')
        .map(({ event }) =>
          (event.body['notified'] as { person: string }[]).map(({ person }) => nameOf(person)),
        );
    const morning = at('08:00', tomorrow);

    it('open consults are offered to the incoming doctor at 08:00, and each only once', async () => {
      const ids = [await taken('one'), await taken('two')];
      await rota.until(addMinutes(morning, -1));
      for (const id of ids) expect(await offers(id)).toEqual([]);
      await rota.until(morning);
      await rota.look();
      await rota.until(addMinutes(morning, 5));
      for (const id of ids) expect(await offers(id)).toEqual([day.name]);
    });

    it('the incoming doctor is alerted that it is handed over', async () => {
      const id = await taken('one');
      await rota.until(morning);
      const told = (await rota.ward.alertsOf(id)).filter(({ about }) => about === 'hand-over');
      expect(told.map(({ recipient, as }) => [nameOf(recipient), as])).toEqual([[day.name, 'incoming']]);
    });

    it('until it is confirmed the outgoing doctor has it; then the incoming one', async () => {
      const id = await taken('one');
      await rota.until(morning);
      expect((await rota.ward.consult(id)).assignee).toBe(night.id);
      const outcome = await rota.ward.act(day, id, 'hand-over-confirmed', {});
      expect(outcome.outcome).toBe('accepted');
      expect((await rota.ward.consult(id)).assignee).toBe(day.id);
      const told = (await rota.ward.alertsOf(id)).filter(({ about }) => about === 'hand-over');
      expect(told[0]?.facts.map(({ fact }) => fact)).toContain('stood-down');
    });

    it('an unconfirmed hand-over reaches the receiver, then the head, each once', async () => {
      const id = await taken('one');
      await rota.until(morning);
      await rota.until(addMinutes(morning, 29));
      expect(await lateSteps(id)).toEqual([]);
      await rota.until(addMinutes(morning, 30));
      expect(await lateSteps(id)).toEqual([['receiver']]);
      await rota.until(addMinutes(morning, 59));
      await rota.until(addMinutes(morning, 60));
      await rota.until(addMinutes(morning, 200));
      expect(await lateSteps(id)).toEqual([['receiver'], ['head']]);
    });

    it('a confirmed one escalates no more', async () => {
      const id = await taken('one');
      await rota.until(morning);
      await rota.until(addMinutes(morning, 31));
      await rota.ward.act(day, id, 'hand-over-confirmed', {});
      await rota.until(addMinutes(morning, 200));
      expect(await lateSteps(id)).toEqual([['receiver']]);
    });

    it('what was answered before the morning is offered to nobody', async () => {
      const id = await taken('one');
      await rota.ward.act(night, id, 'completed', {
        answers: { kind: 'question' },
        findings: 'Stable.',
        recommendations: [],
        followUp: { kind: 'none' },
      });
      await rota.until(morning);
      expect(await offers(id)).toEqual([]);
    });

    it('what a doctor took while not on call stays theirs', async () => {
      const id = await rota.ward.submit('own', { urgency: 'urgent' });
      await rota.ward.act(day, id, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
      await rota.until(at('20:01', tomorrow));
      expect(await offers(id)).toEqual([]);
    });

    it('nobody confirms by the evening: it is offered to the one who comes then', async () => {
      const id = await rota.ward.submit('evening', { urgency: 'urgent' });
      await rota.ward.act(night, id, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
      await rota.until(morning);
      await rota.rota(
        ...wholeRota.slice(0, 3),
        duty('first', evening, at('20:00', tomorrow), at('08:00', '2026-03-10')),
      );
      await rota.until(at('20:00', tomorrow));
      expect(await offers(id)).toEqual([day.name, evening.name]);
    });

    it('two gateways offer it once; one that starts at 08:03 makes good what none did', async () => {
      const id = await taken('one');
      await rota.ward.openGateway('two');
      rota.ward.clock.advance(11 * 60 * 60_000 + 3 * 60_000);
      await rota.ward.openGateway('three');
      await Promise.all(rota.ward.gateways.map(({ product }) => product.rota.tick()));
      await rota.look();
      expect(await offers(id)).toEqual([day.name]);
    });
  });

  describe('ALE-1 a changed rota', () => {
    it('alerts those whose turns changed, and nobody else', async () => {
      await rota.rota(...wholeRota);
      await rota.look();
      const swapped = duty('first', staff.secondOnCall, at('08:00', tomorrow), at('20:00', tomorrow), {
        id: 'swap',
        override: { askedBy: day.id, agreedBy: staff.secondOnCall.id },
      });
      await rota.rota(...wholeRota, swapped);
      for (let look = 0; look < 3; look++) await rota.look();
      expect(await rota.told('rota-changed')).toEqual([`urgent ${day.name}`, 'urgent second-on-call'].sort());
    });

    it('a change back is told as well', async () => {
      await rota.rota(...wholeRota);
      await rota.look();
      await rota.rota(wholeRota[0] as never, wholeRota[1] as never, wholeRota[3] as never);
      await rota.look();
      await rota.rota(...wholeRota);
      await rota.look();
      expect((await rota.told('rota-changed')).filter((line) => line.endsWith(day.name))).toHaveLength(2);
    });

    it('a rota seen for the first time, a turn that is over and one beyond 14 days tell nobody', async () => {
      await rota.rota(...wholeRota);
      await rota.look();
      const far = (who: typeof day) =>
        weekOfDuty(
          departments.cardiology.id,
          [duty('first', who, at('08:00', '2026-03-24'), at('20:00', '2026-03-24'))],
          '2026-W13',
        );
      await rota.put(far(day));
      await rota.look();
      await rota.put(far(night));
      await rota.until(at('21:00'));
      await rota.rota(...wholeRota.slice(1));
      await rota.look();
      expect(await rota.told('rota-changed')).toEqual([]);
    });

    it('is told after a restart, once, by whichever gateway', async () => {
      await rota.rota(...wholeRota);
      await rota.look();
      await rota.rota(
        ...wholeRota.slice(0, 2),
        duty('first', evening, at('08:00', tomorrow), at('20:00', tomorrow)),
        wholeRota[3] as never,
      );
      await rota.ward.openGateway('two');
      await Promise.all(rota.ward.gateways.map(({ product }) => product.rota.tick()));
      await rota.look();
      expect(await rota.told('rota-changed')).toEqual(
        [`urgent ${day.name}`, `urgent ${evening.name}`].sort(),
      );
    });
  });

  describe('CON-7 follow-ups', () => {
    const answered = async (): Promise<ConsultId> => {
      await rota.rota(...wholeRota);
      const id = await rota.ward.submit('followed');
      await rota.ward.act(evening, id, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
      await rota.ward.act(evening, id, 'completed', {
        answers: { kind: 'question' },
        findings: 'Atrial fibrillation.',
        recommendations: [],
        followUp: { kind: 'regular', everyDays: 2 },
      });
      return id;
    };
    const reminders = async (id: ConsultId) =>
      (await rota.ward.consult(id)).timeline
        .filter(({ event }) => event.type === 'follow-up-due')
        .map(({ event }) => event.body['dueAt']);

    it('a visit due every two days is said on the morning of the day, once, and alerts whoever answered', async () => {
      const id = await answered();
      await rota.until(at('07:59', dayAfter));
      expect(await reminders(id)).toEqual([]);
      await rota.until(at('08:00', dayAfter));
      for (let look = 0; look < 3; look++) await rota.look();
      expect(await reminders(id)).toEqual([at('08:00', dayAfter)]);
      const told = (await rota.ward.alertsOf(id)).filter(({ about }) => about === 'follow-up-due');
      expect(told.map(({ recipient }) => nameOf(recipient))).toEqual([evening.name]);
    });

    it('again two days later when no visit was recorded', async () => {
      const id = await answered();
      await rota.until(at('08:00', dayAfter));
      await rota.until(at('08:00', '2026-03-06'));
      expect(await reminders(id)).toEqual([at('08:00', dayAfter), at('08:00', '2026-03-06')]);
    });

    it('a follow-up that was ended says nothing more', async () => {
      const id = await answered();
      await rota.until(at('20:30'));
      await rota.ward.act(evening, id, 'follow-up-ended', { reason: 'Went home.' });
      await rota.until(at('08:00', dayAfter));
      await rota.until(at('08:00', '2026-03-06'));
      expect(await reminders(id)).toEqual([]);
    });

    it('a gateway that starts after the outage says the latest only, however many there are', async () => {
      const id = await answered();
      rota.ward.clock.advance(5 * 24 * 60 * 60_000);
      await rota.ward.openGateway('two');
      await Promise.all(rota.ward.gateways.map(({ product }) => product.rota.tick()));
      await rota.look();
      expect(await reminders(id)).toEqual([at('08:00', '2026-03-06')]);
    });
  });
});
