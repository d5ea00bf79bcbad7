import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addMs } from '#shared/lib/instant.ts';
import { storyStart } from '#tests/builders.ts';
import { callsOf, told } from './escalation-calls.ts';
import { openWard, staff, type Gateway, type Ward } from './ward.ts';

let ward: Ward;
let first: Gateway;
beforeEach(async () => {
  ward = await openWard();
  first = await ward.openGateway('one');
});
afterEach(() => ward.close());

const emergency = () => ward.submit('night', { urgency: 'emergency' });

/** Nothing runs for a while: the machine is off. */
async function outage(minutes: number): Promise<Gateway> {
  for (const { server } of ward.gateways) await server.close();
  ward.gateways = [];
  ward.clock.advance(minutes * 60_000);
  const gateway = await ward.openGateway('again');
  await gateway.settle();
  return gateway;
}

describe('FM-43 after an outage', () => {
  it('of two hours only the present level is told: each rung’s people once, not every missed call', async () => {
    const id = await emergency();
    await outage(121);
    const calls = await callsOf(ward, id);
    expect(calls.every(({ minute }) => minute === 121)).toBe(true);
    const duty = calls.filter(({ names }) => names.includes('duty-administrator'));
    expect(duty).toHaveLength(1);
    expect(calls.length).toBeLessThanOrEqual(7);
  });

  it('nobody is passed over: whoever should have heard of it hears of it now', async () => {
    const id = await emergency();
    await outage(121);
    const names = new Set((await callsOf(ward, id)).flatMap((call) => call.names));
    expect(names).toEqual(
      new Set([
        'first-on-call',
        'second-on-call',
        'consultant-on-call',
        'receiver',
        'head',
        'parent-head',
        'duty-administrator',
      ]),
    );
  });

  it('what was left out stays left out: the next scan and the next start tell nothing again', async () => {
    const id = await emergency();
    const gateway = await outage(121);
    const before = await callsOf(ward, id);
    for (let scan = 0; scan < 3; scan++) await gateway.settle();
    await outage(0);
    expect(await callsOf(ward, id)).toEqual(before);
  });

  it('what was answered before the machine went off calls nobody', async () => {
    const id = await emergency();
    await ward.act(staff.firstOnCall, id, 'seen', {});
    await ward.act(staff.firstOnCall, id, 'completed', {
      answers: { kind: 'question' },
      findings: 'Nothing acute.',
      recommendations: [],
      followUp: { kind: 'none' },
    });
    await outage(600);
    expect(await callsOf(ward, id)).toEqual([]);
  });

  it('what falls due after the start comes at its own minute, counted from the request and not from the start', async () => {
    const id = await emergency();
    await outage(4);
    await ward.pass(2);
    expect((await callsOf(ward, id)).map(({ minute }) => minute)).toEqual([4, 6]);
  });
});

describe('ALE-6 any number of gateways', () => {
  it('three that scan in the same moment call each person about each step once', async () => {
    await ward.openGateway('two');
    await ward.openGateway('three');
    const id = await emergency();
    for (let minute = 0; minute < 12; minute++) {
      ward.clock.advance(60_000);
      await ward.settleTogether();
    }
    const calls = await callsOf(ward, id);
    expect(told(calls)).toEqual([
      '3 first-on-call',
      '6 first-on-call, second-on-call',
      '10 consultant-on-call, receiver',
    ]);
  });

  it('one that dies is not missed: the other fires what falls due from then on', async () => {
    await ward.openGateway('two');
    const id = await emergency();
    await ward.pass(3);
    await first.server.close();
    ward.gateways = ward.gateways.filter((gateway) => gateway !== first);
    await ward.pass(3);
    expect((await callsOf(ward, id)).map(({ minute }) => minute)).toEqual([3, 6]);
  });

  it('one that opens later takes up what is open', async () => {
    const id = await emergency();
    const late = await ward.openGateway('late');
    ward.clock.advance(3 * 60_000);
    await late.settle();
    expect(await callsOf(ward, id)).toHaveLength(1);
  });
});

describe('ALE-7 the watcher is watched', () => {
  const audit = async (gateway: Gateway): Promise<void> => {
    await gateway.product.sync.caughtUp();
    await gateway.product.escalation.watch.audit();
  };
  /** Without a scan: the engine is dead, and the auditor is not. */
  async function passUnscanned(seconds: number, gateways: readonly Gateway[]): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 15) {
      ward.clock.advance(15_000);
      for (const gateway of gateways) await audit(gateway);
    }
  }
  const ready = async (gateway: Gateway): Promise<string> => {
    const answer = (await (await gateway.server.app.request('/api/health/ready')).json()) as {
      checks: Record<string, string>;
    };
    return answer.checks['escalation'] ?? 'missing';
  };

  it('an engine that scans has a heartbeat that is not late, however many calls are out', async () => {
    await emergency();
    for (let minute = 0; minute < 20; minute++) {
      await ward.pass(1);
      await audit(first);
      expect(first.product.escalation.watch.lateSeconds()).toBe(0);
    }
    expect(await ready(first)).toBe('ready');
  });

  it('a dead engine is known everywhere within two minutes of the first step it missed', async () => {
    await emergency();
    await passUnscanned(3 * 60, [first]);
    expect(first.product.escalation.watch.lateSeconds()).toBe(0);
    // The tablets' next beat is at most 20 seconds away.
    await passUnscanned(100, [first]);
    expect(first.product.escalation.watch.lateSeconds()).toBeGreaterThan(0);
    expect(await ready(first)).toBe('not-ready');
    expect(first.product.escalation.watch.lastVerdict()).toMatchObject({ type: 'overdue', consults: 1 });
  });

  it('when the engine lives again, so does the heartbeat, and what was missed is told', async () => {
    const id = await emergency();
    await passUnscanned(300, [first]);
    await first.settle();
    await audit(first);
    expect(first.product.escalation.watch.lateSeconds()).toBe(0);
    expect(await callsOf(ward, id)).not.toEqual([]);
  });

  it('one engine of two is enough, and both gateways know it', async () => {
    const second = await ward.openGateway('two');
    await emergency();
    for (let passed = 0; passed < 20; passed++) {
      ward.clock.advance(15_000);
      // The first gateway's engine never scans.
      await second.settle();
      await audit(second);
      await audit(first);
    }
    expect(first.product.escalation.watch.lateSeconds()).toBe(0);
    expect(await ready(first)).toBe('ready');
  });

  it('no engine of two: both say so, though both auditors live', async () => {
    const second = await ward.openGateway('two');
    await emergency();
    await passUnscanned(300, [first, second]);
    expect(await ready(first)).toBe('not-ready');
    expect(await ready(second)).toBe('not-ready');
  });

  it('an auditor that died is noticed too: nobody proves anything any more', async () => {
    await emergency();
    await audit(first);
    ward.clock.set(addMs(storyStart, 61_000));
    expect(first.product.escalation.watch.lateSeconds()).toBe(1);
  });

  it('a quiet hospital without any open consult has a heartbeat as well', async () => {
    await passUnscanned(600, [first]);
    expect(first.product.escalation.watch.lateSeconds()).toBe(0);
    expect(first.product.escalation.watch.lastVerdict()).toEqual({ type: 'good', openConsults: 0 });
  });
});
