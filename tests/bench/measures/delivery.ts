import { fork } from 'node:child_process';
import { join } from 'node:path';
import { callerOf } from '../calls.ts';
import { fixtureOf } from '../fixture.ts';
import { information, kilobytes, ms, type Measure, type Row } from '../measure.ts';
import { createBenchServer } from '../server/bench-server.ts';
import { percentile } from '../statistics.ts';
import type { HerdMethods } from '../tablets/herd.worker.ts';

/*
 * 1,000 people, a tablet each, hold a stream open. Doctors write notes on consults of their departments through the real push endpoint, ten
 * a second by the clock, whether the last one was answered or not. Every tablet that has the consult in scope is waited for; each arrival
 * is a sample, from the sending of the push until the bytes of the message are there. Pushers and tablets share one process and one clock.
 * Memory: the server's resident set after as many notes as are measured and with nobody connected, and again with everybody connected and after
 * the notes, garbage collected each time; or the heap and its buffers, where those grew by more (pages once taken are not given back at once).
 */

const notesPerSecond = 10;

export const delivery: Measure = {
  name: 'delivery',
  ofStore: true,
  async run(options) {
    const fixture = await fixtureOf(options, 'large');
    const server = await createBenchServer();
    await server.start(fixture.folder);
    const herdProcess = fork(join(import.meta.dirname, '../tablets/herd.worker.ts'), {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
    });
    try {
      const herd = callerOf<HerdMethods>(herdProcess);
      const people = options.quick ? fixture.hospital.people.slice(0, 200) : fixture.hospital.people;
      const cookies = await server.call('signIn', { people: [...people] });
      const departments = people.length / fixture.hospital.teams[0]!.length;
      const about = fixture.known
        .filter(
          ({ open, requesting, receiving }) => open && requesting < departments && receiving < departments,
        )
        .slice(0, 400);
      await herd.call('prepare', { port: server.port, cookies, known: about, people: [...people] });
      const notes = options.quick ? 30 : 300;

      await herd.call('write', { notes, perSecond: notesPerSecond });
      await server.call('settled');
      const alone = await server.call('memory');
      await herd.call('connect');
      const connected = await server.call('memory');
      const path = options.profileFolder === null ? null : `${options.profileFolder}/delivery.cpuprofile`;
      const cpuBefore = await server.call('cpuMs');
      const { value, hot } = await server.profiled(path, () =>
        herd.call('write', { notes, perSecond: notesPerSecond }),
      );
      for (const { share, place } of hot) options.say(`  ${(share * 100).toFixed(1)} % ${place}`);
      await server.call('settled');
      const cpu = (await server.call('cpuMs')) - cpuBefore;
      const after = await server.call('memory');
      const all: number[] = [];
      for (let times = 0; times < (options.quick ? 3 : 20); times++) {
        const heard = herd.call('heardByAll');
        const begun = await server.call('changeDirectory', { id: people[5]!.id, times });
        all.push((await heard) - begun);
      }
      await server.end();

      const { latencies, missing, answers } = value;
      const p99 = percentile(latencies, 0.99);
      const growth = (from: NodeJS.MemoryUsage, to: NodeJS.MemoryUsage): number =>
        Math.max(to.rss - from.rss, to.heapUsed + to.external - from.heapUsed - from.external) /
        people.length;
      const rows: Row[] = [
        {
          measure: `saved on A → delivered to B, ${people.length} tablets (p99)`,
          measured: ms(p99),
          peer: `push answered p99 ${ms(percentile(answers, 0.99))}`,
          ratio: `${(p99 / percentile(answers, 0.99)).toFixed(2)}×`,
          target: '≤ 150 ms, none lost',
          met: p99 <= 150 && missing === 0,
          runs: latencies.length,
        },
        information(
          '· p50, and the last tablet in scope p99',
          `${ms(percentile(latencies, 0.5))}, ${ms(percentile(value.lasts, 0.99))}`,
        ),
        information(
          '· tablets in scope of a note; not delivered',
          `${(latencies.length / notes).toFixed(0)}; ${missing}`,
        ),
        information('· the server’s processor time per note', ms(cpu / notes)),
        information(
          `· one change told to all ${people.length}: last one p50, p99`,
          `${ms(percentile(all, 0.5))}, ${ms(percentile(all, 0.99))}`,
          { runs: all.length },
        ),
        {
          measure: 'memory per connected tablet',
          measured: kilobytes(growth(alone, after)),
          peer: `connected and idle ${kilobytes(growth(alone, connected))}`,
          ratio: '',
          target: '≤ 100 KB',
          met: growth(alone, after) <= 100 * 1024,
          runs: people.length,
        },
      ];
      return rows;
    } finally {
      herdProcess.kill();
    }
  },
};
