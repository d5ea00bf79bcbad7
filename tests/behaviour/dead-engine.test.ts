import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scheduler } from '#server/sync/scheduler.ts';
import { TestStream } from '#tests/http/sync/gateway.ts';
import { openWard, staff, type Ward } from './ward.ts';

interface Timer {
  readonly everyMs: number;
  readonly run: () => void;
}
const scanMs = 250;
const auditMs = 15_000;
const beatMs = 20_000;

/** The timers of the process, which the test rings; `stop` is a timer that died. */
function handTimers() {
  let timers: Timer[] = [];
  const scheduler: Scheduler = {
    every(everyMs, run) {
      const timer = { everyMs, run };
      timers.push(timer);
      return () => void (timers = timers.filter((one) => one !== timer));
    },
  };
  return {
    scheduler,
    ring: (everyMs: number) => {
      for (const timer of timers) if (timer.everyMs === everyMs) timer.run();
    },
    kill: (everyMs: number) => void (timers = timers.filter((timer) => timer.everyMs !== everyMs)),
  };
}

let ward: Ward;
let timers: ReturnType<typeof handTimers>;
beforeEach(async () => {
  timers = handTimers();
  ward = await openWard({ scheduler: timers.scheduler });
  await ward.openGateway('one');
});
afterEach(() => ward.close());

/** Lets so many seconds pass as the process would live them. */
async function live(seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 5) {
    ward.clock.advance(5_000);
    timers.ring(scanMs);
    for (const { product } of ward.gateways) {
      await product.sync.caughtUp();
      await product.planner.idle();
      if ((passed + 5) % 15 === 0) timers.ring(auditMs);
      await product.escalation.watch.idle();
    }
  }
}

async function lateness(): Promise<number> {
  const session = await ward.session(staff.receiver);
  const response = await session.get('/api/sync/stream');
  if (response.body === null) throw new Error('no stream');
  const stream = new TestStream(response.body.getReader());
  await stream.nextOf('hello');
  timers.ring(beatMs);
  const { watcherLateSeconds } = await stream.nextOf('beat');
  await stream.close();
  return watcherLateSeconds;
}

describe('ALE-7 FM-42 an escalation engine that died', () => {
  it('says nothing while it lives, though a consult waits', async () => {
    await ward.submit('one', { urgency: 'emergency' });
    await live(6 * 60);
    expect(await lateness()).toBe(0);
  });

  it('is told to every tablet within two minutes of the first step it missed', async () => {
    const id = await ward.submit('one', { urgency: 'emergency' });
    timers.kill(scanMs);
    await live(3 * 60);
    // Nothing was missed until now.
    expect(await lateness()).toBe(0);
    await live(2 * 60);
    expect(await lateness()).toBeGreaterThan(0);
    const escalated = (await ward.consult(id)).timeline.filter(({ event }) => event.type === 'escalated');
    expect(escalated).toEqual([]);
  });
});
