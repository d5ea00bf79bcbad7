import type { ConsultBody } from '#shared/consult/events.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { AuthoredEnvelope } from '#shared/event/envelope.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { fixtureOf, noteText, storedNote, type Fixture } from '../fixture.ts';
import type { Known } from '../corpus.ts';
import { homeDepartment } from '../corpus.ts';
import { isDoctor } from '../hospital.ts';
import { information, perSecond, times, type BenchOptions, type Measure, type Row } from '../measure.ts';
import { createBenchServer, type BenchServer } from '../server/bench-server.ts';
import type { RawBatch } from '../server/raw-work.ts';
import { median } from '../statistics.ts';
import { act, expectAccepted, post, pushBody } from '../tablet-requests.ts';

/*
 * Batches of 50 events through the real push endpoint, each event about a document of its own, by doctors of their departments. Held
 * against one bulk read and one bulk write for each such batch, of other documents of the same make, in the server's process, with the
 * same fsync. Both with one batch under way at a time and with four. The mixed batches hold 40 notes and 10 new consults.
 */

const batchSize = 50;
const newPerMixed = 10;

interface Author {
  readonly person: Person;
  readonly cookie: string;
  /** Documents nobody has used yet. */
  readonly pool: Known[];
}

interface Plan {
  readonly name: string;
  readonly lanes: number;
  readonly fresh: number;
  readonly batches: number;
}

function newConsult(fixture: Fixture, by: Author, like: Known): AuthoredEnvelope {
  const requesting = by.person.memberships[0]!.department;
  const receiving = fixture.hospital.departments.find((one) => one.id !== requesting)!.id;
  const content: ConsultBody<'submitted'>['content'] = {
    patient: like.patient,
    patientAsWas: {
      mrn: 'BH-100001',
      name: 'Noor Bibi',
      born: { kind: 'age', value: 61, unit: 'years', asOf: '2026-01-01' },
      sex: 'female',
      ward: 'Ward 4',
      bed: '12',
      department: requesting,
      diagnosis: 'Community-acquired pneumonia',
      allergies: { kind: 'none-known' },
      precautions: [],
    },
    requestingDepartment: requesting,
    receivingDepartment: receiving,
    urgency: 'routine',
    question: 'Is this an acute coronary syndrome, and should she go to the catheter lab tonight?',
    reason: noteText.repeat(2),
    history: noteText.repeat(2),
    medication: noteText,
    vitals: null,
    results: noteText.repeat(2),
    callBack: '4411',
    preferredDoctor: null,
    intakeAnswers: [],
  };
  return act(by.person, crypto.randomUUID() as ConsultId, 0, 'submitted', { content, linked: [] });
}

function take(author: Author, count: number): Known[] {
  if (author.pool.length < count) throw new Error('the corpus is too small for this many batches');
  return author.pool.splice(0, count);
}

/** Takes turns, because taking makes poorer. */
const richest = (authors: readonly Author[]): Author =>
  authors.reduce((most, one) => (one.pool.length > most.pool.length ? one : most));

async function pushRound(
  server: BenchServer,
  fixture: Fixture,
  authors: readonly Author[],
  plan: Plan,
): Promise<{ ms: number; created: string[] }> {
  const created: string[] = [];
  const bodies = Array.from({ length: plan.batches }, (_none, at) => {
    const author = richest(authors);
    const notes = take(author, batchSize - plan.fresh).map((known) =>
      act(author.person, known.id, known.events, 'note-added', { kind: 'progress', text: noteText }),
    );
    const fresh = Array.from({ length: plan.fresh }, () => newConsult(fixture, author, fixture.known[at]!));
    created.push(...fresh.map(({ document }) => document));
    return { cookie: author.cookie, body: pushBody([...fresh, ...notes]) };
  });
  let next = 0;
  const answers: string[] = [];
  async function lane(): Promise<void> {
    for (let one = bodies[next++]; one !== undefined; one = bodies[next++]) {
      answers.push(await post(server.origin, one.cookie, '/api/sync/push', one.body));
    }
  }
  const begun = performance.now();
  await Promise.all(Array.from({ length: plan.lanes }, lane));
  const ms = performance.now() - begun;
  answers.forEach(expectAccepted);
  return { ms, created };
}

async function measurePlan(
  options: BenchOptions,
  server: BenchServer,
  fixture: Fixture,
  authors: readonly Author[],
  plan: Plan,
  rounds: number,
): Promise<Row[]> {
  const pushed: number[] = [];
  const raw: number[] = [];
  const events = plan.batches * batchSize;
  let createLike: string | null = null;
  const rawRound = async (): Promise<void> => {
    const batches = Array.from({ length: plan.batches }, (): RawBatch => ({
      change: take(richest(authors), batchSize - plan.fresh).map(({ id }) => id),
      create: plan.fresh,
    }));
    raw.push(
      await server.call('readAndWriteInBulk', {
        batches,
        lanes: plan.lanes,
        pattern: storedNote(fixture),
        createLike,
      }),
    );
  };
  const path =
    options.profileFolder === null
      ? null
      : `${options.profileFolder}/accept-${plan.name.replaceAll(/\W+/g, '-')}.cpuprofile`;
  for (let round = 0; round < rounds; round++) {
    const { value, hot } = await server.profiled(round === 1 ? path : null, () =>
      pushRound(server, fixture, authors, plan),
    );
    for (const { share, place } of hot) options.say(`  ${(share * 100).toFixed(1)} % ${place}`);
    createLike ??= value.created[0] ?? null;
    // The first round warms both.
    if (round > 0) pushed.push(value.ms);
    await server.call('settled');
    await rawRound();
    if (round === 0) raw.pop();
    await server.call('settled');
  }
  const rate = (durations: readonly number[]): number => (events / median(durations)) * 1000;
  const share = rate(pushed) / rate(raw);
  return [
    {
      measure: `accepted events, batches of ${batchSize}, ${plan.name}`,
      measured: perSecond(rate(pushed)),
      peer: `bulk read + write ${perSecond(rate(raw))}`,
      ratio: times(share),
      target: '≥ 0.5×',
      met: share >= 0.5,
      runs: pushed.length,
    },
  ];
}

export const accept: Measure = {
  name: 'accept',
  ofStore: true,
  async run(options) {
    const fixture = await fixtureOf(options, 'large');
    const server = await createBenchServer();
    await server.start(fixture.folder);
    const numbers = [0, 1, 2, 3].map((at) => homeDepartment + 1 + at);
    const people = numbers.map((at) => fixture.hospital.teams[at]!.filter(isDoctor)[6]!);
    const cookies = await server.call('signIn', { people });
    const used = new Set<string>();
    const authors = numbers.map((number, at): Author => {
      const pool = fixture.known.filter(({ requesting, receiving, id, open }) => {
        const fits = !open && (requesting === number || receiving === number) && !used.has(id);
        if (fits) used.add(id);
        return fits;
      });
      return { person: people[at]!, cookie: cookies[at]!, pool };
    });
    const rounds = options.quick ? 2 : 5;
    const batches = options.quick ? 2 : 12;
    const plans: Plan[] = [
      { name: 'notes, four at a time', lanes: 4, fresh: 0, batches },
      { name: 'notes, one at a time', lanes: 1, fresh: 0, batches },
      { name: 'notes and new consults, four at a time', lanes: 4, fresh: newPerMixed, batches },
    ];
    const rows: Row[] = [];
    for (const plan of plans)
      rows.push(...(await measurePlan(options, server, fixture, authors, plan, rounds)));
    await server.end();
    return [
      ...rows,
      information('· alerts and audit', 'written behind the answers; waited for between rounds, not counted'),
    ];
  },
};
