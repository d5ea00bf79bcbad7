import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { OutsideConfig } from '#server/alerts/outside-config.ts';
import type { PushMessage, PushOutcome, PushSender } from '#server/alerts/push-sender.ts';
import { openProduct, type Product } from '#server/compose/product-module.ts';
import { openEmbeddedStore } from '#server/store/embedded.ts';
import type { DocumentStore } from '#server/store/port.ts';
import type { Scheduler } from '#server/sync/scheduler.ts';
import { alertSchema, type Alert } from '#shared/alert/alert.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { AuthoredConsultType, ConsultBody, RequestContent } from '#shared/consult/events.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { urgencies } from '#shared/consult/vocabulary.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { DirectoryDocument } from '#shared/directory/directory.ts';
import type { Tier } from '#shared/directory/escalation-policy.ts';
import type { RotaWeek } from '#shared/directory/rota.ts';
import type { Person } from '#shared/directory/staff.ts';
import { eventDocumentSchema } from '#shared/event/envelope.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { pushAnswerSchema, type PushOutcome as SyncOutcome } from '#shared/sync/protocol.ts';
import { defaultTargets } from '#shared/consult/vocabulary.ts';
import {
  consultId,
  deviceId,
  departments,
  membership,
  organisation,
  patientContent,
  patientId,
  people,
  person,
  requestContent,
  storyStart,
  uuidOf,
} from '#tests/builders.ts';
import {
  createTestClock,
  startTestServer,
  testKeys,
  type TestClock,
  type TestServer,
  type TestSession,
} from '#tests/server.ts';

const dutyDepartment = departments.radiology.id;
export const staff = {
  ...people,
  firstOnCall: person('first-on-call', [membership(departments.cardiology.id, 'doctor')]),
  secondOnCall: person('second-on-call', [membership(departments.cardiology.id, 'doctor')]),
  consultantOnCall: person('consultant-on-call', [membership(departments.cardiology.id, 'doctor')]),
  dutyAdministrator: person('duty-administrator', [membership(dutyDepartment, 'administrator')]),
} as const;

const onDuty = (department: RotaWeek['department'], who: readonly (readonly [Tier, Person])[]): RotaWeek => ({
  kind: 'rota-week',
  id: `rota:${department}:2026-W10`,
  department,
  week: '2026-W10',
  shifts: who.map(([tier, each]) => ({
    id: `${tier}-1`,
    tier,
    person: each.id,
    startsAt: addMinutes(storyStart, -600),
    endsAt: addMinutes(storyStart, 6 * 1440),
    override: null,
  })),
});

const policies = {
  emergency: defaultPolicy('emergency'),
  urgent: defaultPolicy('urgent'),
  routine: defaultPolicy('routine'),
};

/** Medicine asks, Cardiology answers: three tiers on call, a receiver, a head, a parent's head, a duty administrator. */
const wardDirectory: readonly DirectoryDocument[] = [
  { ...organisation(), demo: false, dutyAdministration: dutyDepartment },
  ...Object.values(staff),
  ...Object.values(departments).map((each) => ({
    ...each,
    policies,
    targets: { ...defaultTargets },
    ...(each.id === departments.cardiology.id
      ? {
          head: people.head.id,
          receiver: people.receiver.id,
          assignment: Object.fromEntries(
            urgencies.map((urgency) => [urgency, { mode: 'manual' as const }]),
          ) as typeof each.assignment,
        }
      : {}),
    ...(each.id === departments.heartCentre.id ? { head: people.parentHead.id } : {}),
    ...(each.id === departments.medicine.id ? { head: people.requestingHead.id } : {}),
  })),
  onDuty(departments.cardiology.id, [
    ['first', staff.firstOnCall],
    ['second', staff.secondOnCall],
    ['consultant', staff.consultantOnCall],
  ]),
  onDuty(dutyDepartment, [['first', staff.dutyAdministrator]]),
];

/** A scheduler nobody waits for: `run` does once what is due regularly. */
const handScheduler = (): Scheduler => ({ every: () => () => undefined });

export interface SentPush extends PushMessage {
  readonly endpoint: string;
}

/** Remembers what was sent; `answer` decides what the push service says. */
export function recordingSender(): PushSender & {
  sent: SentPush[];
  answer: (endpoint: string) => PushOutcome;
  /** Receipt tokens of what was taken since the last call. */
  takeUnreported: () => string[];
} {
  let unreported: string[] = [];
  const sender = {
    sent: [] as SentPush[],
    answer: (_endpoint: string): PushOutcome => ({ type: 'ok' }),
    send(subscription: { endpoint: string }, message: PushMessage): Promise<PushOutcome> {
      sender.sent.push({ ...message, endpoint: subscription.endpoint });
      const outcome = sender.answer(subscription.endpoint);
      if (outcome.type === 'ok' && message.payload.type === 'alert') unreported.push(message.payload.receipt);
      return Promise.resolve(outcome);
    },
    takeUnreported() {
      const taken = unreported;
      unreported = [];
      return taken;
    },
  };
  return sender;
}

export interface Gateway {
  readonly server: TestServer;
  readonly product: Product;
  /** Lets everything that was stored be seen, told and sent, and fires what is due. */
  settle(): Promise<void>;
}

/** One hospital on one store, any number of gateways, a clock that is moved. */
export interface Ward {
  readonly clock: TestClock;
  readonly store: DocumentStore;
  readonly sender: ReturnType<typeof recordingSender>;
  gateways: Gateway[];
  openGateway(name: string): Promise<Gateway>;
  /** Signs in once per person; `personal` devices may acknowledge from the notification. */
  session(who: Person, kind?: 'ward' | 'personal'): Promise<TestSession>;
  /** Signs in and subscribes the device to push. */
  reachable(who: Person, kind?: 'ward' | 'personal'): Promise<void>;
  act<T extends AuthoredConsultType>(
    who: Person,
    consult: ConsultId,
    type: T,
    body: ConsultBody<T>,
  ): Promise<SyncOutcome>;
  submit(name: string, content?: Partial<RequestContent>): Promise<ConsultId>;
  /** All gateways scan in the same moment, and come to rest: a clock that moves in the middle of a sending makes a gateway that stood still. */
  settleTogether(): Promise<void>;
  /** Moves the clock minute by minute, as a night does, every gateway scanning at each. */
  pass(minutes: number): Promise<void>;
  consult(id: ConsultId): Promise<Consult>;
  alertsOf(id: ConsultId): Promise<Alert[]>;
  /** Names of those who got a push of this type, in order. */
  pushedTo(type?: 'alert' | 'stand-down'): string[];
  close(): Promise<void>;
}

const emailOf = (who: Person): string => `${who.name}@hospital.test`;
const endpointOf = (who: Person): string => `https://push.test/${who.name}`;
const nameOfEndpoint = (endpoint: string): string => endpoint.slice('https://push.test/'.length);

export interface WardOptions {
  /** For tests that play the timers themselves; absent: nothing runs by itself. */
  readonly scheduler?: Scheduler;
  readonly outside?: OutsideConfig;
  /** Devices report at once that they showed what came; absent: they are silent, as in a pocket without a network. */
  readonly devicesShow?: boolean;
}

export async function openWard(options: WardOptions = {}): Promise<Ward> {
  const folder = await mkdtemp(join(tmpdir(), 'hc-ward-'));
  const store = await openEmbeddedStore({ folder, designDocuments: [] });
  const clock = createTestClock(storyStart);
  const keys = testKeys();
  const sender = recordingSender();
  const sessions = new Map<string, TestSession>();
  let lamport = 0;
  await store
    .database('directory')
    .write(wardDirectory.map((document) => ({ id: document.id, body: { ...document } })));

  async function openGateway(name: string): Promise<Gateway> {
    const opened: Product[] = [];
    const server = await startTestServer({
      store,
      keys,
      clock,
      logger: pino({ level: 'silent' }),
      ...(options.outside === undefined ? {} : { outside: options.outside }),
      modules: [
        async (parts) => {
          const module = await openProduct(parts, {
            scheduler: options.scheduler ?? handScheduler(),
            pushSender: sender,
            gateway: name,
          });
          opened.push(module);
          return module;
        },
      ],
    });
    const [product] = opened;
    if (product === undefined) throw new Error('the product module was not opened');
    return {
      server,
      product,
      async settle() {
        await product.sync.caughtUp();
        await product.engine.tick();
        await product.sync.caughtUp();
        await product.planner.idle();
        for (const token of options.devicesShow === true ? sender.takeUnreported() : [])
          await server.app.request('/api/alert-tokens/receipt', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ token, fact: 'shown' }),
          });
        // As the scheduler does each second: what is due by the clock is sent.
        product.planner.tick();
        await product.planner.idle();
        await product.sync.caughtUp();
      },
    };
  }

  const ward: Ward = {
    clock,
    store,
    sender,
    gateways: [],
    async openGateway(name) {
      const gateway = await openGateway(name);
      ward.gateways.push(gateway);
      return gateway;
    },
    async session(who, kind = 'ward') {
      const held = sessions.get(who.name);
      if (held !== undefined) return held;
      const [gateway] = ward.gateways;
      if (gateway === undefined) throw new Error('no gateway');
      await gateway.server.addAccount(who.id, emailOf(who));
      const session = await gateway.server.signIn(emailOf(who), { device: { id: deviceId(who.name), kind } });
      sessions.set(who.name, session);
      return session;
    },
    async reachable(who, kind = 'ward') {
      const session = await ward.session(who, kind);
      const response = await session.put('/api/alerts/subscription', {
        endpoint: endpointOf(who),
        keys: { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) },
      });
      if (response.status !== 204) throw new Error(`subscription refused: ${String(response.status)}`);
    },
    async act(who, consult, type, body) {
      const session = await ward.session(who);
      const held = await store.database('consults').get(consult);
      const base = held === null ? 0 : (held.body['events'] as unknown[]).length;
      lamport++;
      const event = {
        v: 1,
        id: uuidOf(`event ${String(lamport)} ${consult}`),
        document: consult,
        type,
        author: who.id,
        device: session.device,
        lamport: base + 1,
        base,
        occurredAt: clock.now(),
        body,
      };
      const response = await session.post('/api/sync/push', {
        sentAt: clock.now(),
        unsentAfter: 0,
        items: [{ event, clockJumped: false }],
      });
      const [outcome] = pushAnswerSchema.parse(await response.json()).outcomes;
      if (outcome === undefined) throw new Error('no outcome');
      for (const gateway of ward.gateways) await gateway.settle();
      return outcome;
    },
    async submit(name, content = {}) {
      const id = consultId(name);
      const patient = patientId(name);
      const session = await ward.session(people.requester);
      const registered = {
        v: 1,
        id: uuidOf(`registered ${name}`),
        document: patient,
        type: 'registered',
        author: people.requester.id,
        device: session.device,
        lamport: 1,
        base: 0,
        occurredAt: clock.now(),
        body: { content: patientContent({ mrn: null }) },
      };
      await session.post('/api/sync/push', {
        sentAt: clock.now(),
        unsentAfter: 0,
        items: [{ event: registered, clockJumped: false }],
      });
      const outcome = await ward.act(people.requester, id, 'submitted', {
        content: requestContent({ patient, ...content }),
        linked: [],
      });
      if (outcome.outcome !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
      return id;
    },
    async settleTogether() {
      await Promise.all(ward.gateways.map((gateway) => gateway.settle()));
      // What one wrote when another was done already.
      for (const gateway of ward.gateways) await gateway.settle();
    },
    async pass(minutes) {
      for (let minute = 0; minute < minutes; minute++) {
        clock.advance(60_000);
        for (const gateway of ward.gateways) await gateway.settle();
      }
    },
    async consult(id) {
      const held = await store.database('consults').get(id);
      const consult = projectConsult(eventDocumentSchema.parse(held?.body).events);
      if (consult === null) throw new Error('no consult');
      return consult;
    },
    async alertsOf(id) {
      const rows = await store
        .database('alerts')
        .scan({ startKey: `${id}:`, endKey: `${id}:\uffff`, limit: 1000, includeDocs: true });
      return rows.map((row) => alertSchema.parse(row.doc?.body));
    },
    pushedTo(type = 'alert') {
      return sender.sent
        .filter(({ payload }) => payload.type === type)
        .map(({ endpoint }) => nameOfEndpoint(endpoint));
    },
    async close() {
      for (const gateway of ward.gateways) await gateway.server.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return ward;
}
