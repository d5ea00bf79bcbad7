import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import type { BenchOptions, Row } from '../measure.ts';
import { pushLateness, pushRows } from './lateness.ts';
import type { DueConsult } from './open-consults.ts';
import { startCouch, startGateway } from './processes.ts';
import { pause, untilAll, windowStartsAt, type Size } from './size.ts';

/*
 * Three gateways, each a process, on the CouchDB of the tests (PouchDB in memory behind CouchDB's API) in a fourth; one is killed (SIGKILL) in the middle.
 * Timed from when a step is due until a push request leaves any gateway, for each person the step names.
 */

const leadMs = 5_000;
/** The last bundle of routine alerts leaves a minute after its first. */
const waitMs = 75_000;

interface Pushed {
  readonly alerts: readonly string[];
  readonly at: Instant;
}
const pushedOf = (message: unknown): Pushed | null =>
  typeof message === 'object' && message !== null && 'pushed' in message ? (message.pushed as Pushed) : null;

export async function threeGateways(options: BenchOptions, size: Size): Promise<Row[]> {
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
  const [first, second] = gateways;
  const pushedAt = new Map<string, Instant>();
  for (const { process: child } of gateways)
    child.on('message', (message) => {
      const pushed = pushedOf(message);
      for (const alert of pushed?.alerts ?? []) {
        const held = pushedAt.get(alert);
        if (pushed !== null && (held === undefined || pushed.at < held)) pushedAt.set(alert, pushed.at);
      }
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
          tellsPushes: true,
        }),
      ),
    );
  for (const gateway of gateways) await gateway.call('idle');
  await Promise.all(gateways.map((gateway) => gateway.call('run')));
  await pause(leadMs + size.windowMs / 2);
  await first.kill();
  await pause(size.windowMs / 2);
  const ids = dues.map(({ id }) => id);
  await untilAll(
    async () => {
      const firings = await second.call('firings', { ids });
      return firings.filter(
        ({ steps }) => steps[0] !== undefined && steps[0].every((alert) => pushedAt.has(alert)),
      ).length;
    },
    dues.length,
    waitMs,
  );
  const late = pushLateness(dues, await second.call('firings', { ids }), pushedAt);
  for (const gateway of gateways.slice(1)) await gateway.kill();
  await couch.kill();
  return pushRows(
    `, three gateways, one killed, ${String(dues.length)} steps in ${size.windowMs / 1000} s`,
    late,
  );
}
