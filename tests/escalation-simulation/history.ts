import type { Fault } from '#tests/couchdb-server/faults.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import type { Tier } from '#shared/directory/escalation-policy.ts';
import type { Person } from '#shared/directory/staff.ts';
import { createChance, type Chance } from '#tests/simulation/random.ts';
import { consultId } from '#tests/builders.ts';
import { phases } from './mortal-store.ts';
import {
  brokenLaws,
  consultOf,
  staff,
  unfinished,
  type Night,
  type NightGateway,
  type OnDuty,
} from './night.ts';
import type { Stage } from './stores.ts';

const steps = 14;
const mostGateways = 3;
/** Longer than a claim, than the retry after a failure, and than others wait for one that created an alert. */
const waitForTheDeadSteps = 12;

const cardiologists: readonly Person[] = [staff.firstOnCall, staff.secondOnCall, staff.cardiologist];

const tiers: readonly Tier[] = ['first', 'second', 'consultant'];

/** Anybody may have any tier, two of them too, and none may be had. Now and then even the duty administration has a gap. */
const anyRota = (chance: Chance): readonly [cardiology: OnDuty, duty: OnDuty] => [
  tiers.flatMap((tier) => (chance.yes(0.3) ? [] : [[tier, chance.pick(cardiologists)] as const])),
  chance.yes(0.1) ? [] : [['first', staff.dutyAdministrator]],
];

/** What CouchDB may do to one request. */
function faultOf(chance: Chance, consult: ConsultId): Fault {
  return chance.pick<Fault>([
    { type: 'conflict' },
    { type: 'accepted' },
    {
      type: 'accepted',
      secondLeaf: {
        kind: 'claim',
        consult,
        gateway: 'another',
        deadlineAt: '2026-03-02T08:00:00.000Z',
        recipients: [{ person: staff.head.id, as: 'head' }],
      },
    },
    { type: 'accepted-and-lost' },
    { type: 'cut' },
    { type: 'lost-answer' },
    { type: 'status', status: 503, error: 'service_unavailable' },
  ]);
}

async function act(night: Night, chance: Chance, gateway: NightGateway, id: ConsultId): Promise<void> {
  const who = chance.pick(cardiologists);
  switch (chance.int(0, 8)) {
    case 0:
    case 1:
    case 2:
      await night.act(gateway, who, id, 'acknowledged', {
        promiseMinutes: chance.pick([0, 15, 30]),
        assignSelf: true,
      });
      return;
    case 3:
      await night.act(gateway, who, id, 'seen', {});
      return;
    case 4:
      await night.act(gateway, who, id, 'info-requested', { text: 'Latest potassium?' });
      return;
    case 5:
      await night.act(gateway, staff.requester, id, 'info-provided', { text: 'Potassium 3.9.' });
      return;
    case 6:
      await night.act(gateway, staff.receiver, id, 'declined', {
        wayForward: { way: 'advice-given', advice: 'Repeat troponin.' },
        reason: 'Not cardiac.',
      });
      return;
    case 7:
      await night.act(gateway, who, id, 'completed', {
        answers: { kind: 'question' },
        findings: 'Nothing acute.',
        recommendations: [],
        followUp: { kind: 'none' },
      });
      return;
    default:
      await night.act(gateway, staff.requester, id, 'cancelled', { reason: 'Transferred.' });
  }
}

/**
 * A night of one seed: time passes, people act, the rota is changed and has gaps, gateways die in the middle and are opened again, CouchDB fails. Resolves with the laws that
 * were broken; [] for a good night.
 */
export async function playNight({ night, couch }: Stage, seed: string): Promise<string[]> {
  const chance = createChance(seed);
  const consults: ConsultId[] = [];
  let names = 0;
  const openOne = (): Promise<NightGateway> => night.open(`gateway ${String(names++)}`);
  const gatewayCount = chance.int(1, mostGateways);
  for (let at = 0; at < gatewayCount; at++) await openOne();
  const broken: string[] = [];
  // Of its own, so that older seeds stay the nights they were.
  const rotas = chance.fork('rota');
  await night.writeRota(...anyRota(rotas));

  for (let step = 0; step < steps; step++) {
    if (consults.length < 3 && (step === 0 || chance.yes(0.3)))
      consults.push(
        await night.submit(
          `night ${seed} ${String(step)}`,
          chance.pick(['emergency', 'emergency', 'urgent']),
        ),
      );
    night.clock.advance(chance.int(20, 240) * 1000);
    if (rotas.yes(0.3)) await night.writeRota(...anyRota(rotas));
    const [some] = night.gateways;
    if (some !== undefined && chance.yes(0.25))
      await act(night, chance, chance.pick(night.gateways), chance.pick(consults));
    for (const gateway of night.gateways) gateway.mortal.arm(chance.yes(0.2) ? chance.pick(phases) : null);
    if (couch !== null && chance.yes(0.5)) {
      const database = chance.pick(['claims', 'claims', 'consults', 'alerts']);
      const fault = faultOf(chance, consults[0] ?? consultId('none'));
      const isForClaims = fault.type === 'accepted' && fault.secondLeaf !== undefined;
      void couch.faults.plan(
        'POST',
        new RegExp(`/hc-${isForClaims ? 'claims' : database}/_bulk_docs`),
        fault,
      );
    }
    // At the same time, as gateways are.
    await Promise.all(night.gateways.map((gateway) => night.settle(gateway)));
    for (const gateway of night.gateways.filter(({ mortal }) => mortal.isDead)) await night.kill(gateway);
    if (night.gateways.length < gatewayCount && (night.gateways.length === 0 || chance.yes(0.5)))
      await openOne();
    for (const id of consults)
      broken.push(...(await brokenLaws(night, id)).map((law) => `step ${String(step)}: ${law}`));
    if (broken.length > 0) return broken;
  }

  for (const gateway of night.gateways) gateway.mortal.arm(null);
  if (night.gateways.length === 0) await openOne();
  for (let waited = 0; waited < waitForTheDeadSteps; waited++) {
    night.clock.advance(5_000);
    for (const gateway of night.gateways) await night.settle(gateway);
  }
  for (const id of consults) {
    broken.push(...(await brokenLaws(night, id)));
    // Of one that has ended, alerts that nobody sent in time were stood down instead.
    if ((await consultOf(night, id)).endedAt === null) broken.push(...(await unfinished(night, id)));
  }
  return broken;
}
