import { afterEach, describe, expect, it } from 'vitest';
import type { ConsultId } from '#shared/lib/id.ts';
import { phases } from './mortal-store.ts';
import { people } from '#tests/builders.ts';
import { brokenLaws, consultOf, unfinished, type Night } from './night.ts';
import { couchStage, embeddedStage, type Stage } from './stores.ts';

let stage: Stage;
afterEach(() => stage.close());

const escalations = async (night: Night, id: ConsultId) =>
  (await consultOf(night, id)).timeline.filter(({ event }) => event.type === 'escalated');

/** Longer than a claim, and than the time other gateways give one that created an alert. */
const waitedForMs = 40_000;
async function waitForTheDead(night: Night): Promise<void> {
  for (let passed = 0; passed < waitedForMs; passed += 5_000) {
    night.clock.advance(5_000);
    for (const gateway of night.gateways) await night.settle(gateway);
  }
}

describe.each([
  ['the embedded store', embeddedStage],
  ['CouchDB', couchStage],
])('FM-40, FM-41 three gateways on %s, one dies', (_store, open) => {
  it.each(phases)('%s: the others see to it that everybody is called, once per step', async (phase) => {
    stage = await open();
    const { night } = stage;
    const [first] = [await night.open('one'), await night.open('two'), await night.open('three')];
    const id = await night.submit('night', 'emergency');
    for (const gateway of night.gateways) await night.settle(gateway);
    night.clock.advance(3 * 60_000);
    first.mortal.arm(phase);
    await night.settle(first);
    expect(first.mortal.isDead).toBe(true);
    await night.kill(first);
    await waitForTheDead(night);
    expect(await escalations(night, id)).toHaveLength(1);
    expect(await brokenLaws(night, id)).toEqual([]);
    expect(await unfinished(night, id)).toEqual([]);
  });
});

describe('FM-41, FM-43 the only gateway on the embedded store dies and is started again', () => {
  it.each(phases)('%s: what it did not finish is finished', async (phase) => {
    stage = await embeddedStage();
    const { night } = stage;
    const only = await night.open('one');
    const id = await night.submit('night', 'emergency');
    await night.settle(only);
    night.clock.advance(3 * 60_000);
    only.mortal.arm(phase);
    await night.settle(only);
    expect(only.mortal.isDead).toBe(true);
    await night.kill(only);
    await night.open('one');
    await waitForTheDead(night);
    expect(await escalations(night, id)).toHaveLength(1);
    expect(await brokenLaws(night, id)).toEqual([]);
    expect(await unfinished(night, id)).toEqual([]);
  });
});

describe('FM-48 a condition met while a gateway was dying', () => {
  it('calls nobody any more, whoever takes the claim over', async () => {
    stage = await embeddedStage();
    const { night } = stage;
    const [dying, other] = [await night.open('one'), await night.open('two')];
    const id = await night.submit('night', 'emergency');
    for (const gateway of night.gateways) await night.settle(gateway);
    night.clock.advance(3 * 60_000);
    dying.mortal.arm('after the claim, before the timeline');
    await night.settle(dying);
    await night.kill(dying);
    expect(await night.act(other, people.cardiologist, id, 'seen', {})).toBe(true);
    await waitForTheDead(night);
    expect(await escalations(night, id)).toEqual([]);
  });
});
