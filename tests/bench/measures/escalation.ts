import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { addMs, instant, instantToMs } from '#shared/lib/instant.ts';
import { filledStore } from '../escalation/kept-store.ts';
import type { DueConsult } from '../escalation/open-consults.ts';
import {
  endEscalationProcesses,
  residentOf,
  startCouch,
  startGateway,
  type Resident,
} from '../escalation/processes.ts';
import { information, ms, type BenchOptions, type Measure, type Row } from '../measure.ts';
import { percentile } from '../statistics.ts';

/*
 * One gateway over the embedded store with its fsync, with 100,000 open consults of which 10,000 fall due within one minute. The gateway's clock stands
 * still until it has read everything, then runs. Timed from when a step is due until the feed brings its consult with the step in its timeline,
 * which is after the commit. Alerts are planned, stored and sent (to a sender that takes at once). Then its clock is set
 * three hours forward so that all others are due at once, and watched for twenty seconds: the rate says how long all of them would take.
 * The store is filled once and kept between runs (`kept-store.ts`); the run that fills it takes some minutes longer.
 * Three gateways, each a process, on the CouchDB of the tests (PouchDB in memory behind CouchDB's API) in a fourth; one is killed (SIGKILL) in the middle.
 * Timed from when a step is due until a push request for it leaves any gateway.
 */

const windowStartsAt = instant('2026-11-22T12:00:00.000Z');
const leadMs = 5_000;
const idleMs = 5_000;
const stormMs = 20_000;
const pause = (forMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, forMs));
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

interface Size {
  readonly consults: number;
  readonly due: number;
  readonly windowMs: number;
}

async function untilAll(count: () => Promise<number>, wanted: number, mostMs: number): Promise<void> {
  const begun = performance.now();
  while ((await count()) < wanted && performance.now() - begun < mostMs) await pause(500);
}

async function oneGateway(options: BenchOptions, size: Size): Promise<Row[]> {
  const folder = join(options.workFolder, 'escalation');
  const config = { type: 'embedded' as const, folder: join(folder, 'store') };
  const dues = await filledStore({ folder, windowStartsAt, ...size, say: options.say });

  const gateway = startGateway();
  const begun = performance.now();
  await gateway.call('start', {
    config,
    folder,
    secretsFolder: folder,
    gateway: 'one',
    at: addMs(windowStartsAt, -leadMs - idleMs),
  });
  const startMs = performance.now() - begun;
  await gateway.call('idle');
  const lookedMs = performance.now() - begun;
  options.say(`  started: ${megabytes((await residentOf(gateway.process)).bytes)}`);
  await gateway.call('run');
  const idleBefore = await gateway.call('cpuMs');
  await pause(idleMs);
  const idleCpuMs = (await gateway.call('cpuMs')) - idleBefore;

  let peak: Resident = { bytes: 0, fileBytes: 0 };
  const watching = setInterval(() => {
    void residentOf(gateway.process).then((now) => {
      if (now.bytes > peak.bytes) peak = now;
    });
  }, 500);
  const path = options.profileFolder === null ? null : `${options.profileFolder}/escalation.cpuprofile`;
  if (path !== null) await gateway.call('profileStart');
  const cpuBefore = await gateway.call('cpuMs');
  await untilAll(() => gateway.call('stoodCount'), dues.length, size.windowMs + 120_000);
  const cpuMs = (await gateway.call('cpuMs')) - cpuBefore;
  if (path !== null)
    for (const { share, place } of await gateway.call('profileStop', { path }))
      options.say(`  ${(share * 100).toFixed(1)} % ${place}`);
  await gateway.call('idle');
  const stoodAt = new Map((await gateway.call('stood')).map(({ id, at }) => [id, at]));
  const lateness = dues.map(({ id, dueAt }) => {
    const at = stoodAt.get(id);
    return at === undefined ? Infinity : instantToMs(at) - instantToMs(dueAt);
  });
  const firings = await gateway.call('firings', { ids: dues.map(({ id }) => id) });
  const once = stoodAt.size === dues.length && firings.every((count) => count === 1);
  clearInterval(watching);
  options.say(`  the window is over: p99 ${ms(percentile(lateness, 0.99))}, ${megabytes(peak.bytes)}`);
  const peakInWindow = peak;

  // Everything else at once: three hours later all first steps are due.
  const rest = size.consults - dues.length;
  const stormBegun = performance.now();
  await gateway.call('jump', { ms: 3 * 3_600_000 });
  await untilAll(() => gateway.call('stoodCount'), size.consults, stormMs);
  const stood = (await gateway.call('stoodCount')) - dues.length;
  const perSecond = stood / ((performance.now() - stormBegun) / 1000);
  const stormPeak = await residentOf(gateway.process);
  await gateway.kill();

  const p99 = percentile(lateness, 0.99);
  const idleShare = idleCpuMs / idleMs;
  const many = (count: number): string => count.toLocaleString('en');
  return [
    {
      measure: `escalation: ${many(dues.length)} due in ${size.windowMs / 1000} s of ${many(size.consults)} open → in the timeline (p99)`,
      measured: once ? ms(p99) : `${ms(p99)}, NOT each once`,
      peer: `p50 ${ms(percentile(lateness, 0.5))}`,
      ratio: '',
      target: '≤ 2 s, each once',
      met: once && p99 <= 2000,
      runs: lateness.length,
    },
    information('· the gateway’s processor time per step, alerts included', ms(cpuMs / dues.length)),
    {
      ...information('· the most memory it held meanwhile (RSS)', megabytes(peakInWindow.bytes)),
      peer: `of it mapped files ${megabytes(peakInWindow.fileBytes)}, its own ${megabytes(peakInWindow.bytes - peakInWindow.fileBytes)}`,
      target: '≤ 600 MB',
      met: peakInWindow.bytes <= 600e6,
    },
    {
      ...information(
        `· scanning with ${many(size.consults)} open and nothing due`,
        `${(idleShare * 100).toFixed(2)} % of a core`,
      ),
      target: '≤ 1 %',
      met: idleShare <= 0.01,
    },
    information(
      `· the other ${many(rest)} due at once`,
      `${many(stood)} have their first after ${stormMs / 1000} s, all after about ${(rest / perSecond).toFixed(0)} s`,
      { peer: `RSS ${megabytes(stormPeak.bytes)}` },
    ),
    information('· started over them', `${(startMs / 1000).toFixed(1)} s`, {
      peer: `alerts looked through after ${(lookedMs / 1000).toFixed(1)} s`,
    }),
  ];
}

interface Pushed {
  readonly consult: string;
  readonly at: string;
}
const pushedOf = (message: unknown): Pushed | null =>
  typeof message === 'object' && message !== null && 'pushed' in message ? (message.pushed as Pushed) : null;

async function threeGateways(options: BenchOptions, size: Size): Promise<Row[]> {
  const folder = join(options.workFolder, 'escalation-three');
  await mkdir(folder, { recursive: true });
  const couch = startCouch();
  const url = await couch.call('start');
  const config = { type: 'couchdb' as const, url, prefix: 'hc-' };
  const filler = startGateway();
  const dues: DueConsult[] = await filler.call('fill', {
    config,
    ...size,
    windowStartsAt,
    isSubscribed: true,
  });
  await filler.kill();
  const gateways = [startGateway(), startGateway(), startGateway()] as const;
  const firstAt = new Map<string, string>();
  for (const { process: child } of gateways)
    child.on('message', (message) => {
      const pushed = pushedOf(message);
      if (pushed === null) return;
      const held = firstAt.get(pushed.consult);
      if (held === undefined || pushed.at < held) firstAt.set(pushed.consult, pushed.at);
    });
  // The first one alone: it makes the keys' mark in the store.
  for (const some of [gateways.slice(0, 1), gateways.slice(1)])
    await Promise.all(
      some.map((gateway) =>
        gateway.call('start', {
          config,
          folder: join(folder, String(gateways.indexOf(gateway))),
          secretsFolder: folder,
          gateway: `gateway ${String(gateways.indexOf(gateway))}`,
          at: addMs(windowStartsAt, -leadMs),
        }),
      ),
    );
  for (const gateway of gateways) await gateway.call('idle');
  await Promise.all(gateways.map((gateway) => gateway.call('run')));
  await pause(leadMs + size.windowMs / 2);
  await gateways[0].kill();
  await untilAll(() => Promise.resolve(firstAt.size), dues.length, size.windowMs + 60_000);
  const late = dues.map(({ id, dueAt }) => {
    const at = firstAt.get(id);
    return at === undefined ? Infinity : instantToMs(instant(at)) - instantToMs(dueAt);
  });
  for (const gateway of gateways.slice(1)) await gateway.kill();
  await couch.kill();
  const p99 = percentile(late, 0.99);
  return [
    {
      measure: `due → push request, three gateways, one killed, ${dues.length} in ${size.windowMs / 1000} s (p99)`,
      measured: ms(p99),
      peer: `p50 ${ms(percentile(late, 0.5))}, last ${ms(Math.max(...late))}`,
      ratio: '',
      target: '≤ 5 s, none lost',
      met: p99 <= 5000 && late.every(Number.isFinite),
      runs: late.length,
    },
  ];
}

export const escalation: Measure = {
  name: 'escalation',
  async run(options) {
    try {
      const { quick } = options;
      return [
        ...(await oneGateway(
          options,
          quick
            ? { consults: 3_000, due: 500, windowMs: 10_000 }
            : { consults: 100_000, due: 10_000, windowMs: 60_000 },
        )),
        ...(await threeGateways(
          options,
          quick
            ? { consults: 400, due: 100, windowMs: 10_000 }
            : { consults: 3_000, due: 300, windowMs: 30_000 },
        )),
      ];
    } finally {
      endEscalationProcesses();
    }
  },
};
