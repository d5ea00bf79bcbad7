import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLeads } from '#server/alerts/leads.ts';
import { alertIdOf } from '#shared/alert/plan.ts';
import type { ConsultBody } from '#shared/consult/events.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { phases } from '#tests/escalation-simulation/mortal-store.ts';
import { consultOf, type Night } from '#tests/escalation-simulation/night.ts';
import { embeddedStage, type Stage } from '#tests/escalation-simulation/stores.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await embeddedStage();
});
afterEach(() => stage.close());

const stepMs = 250;
const mostMs = 5_000;

/** Everybody the first step of the consult calls was sent a push by a gateway that lived. */
async function isEverybodyCalled(night: Night, id: ConsultId): Promise<boolean> {
  const step = (await consultOf(night, id)).timeline.find(({ event }) => event.type === 'escalated')?.event;
  if (step === undefined) return false;
  const { notified } = step.body as ConsultBody<'escalated'>;
  return notified.every(({ person }) =>
    night.pushes.some(({ alert }) => alert === alertIdOf(id, step.id, person)),
  );
}

describe('FM-40, FM-41 three gateways, one is killed while another has more to do than it can', () => {
  it.each(phases)('%s: an emergency’s call leaves within five seconds all the same', async (phase) => {
    const { night } = stage;
    const [dying, busy, third] = [
      await night.open('one'),
      await night.open('two'),
      await night.open('three'),
    ];
    // What a gateway says of itself whose own calls have been under way for longer than a moment.
    const leads = createLeads({
      database: busy.mortal.store.database('claims'),
      gateway: busy.name,
      clock: night.clock,
      logger: pino({ level: 'silent' }),
    });
    const id = await night.submit('night', 'emergency');
    for (const gateway of night.gateways) await night.settle(gateway);
    night.clock.advance(3 * 60_000);
    dying.mortal.arm(phase);
    await night.settle(dying);
    expect(dying.mortal.isDead).toBe(true);
    await night.kill(dying);
    let passedMs = 0;
    while (passedMs < mostMs && !(await isEverybodyCalled(night, id))) {
      leads.keep(true);
      await leads.idle();
      // The busy one hears of it as well, and does not come to it.
      await night.settle(third);
      night.clock.advance(stepMs);
      passedMs += stepMs;
    }
    expect(await isEverybodyCalled(night, id)).toBe(true);
  });
});
