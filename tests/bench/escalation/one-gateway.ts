import { join } from 'node:path';
import { addMs, instantToMs } from '#shared/lib/instant.ts';
import { information, ms, perSecond, type BenchOptions, type Row } from '../measure.ts';
import { percentile } from '../statistics.ts';
import { filledStore } from './kept-store.ts';
import { pushLateness, pushRows } from './lateness.ts';
import type { DueConsult } from './open-consults.ts';
import { residentOf, startGateway, type GatewayProcess, type Resident } from './processes.ts';
import { pause, untilAll, windowStartsAt, type Size } from './size.ts';

/*
 * One gateway over the embedded store with its fsync, with 100,000 open consults of which 10,000 fall due within one minute. The gateway's clock stands
 * still until it has read everything, then runs. The store is filled once and kept between runs (`kept-store.ts`); the run that fills it takes
 * some minutes longer.
 * idle: nothing is due for a minute, beginning a minute after the start; the processor time of all threads of the process, four audits included.
 * window: from when a step is due until the feed brings its consult with the step in its timeline, which is after the commit; and until the push to each
 *   person it names is handed to the service (a sender that takes at once).
 * storm: the clock is set three hours forward, so that all that is left is due at once, and it is watched for twenty seconds.
 */

const leadMs = 5_000;
/** What every start does once is over by then: the look at all hand-overs, the first audit, V8 giving back what the start took. */
const settleMs = 60_000;
const idleMs = 60_000;
const stormMs = 20_000;
const stormJumpMs = 3 * 3_600_000;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const many = (count: number): string => count.toLocaleString('en');

export type OneGatewayPart = 'idle' | 'window' | 'storm';

async function idle(gateway: GatewayProcess, options: BenchOptions, size: Size): Promise<Row> {
  await pause(settleMs);
  const path = options.profileFolder === null ? null : `${options.profileFolder}/idle.cpuprofile`;
  if (path !== null) await gateway.call('profileStart');
  const before = await gateway.call('cpuMs');
  const begun = performance.now();
  let busiestMs = 0;
  for (let last = before; performance.now() - begun < idleMs;) {
    await pause(1_000);
    const now = await gateway.call('cpuMs');
    busiestMs = Math.max(busiestMs, now - last);
    last = now;
  }
  const share = ((await gateway.call('cpuMs')) - before) / (performance.now() - begun);
  if (path !== null)
    for (const { share: part, place } of await gateway.call('profileStop', { path }))
      options.say(`  ${(part * 100).toFixed(1)} % ${place}`);
  return {
    ...information(
      `· scanning with ${many(size.consults)} open and nothing due, ${idleMs / 1000} s`,
      `${(share * 100).toFixed(2)} % of a core`,
    ),
    peer: `busiest second ${ms(busiestMs)}`,
    target: '≤ 1 %',
    met: share <= 0.01,
  };
}

async function window(
  gateway: GatewayProcess,
  options: BenchOptions,
  size: Size,
  dues: readonly DueConsult[],
): Promise<Row[]> {
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
  const ids = dues.map(({ id }) => id);
  const firings = await gateway.call('firings', { ids });
  const once = stoodAt.size === dues.length && firings.every(({ steps }) => steps.length === 1);
  clearInterval(watching);
  const p99 = percentile(lateness, 0.99);
  options.say(`  the window is over: p99 ${ms(p99)}, ${megabytes(peak.bytes)}`);

  // The last bundles leave a minute after the first of them.
  const asked = new Set(firings.flatMap(({ steps }) => steps[0] ?? []));
  await untilAll(
    async () => (await gateway.call('pushed')).filter(({ alert }) => asked.has(alert)).length,
    asked.size,
    90_000,
  );
  const pushedAt = new Map((await gateway.call('pushed')).map(({ alert, at }) => [alert, at]));
  const late = pushLateness(dues, firings, pushedAt);
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
    ...pushRows('', late),
    information('· the gateway’s processor time per step, alerts included', ms(cpuMs / dues.length)),
    {
      ...information('· the most memory it held meanwhile (RSS)', megabytes(peak.bytes)),
      peer: `of it mapped files ${megabytes(peak.fileBytes)}, its own ${megabytes(peak.bytes - peak.fileBytes)}`,
      target: '≤ 600 MB',
      met: peak.bytes <= 600e6,
    },
  ];
}

/** Everything that is left at once: three hours later all first steps are due, and the next ones of what fired in the window. */
async function storm(gateway: GatewayProcess, options: BenchOptions, size: Size): Promise<Row[]> {
  const before = await gateway.call('counts');
  const rest = size.consults - before.stood;
  const path = options.profileFolder === null ? null : `${options.profileFolder}/storm.cpuprofile`;
  if (path !== null) await gateway.call('profileStart');
  const cpuBefore = await gateway.call('cpuMs');
  await gateway.call('jump', { ms: stormJumpMs });
  const begun = performance.now();
  for (let last = before; last.stood < size.consults && performance.now() - begun < stormMs;) {
    await pause(1_000);
    last = await gateway.call('counts');
    options.say(
      `  ${ms(performance.now() - begun)}: ${many(last.stood - before.stood)} first steps, ${many(last.steps - before.steps)} steps, ${many(last.pushed - before.pushed)} pushed; processor ${ms((await gateway.call('cpuMs')) - cpuBefore)}`,
    );
  }
  const seconds = (performance.now() - begun) / 1000;
  if (path !== null)
    for (const { share, place } of await gateway.call('profileStop', { path }))
      options.say(`  ${(share * 100).toFixed(1)} % ${place}`);
  const after = await gateway.call('counts');
  const peak = await residentOf(gateway.process);
  const stood = after.stood - before.stood;
  const steps = after.steps - before.steps;
  return [
    information(
      `· the other ${many(rest)} due at once`,
      `${many(stood)} have their first after ${seconds.toFixed(0)} s, all after about ${(rest / (stood / seconds)).toFixed(0)} s`,
      {
        peer: `steps ${perSecond(steps / seconds)}, pushes ${perSecond((after.pushed - before.pushed) / seconds)}, RSS ${megabytes(peak.bytes)}`,
      },
    ),
  ];
}

export async function oneGateway(
  options: BenchOptions,
  size: Size,
  wanted: (part: OneGatewayPart) => boolean,
): Promise<Row[]> {
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
    at: addMs(windowStartsAt, -leadMs - (wanted('idle') ? settleMs + idleMs : 0)),
  });
  const startMs = performance.now() - begun;
  await gateway.call('idle');
  const lookedMs = performance.now() - begun;
  options.say(`  started: ${megabytes((await residentOf(gateway.process)).bytes)}`);
  await gateway.call('run');
  const rows: Row[] = [];
  if (wanted('idle')) rows.push(await idle(gateway, options, size));
  if (wanted('window')) rows.unshift(...(await window(gateway, options, size, dues)));
  if (options.profileFolder !== null && options.parts.includes('heap'))
    await gateway.call('heapSnapshot', { path: `${options.profileFolder}/escalation.heapsnapshot` });
  if (wanted('storm')) rows.push(...(await storm(gateway, options, size)));
  await gateway.kill();
  return [
    ...rows,
    information('· started over them', `${(startMs / 1000).toFixed(1)} s`, {
      peer: `alerts looked through after ${(lookedMs / 1000).toFixed(1)} s`,
    }),
  ];
}
