import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { createAudit } from '#server/audit/audit.ts';
import { auditKeyOf } from '#server/audit/entry-hash.ts';
import { withPendingAudit } from '#server/audit/pending.ts';
import { createPendingMover } from '#server/audit/pending-mover.ts';
import { openStore } from '#server/compose.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import { systemClock } from '#server/ops/system-clock.ts';
import { deviceIdSchema, personIdSchema } from '#shared/lib/id.ts';
import { information, ms, times, type BenchOptions, type Measure, type Row } from '../measure.ts';

/*
 * What the audit adds to a change of a record: the same document of the directory is changed with and without an entry, by turns, in one process on one embedded store. Behind the answer the entry is moved: written, named in the chain, and taken out of the document;
 * that is over before the next change comes, as between two of an administrator's. What a burst costs, where it is not over, is told as information, as is
 * what a read waits for its entry (one group commit). Consult and patient events are their own entries and pay nothing.
 */

const inARow = 100;
const designFolder = join(import.meta.dirname, '../../../couchdb');

const actor = {
  person: personIdSchema.parse('a0000000-0000-4000-8000-000000000001'),
  device: deviceIdSchema.parse('b0000000-0000-4000-8000-000000000001'),
  deviceKind: 'ward',
  session: 'session:bench',
  address: '10.0.0.1',
} as const;

const at = (share: number, durations: readonly number[]): number =>
  [...durations].sort((a, b) => a - b)[Math.floor(durations.length * share)] ?? 0;
const at95 = (durations: readonly number[]): number => at(0.95, durations);

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

async function run(options: BenchOptions): Promise<Row[]> {
  const folder = await mkdtemp(join(options.workFolder, 'audit-'));
  const store = await openStore({ type: 'embedded', folder }, designFolder);
  const logger = pino({ level: 'silent' });
  const key = auditKeyOf(new Uint8Array(32).fill(9));
  const trail = createAudit({ database: store.database('audit'), key, logger });
  const mover = createPendingMover({ store, trail, key, clock: systemClock, logger, epoch: () => 'bench' });

  const directory = store.database('directory');
  const person = {
    kind: 'person',
    id: actor.person,
    name: 'Dr Ayesha Siddiq',
    memberships: Array.from({ length: 12 }, (_none, n) => ({
      department: `department ${String(n)}`,
      role: 'doctor',
    })),
  };
  const change = (count: number, audited: boolean): Promise<unknown> =>
    changeDocument(directory, actor.person, (held) => {
      const body = { ...held?.body, ...person, count };
      if (!audited) return body;
      const act = { action: 'staff.edit', subjects: [actor.person], fields: ['name'] };
      return withPendingAudit(body, { ...actor, at: systemClock.now() }, act, held?.body ?? null);
    });

  const [without, withAudit]: [number[], number[]] = [[], []];
  const changes = options.quick ? 100 : 800;
  let count = 0;
  for (; count < changes + 100; count++) {
    const audited = count % 2 === 1;
    const duration = await timed(() => change(count, audited));
    // The first hundred warm up.
    if (count >= 100) (audited ? withAudit : without).push(duration);
    await mover.caughtUp();
  }
  await mover.start();
  const burst = async (audited: boolean): Promise<number> =>
    timed(async () => {
      for (let n = 0; n < inARow; n++) await change(count++, audited);
    });
  const bursts = { without: await burst(false), with: await burst(true) };
  const reads: number[] = [];
  for (let n = 0; n < inARow; n++) {
    const now = systemClock.now();
    reads.push(
      await timed(() =>
        trail.recordRead({ ...actor, at: now }, { action: 'consult.read', subjects: [String(n)] }),
      ),
    );
  }
  await mover.stop();
  await trail.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });

  const ratio = at95(withAudit) / at95(without);
  return [
    {
      measure: 'a change of a record with its audit entry, p95',
      measured: ms(at95(withAudit)),
      peer: `without ${ms(at95(without))}`,
      ratio: times(ratio),
      target: '≤ 1.1×',
      met: ratio <= 1.1,
      runs: withAudit.length,
    },
    information('· the same, median', ms(at(0.5, withAudit)), {
      peer: `without ${ms(at(0.5, without))}`,
      ratio: times(at(0.5, withAudit) / at(0.5, without)),
    }),
    information('· a hundred changes in a row', ms(bursts.with), {
      peer: `without ${ms(bursts.without)}`,
      ratio: times(bursts.with / bursts.without),
    }),
    information('· a read waits for its entry, p95', ms(at95(reads)), { runs: reads.length }),
  ];
}

export const audit: Measure = { name: 'audit', run };
