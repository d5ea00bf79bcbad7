import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPushService } from '#tests/push-service/push-service.ts';
import type { Person } from '#shared/directory/staff.ts';
import { fixtureOf } from '../fixture.ts';
import { homeDepartment, type Known } from '../corpus.ts';
import { isDoctor } from '../hospital.ts';
import { information, ms, perSecond, type Measure, type Row } from '../measure.ts';
import { createBenchServer } from '../server/bench-server.ts';
import { percentile } from '../statistics.ts';
import { act, expectAccepted, post, pushBody } from '../tablet-requests.ts';

/*
 * Receivers assign 100 consults a second, each to another doctor whose phone is subscribed (routine alerts that follow each other to one person are
 * bundled for a minute); each makes one push. Requests are sent by the
 * clock, whether the last one was answered or not. Timed from the sending of the request that saves the act until the push service, over
 * real TLS, has the whole message and has decrypted it (about 1 ms of that is its own work).
 */

const perSecondAsked = 100;

export const webPush: Measure = {
  name: 'web-push',
  ofStore: true,
  async run(options) {
    const fixture = await fixtureOf(options, 'large');
    const service = await startPushService();
    const certificatePath = join(options.workFolder, 'push-service.pem');
    await writeFile(certificatePath, String(service.agent.options.ca));
    const server = await createBenchServer({ env: { NODE_EXTRA_CA_CERTS: certificatePath } });
    await server.start(fixture.folder);

    const { teams } = fixture.hospital;
    /** Without those who are alerted as head, as receiver or on call. */
    const doctorsOf = (at: number): Person[] => teams[at]!.filter(isDoctor).slice(4);
    const departments = teams.flatMap((_team, at) => (at === homeDepartment ? [] : [at]));
    const receivers = departments.map((at) => teams[at]![1]!);
    const cookies = await server.call('signIn', { people: receivers });
    const cookieOf = new Map(receivers.map((one, at) => [one.id, cookies[at]!]));
    const doctors = departments.flatMap((at) => doctorsOf(at));
    const sentAt = new Map<string, number>();
    const latencies: number[] = [];
    const subscribers = doctors.map((person) => ({ person, subscriber: service.subscribe() }));
    await server.call('subscribe', {
      subscribers: subscribers.map(({ person, subscriber }) => ({
        person,
        subscription: subscriber.subscription,
      })),
    });
    const arrived = async (subscriber: (typeof subscribers)[number]['subscriber']): Promise<never> => {
      for (let index = 0; ; index++) {
        const { payload } = await subscriber.message(index);
        const begun = sentAt.get(payload.open.split('/').at(-1) ?? '');
        if (begun !== undefined && payload.about === 'assigned') latencies.push(performance.now() - begun);
      }
    };
    for (const { subscriber } of subscribers) void arrived(subscriber);

    const open = fixture.known.filter(
      (known) => known.open && known.events === 3 && known.receiving !== homeDepartment,
    );
    const assign = async (known: Known, to: Person): Promise<void> => {
      const by = teams[known.receiving]![1]!;
      const event = act(by, known.id, known.events, 'assigned', { to: to.id, acknowledges: false });
      const body = pushBody([event]);
      sentAt.set(known.id, performance.now());
      expectAccepted(await post(server.origin, cookieOf.get(by.id)!, '/api/sync/push', body));
    };
    const free = teams.map((_team, at) => doctorsOf(at));
    const assignments = open
      .flatMap((known) => {
        const to = free[known.receiving]?.shift();
        return to === undefined ? [] : [{ known, to }];
      })
      .slice(0, options.quick ? 30 : 1000);
    const wanted = assignments.length;
    // A server that has begun its day: what its start brought to look through is behind it.
    await server.call('settled');
    const path = options.profileFolder === null ? null : `${options.profileFolder}/web-push.cpuprofile`;
    const cpuBefore = await server.call('cpuMs');
    const { value: tookMs, hot } = await server.profiled(path, async () => {
      const begun = performance.now();
      const under: Promise<void>[] = [];
      for (const [at, { known, to }] of assignments.entries()) {
        const due = begun + (at * 1000) / perSecondAsked;
        const waitMs = due - performance.now();
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        under.push(assign(known, to));
      }
      await Promise.all(under);
      const ms = performance.now() - begun;
      await server.call('settled');
      return ms;
    });
    for (const { share, place } of hot) options.say(`  ${(share * 100).toFixed(1)} % ${place}`);
    const cpu = (await server.call('cpuMs')) - cpuBefore;
    await server.end();
    await service.close();
    if (latencies.length !== wanted) options.say(`  ${latencies.length} of ${wanted} pushes came`);
    const p99 = percentile(latencies, 0.99);
    const rate = (wanted / tookMs) * 1000;
    const rows: Row[] = [
      {
        measure: `save → web push there, ${perSecond(rate)} (p99)`,
        measured: ms(p99),
        peer: `p50 ${ms(percentile(latencies, 0.5))}`,
        ratio: '',
        target: '≤ 250 ms, none lost',
        met:
          p99 <= 250 &&
          latencies.length === wanted &&
          service.faults.length === 0 &&
          rate >= perSecondAsked * 0.9,
        runs: latencies.length,
      },
      information('· the server’s processor time per push', ms(cpu / wanted)),
    ];
    return rows;
  },
};
