import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadDesignDocuments } from '#server/store/design-documents.ts';
import { openEmbeddedStore } from '#server/store/embedded.ts';
import { createSealer } from '#server/keys/sealer.ts';
import { canonicalEvent } from '#shared/event/canonical.ts';
import {
  eventDocumentSchema,
  isStamped,
  type AuthoredEnvelope,
  type HeldEvent,
} from '#shared/event/envelope.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { EventId } from '#shared/lib/id.ts';
import { msToInstant } from '#shared/lib/instant.ts';
import { authored, deviceId, patientContent, people, requestContent } from '#tests/builders.ts';
import { createChance, type Chance } from '#tests/simulation/random.ts';
import { startServerProcess, type Doctor } from './killed-server.ts';
import { keysIn, makeKeys } from './secrets.ts';

const rounds = 8;
const writers = 3;

/** What the server said about an event, the first time it said anything. */
interface Told {
  readonly event: AuthoredEnvelope;
  readonly n: number;
  readonly receivedAt: string;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'consult-crash-'));
  await makeKeys(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** One doctor's tablet: writes on without pause, sends again what was not answered. */
class Writer {
  readonly told = new Map<string, Told>();
  readonly problems: string[] = [];
  readonly sent = new Set<string>();
  readonly device: string;
  readonly #person: AuthoredEnvelope['author'];
  readonly #chance: Chance;
  #waiting: AuthoredEnvelope[] = [];
  #patient: string | null = null;
  #consults: string[] = [];

  constructor(index: number, chance: Chance) {
    this.device = deviceId(`crash ${String(index)}`);
    this.#person = index % 2 === 0 ? people.requester.id : people.requesterColleague.id;
    this.#chance = chance;
  }

  #event(document: string, type: string, body: Record<string, unknown>, lamport: number): AuthoredEnvelope {
    const base = authored('note-added', undefined, {
      id: this.#chance.uuid() as EventId,
      document,
      author: this.#person,
      device: this.device as AuthoredEnvelope['device'],
      lamport,
      occurredAt: msToInstant(Date.now()),
    });
    return { ...base, type, body };
  }

  #write(): void {
    if (this.#patient === null) {
      this.#patient = this.#chance.uuid();
      this.#waiting.push(
        this.#event(this.#patient, 'registered', { content: patientContent({ mrn: null }) }, 1),
      );
    }
    const consult = this.#chance.uuid();
    const content = requestContent({ patient: this.#patient as never });
    this.#waiting.push(this.#event(consult, 'submitted', { content, linked: [] }, 1));
    this.#consults.push(consult);
    for (let step = 0; step < 3; step++) {
      const text = `note ${String(this.sent.size)} ${'ä'.repeat(this.#chance.int(1, 2_000))}`;
      this.#waiting.push(
        this.#event(this.#chance.pick(this.#consults), 'note-added', { kind: 'progress', text }, 2),
      );
    }
  }

  /** Until the server is gone. */
  async work(doctor: Doctor): Promise<void> {
    for (;;) {
      if (this.#waiting.length < 20) this.#write();
      const batch = this.#waiting.slice(0, this.#chance.int(1, 20));
      for (const event of batch) this.sent.add(event.id);
      const outcomes = await doctor.push(batch);
      if (outcomes === 'no-answer') return;
      for (const [at, outcome] of outcomes.entries()) {
        const event = batch[at];
        if (event === undefined || outcome.outcome === 'waiting') continue;
        this.#waiting = this.#waiting.filter((each) => each.id !== event.id);
        if (outcome.outcome !== 'accepted' && outcome.outcome !== 'duplicate') {
          this.problems.push(`${event.type} was ${outcome.outcome}`);
          continue;
        }
        this.told.set(event.id, { event, n: outcome.n, receivedAt: outcome.receivedAt });
      }
    }
  }
}

async function documentsIn(
  name: 'consults' | 'patients',
  problems: string[],
): Promise<Map<string, HeldEvent>> {
  const designDocuments = await loadDesignDocuments();
  const store = await openEmbeddedStore({ folder: join(folder, 'store'), designDocuments });
  const sealer = createSealer((await keysIn(folder)).seal);
  const found = new Map<string, HeldEvent>();
  const references = new Map<string, string>();
  for (const { id } of await store.database(name).scan({ startKey: '', limit: 1_000_000 })) {
    const leaves = await store.database(name).leaves(id);
    if (leaves.length !== 1) problems.push(`${id} has ${String(leaves.length)} leaves`);
    const document = eventDocumentSchema.parse(leaves[0]?.body);
    const ns = document.events.map((event) => event.n);
    if (JSON.stringify(ns) !== JSON.stringify(ns.map((_n, at) => at + 1)))
      problems.push(`${id} has gaps: ${ns.join(' ')}`);
    for (const event of document.events) {
      found.set(event.id, event);
      if (!isStamped(event)) problems.push(`${event.id} has no stamps`);
      else {
        const via = event.via === 'system' ? 'system' : 'session';
        const isSealed = sealer.verify(
          canonicalEvent(event),
          { n: event.n, receivedAt: event.receivedAt, via },
          event.seal ?? '',
        );
        if (!isSealed) problems.push(`${event.id} has a seal that does not fit`);
      }
      if (event.type !== 'numbered') continue;
      const reference = String(event.body['reference']);
      if (references.has(reference)) problems.push(`${reference} was given twice`);
      references.set(reference, id);
    }
    if (name !== 'consults') continue;
    // What comes with a submission comes in the same write, or not at all.
    const types = document.events.map((event) => event.type);
    for (const type of ['submitted', 'numbered', 'clock-snapshot']) {
      if (!types.includes(type)) problems.push(`${id} was written half: no ${type}`);
    }
    if (projectConsult(document.events) === null) problems.push(`${id} cannot be read`);
  }
  await store.close();
  return found;
}

test(
  'promise 2: every event answered as accepted survives kill -9 of the server at any moment, with its stamps',
  { timeout: 280_000 },
  async () => {
    const chance = createChance(process.env['CRASH_SEED'] ?? 'crash');
    const all = Array.from({ length: writers }, (_, index) => new Writer(index, chance.fork(String(index))));
    const problems: string[] = [];
    let toldBefore = 0;
    for (let round = 0; round < rounds; round++) {
      const server = await startServerProcess(folder);
      const doctors = await Promise.all(all.map((writer, index) => server.signIn(index % 2, writer.device)));
      const working = all.map((writer, index) => writer.work(doctors[index]!));
      // At least one answer each round; then the moment is chance's.
      const told = (): number => all.reduce((count, writer) => count + writer.told.size, 0);
      while (told() === toldBefore && server.isAlive())
        await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, chance.int(0, 700)));
      await server.kill();
      await Promise.all(working);
      toldBefore = told();

      const held = new Map([
        ...(await documentsIn('patients', problems)),
        ...(await documentsIn('consults', problems)),
      ]);
      for (const writer of all) {
        for (const [id, { event, n, receivedAt }] of writer.told) {
          const found = held.get(id);
          if (found === undefined)
            problems.push(`round ${String(round)}: ${event.type} ${id} was accepted and is gone`);
          else if (found.n !== n || found.receivedAt !== receivedAt) problems.push(`${id} has other stamps`);
          else if (canonicalEvent(found) !== canonicalEvent(event)) problems.push(`${id} has other words`);
        }
        problems.push(...writer.problems.splice(0));
      }
      const sent = new Set(all.flatMap((writer) => [...writer.sent]));
      for (const event of held.values()) {
        if (event.author !== 'system' && !sent.has(event.id))
          problems.push(`${event.id} was written by nobody`);
      }
      expect(problems).toEqual([]);
    }
    // The loop is worth nothing when hardly anything was under way.
    expect(toldBefore).toBeGreaterThan(rounds * 20);
  },
);
