import type { Scheduler } from '#server/sync/scheduler.ts';
import { createSync, type Sync, type SyncDeps } from '#server/sync/sync.ts';
import type { AuthoredConsultType, ConsultBody } from '#shared/consult/events.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { DirectoryDocument } from '#shared/directory/directory.ts';
import type { AuthoredEnvelope, HeldEvent } from '#shared/event/envelope.ts';
import type { EventId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { AuthoredPatientType, PatientBody } from '#shared/patient/events.ts';
import {
  compareAnswerSchema,
  documentsAnswerSchema,
  pullAnswerSchema,
  pushAnswerSchema,
  stateAnswerSchema,
  streamMessageSchema,
  type Checkpoint,
  type CollectionName,
  type PullAnswer,
  type PushOutcome,
  type StreamMessage,
  type WireDocument,
} from '#shared/sync/protocol.ts';
import { digestOf } from '#shared/sync/digest.ts';
import {
  authored,
  departments,
  organisation,
  patientContent,
  patientId,
  people,
  requestContent,
  sampleBodies,
  uuidOf,
} from '#tests/builders.ts';
import { startTestServer, type TestServer, type TestServerOptions, type TestSession } from '#tests/server.ts';

/** Time passes when the test says so. */
export function createTestScheduler(): Scheduler & { run(ms: number): void } {
  const jobs = new Set<{ ms: number; run: () => void }>();
  return {
    every(ms, run) {
      const job = { ms, run };
      jobs.add(job);
      return () => jobs.delete(job);
    },
    /** Runs every job of that interval once. */
    run(ms) {
      for (const job of jobs) if (job.ms === ms) job.run();
    },
  };
}

export const testDirectory: readonly DirectoryDocument[] = [
  organisation(),
  ...Object.values(departments),
  ...Object.values(people),
];

export interface Gateway {
  readonly server: TestServer;
  readonly sync: Sync;
  readonly scheduler: ReturnType<typeof createTestScheduler>;
  /** Signs in, making the account at the first time. */
  tablet(person: Person, device?: string): Promise<TestTablet>;
  events(collection: 'consults' | 'patients', id: string): Promise<HeldEvent[]>;
  close(): Promise<void>;
}

export async function startGateway(
  options: Omit<TestServerOptions, 'directory'> &
    Omit<Partial<SyncDeps>, 'directory'> & { beside?: Gateway } = {},
): Promise<Gateway> {
  const scheduler = createTestScheduler();
  const opened: Sync[] = [];
  const { beside } = options;
  const server = await startTestServer({
    directory: beside === undefined ? testDirectory : [],
    ...(beside === undefined
      ? {}
      : { store: beside.server.store, keys: beside.server.keys, clock: beside.server.clock }),
    ...options,
    modules: [
      async (parts) => {
        const made = createSync({
          ...parts,
          snapshotPath: null,
          onSessionEnded: (session, ended) => parts.sessions.onEnded(session, ended),
          ...options,
          store: parts.store,
          clock: parts.clock,
          directory: parts.directory,
          logger: parts.logger,
          scheduler,
        });
        opened.push(made);
        await made.start();
        return {
          features: [{ path: '/api/sync', access: 'session', routes: made.routes }],
          close: () => made.stop(),
        };
      },
    ],
  });
  const [sync] = opened;
  if (sync === undefined) throw new Error('sync was not opened');
  const accounts = new Set<string>();
  return {
    server,
    sync,
    scheduler,
    async tablet(person, device = person.name) {
      const email = `${person.name}@hospital.test`;
      if (!accounts.has(email) && beside === undefined) await server.addAccount(person.id, email);
      accounts.add(email);
      const session = await server.signIn(email, {
        device: {
          id: uuidOf(`device ${device}`) as TestSession['device'],
          kind: 'ward',
          name: 'Ward tablet',
        },
      });
      return new TestTablet(session, server);
    },
    async events(collection, id) {
      const held = await server.store.database(collection).get(id);
      return (held?.body['events'] ?? []) as HeldEvent[];
    },
    close: () => server.close(),
  };
}

const answered = async (response: Response): Promise<unknown> => {
  const body: unknown = await response.json();
  if (response.status !== 200) throw new Error(`${response.status} ${JSON.stringify(body)}`);
  return body;
};

/** A tablet as the protocol sees it: what it holds, where it stands, what it sends. No RxDB, no retries. */
export class TestTablet {
  readonly session: TestSession;
  readonly held: Record<CollectionName, Map<string, WireDocument & { version: string }>> = {
    consults: new Map(),
    patients: new Map(),
    directory: new Map(),
    alerts: new Map(),
  };
  readonly checkpoints = new Map<CollectionName, Checkpoint>();
  readonly told: WireDocument[] = [];
  restarts = 0;
  private readonly server: TestServer;
  private count = 0;

  constructor(session: TestSession, server: TestServer) {
    this.session = session;
    this.server = server;
  }

  /** The same person and device, speaking to another gateway. */
  at(session: TestSession, server: TestServer): TestTablet {
    const other = new TestTablet(session, server);
    for (const [name, documents] of Object.entries(this.held)) {
      for (const [id, document] of documents) other.held[name as CollectionName].set(id, document);
    }
    for (const [name, checkpoint] of this.checkpoints) other.checkpoints.set(name, checkpoint);
    return other;
  }

  write<T extends AuthoredConsultType>(
    type: T,
    body: ConsultBody<T> = sampleBodies[type],
    over: Partial<Omit<AuthoredEnvelope, 'type' | 'body'>> = {},
  ): AuthoredEnvelope {
    return authored(type, body, {
      id: this.nextId(type),
      author: this.session.person,
      device: this.session.device,
      occurredAt: this.server.clock.now(),
      ...over,
    });
  }

  writePatient<T extends AuthoredPatientType>(
    type: T,
    body: PatientBody<T>,
    over: Partial<Omit<AuthoredEnvelope, 'type' | 'body'>> = {},
  ): AuthoredEnvelope {
    return {
      v: 1,
      id: this.nextId(type),
      document: patientId('one'),
      type,
      author: this.session.person,
      device: this.session.device,
      lamport: 1,
      base: 0,
      occurredAt: this.server.clock.now(),
      body: { ...body },
      ...over,
    };
  }

  /** Registers patient `one` and asks Cardiology about them: what most tests begin with. */
  async begin(consult: string, content: Parameters<typeof requestContent>[0] = {}): Promise<PushOutcome[]> {
    const patient = content.patient ?? patientId('one');
    return this.push([
      this.writePatient(
        'registered',
        { content: patientContent() },
        { document: patient, id: uuidOf(`registered ${patient}`) as EventId },
      ),
      this.write('submitted', { content: requestContent(content), linked: [] }, { document: consult }),
    ]);
  }

  post(path: string, body: unknown): Promise<Response> {
    return this.session.post(`/api/sync/${path}`, body);
  }

  async push(
    events: readonly unknown[],
    over: { sentAt?: Instant; unsentAfter?: number; clockJumped?: boolean } = {},
  ): Promise<PushOutcome[]> {
    const { sentAt = this.server.clock.now(), unsentAfter = 0, clockJumped = false } = over;
    const items = events.map((event) => ({ event, clockJumped }));
    const response = await this.post('push', { sentAt, unsentAfter, items });
    return pushAnswerSchema.parse(await answered(response)).outcomes;
  }

  /** One page, taken into what is held. */
  async pullOnce(collection: CollectionName, limit = 100): Promise<PullAnswer> {
    const checkpoint = this.checkpoints.get(collection) ?? null;
    const answer = pullAnswerSchema.parse(
      await answered(await this.post('pull', { collection, checkpoint, limit })),
    );
    if (answer.restarted) this.restarts++;
    this.take(collection, answer.documents);
    this.checkpoints.set(collection, answer.checkpoint);
    return answer;
  }

  async pull(collection: CollectionName, limit = 100): Promise<number> {
    for (let pages = 1; ; pages++) {
      if ((await this.pullOnce(collection, limit)).caughtUp) return pages;
    }
  }

  take(collection: CollectionName, documents: readonly WireDocument[]): void {
    for (const document of documents) {
      this.told.push(document);
      if ('gone' in document) this.held[collection].delete(document.id);
      else this.held[collection].set(document.id, document);
    }
  }

  ids(collection: CollectionName): string[] {
    return [...this.held[collection].keys()].sort();
  }

  private pairs(collection: CollectionName): [string, string][] {
    return [...this.held[collection].values()].map((document) => [document.id, document.version]);
  }

  async check(collection: CollectionName): Promise<{ agrees: boolean; count: number }> {
    const pairs = this.pairs(collection);
    const checkpoint = this.checkpoints.get(collection);
    const body = { collection, checkpoint, count: pairs.length, digest: digestOf(pairs) };
    return stateAnswerSchema.parse(await answered(await this.post('state', body)));
  }

  async compare(collection: CollectionName) {
    const body = { collection, held: this.pairs(collection) };
    return compareAnswerSchema.parse(await answered(await this.post('compare', body)));
  }

  async fetch(collection: CollectionName, ids: readonly string[]): Promise<WireDocument[]> {
    const answer = documentsAnswerSchema.parse(
      await answered(await this.post('documents', { collection, ids })),
    );
    this.take(collection, answer.documents);
    return answer.documents;
  }

  async stream(): Promise<TestStream> {
    const response = await this.session.get('/api/sync/stream');
    if (response.status !== 200 || response.body === null) throw new Error(`stream: ${response.status}`);
    return new TestStream(response.body.getReader());
  }

  private nextId(type: string): EventId {
    return uuidOf(`${this.session.person} ${this.session.device} ${type} ${++this.count}`) as EventId;
  }
}

/** Reads messages one by one; waits for the next, never for time. */
export class TestStream {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly decoder = new TextDecoder();
  private text = '';

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.reader = reader;
  }

  /** null: the stream ended. */
  async next(): Promise<StreamMessage | null> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.text.slice(0, end);
        this.text = this.text.slice(end + 2);
        return streamMessageSchema.parse(JSON.parse(block.replace(/^data: /, '')));
      }
      const { done, value } = await this.reader.read();
      if (done) return null;
      this.text += this.decoder.decode(value, { stream: true });
    }
  }

  async nextOf<T extends StreamMessage['type']>(type: T): Promise<Extract<StreamMessage, { type: T }>> {
    for (;;) {
      const message = await this.next();
      if (message === null) throw new Error(`the stream ended before ${type}`);
      if (message.type === type) return message as Extract<StreamMessage, { type: T }>;
    }
  }

  close(): Promise<void> {
    return this.reader.cancel();
  }
}
