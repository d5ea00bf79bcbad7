import pino from 'pino';
import type { PushSender } from '#server/alerts/push-sender.ts';
import { createSubscriptions } from '#server/alerts/subscriptions.ts';
import { openProduct, type Product } from '#server/compose/product-module.ts';
import { firedSteps } from '#server/escalation/fired-steps.ts';
import { StoreUnavailable, type DocumentStore } from '#server/store/port.ts';
import type { Keys } from '#server/keys/keys.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { AuthoredConsultType, ConsultBody } from '#shared/consult/events.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { defaultTargets, type Urgency } from '#shared/consult/vocabulary.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { DirectoryDocument } from '#shared/directory/directory.ts';
import type { Tier } from '#shared/directory/escalation-policy.ts';
import type { RotaWeek } from '#shared/directory/rota.ts';
import type { Person } from '#shared/directory/staff.ts';
import { claimIdOf, syntheticStep } from '#shared/escalation/claim.ts';
import { dueSteps } from '#shared/escalation/due-steps.ts';
import { runningSteps } from '#shared/escalation/running-steps.ts';
import { eventDocumentSchema, type HeldEvent } from '#shared/event/envelope.ts';
import type { ConsultId, EventId } from '#shared/lib/id.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import {
  departments,
  deviceId,
  membership,
  organisation,
  people,
  person,
  Story,
  storyStart,
  uuidOf,
} from '#tests/builders.ts';
import {
  createTestClock,
  startTestServer,
  testKeys,
  type TestClock,
  type TestServer,
} from '#tests/server.ts';
import { createMortalStore, type MortalStore, type Phase } from './mortal-store.ts';

const dutyDepartment = departments.radiology.id;
export const staff = {
  ...people,
  firstOnCall: person('first-on-call', [membership(departments.cardiology.id, 'doctor')]),
  secondOnCall: person('second-on-call', [membership(departments.cardiology.id, 'doctor')]),
  dutyAdministrator: person('duty-administrator', [membership(dutyDepartment, 'administrator')]),
} as const;

export type OnDuty = readonly (readonly [Tier, Person])[];

const onDuty = (department: RotaWeek['department'], who: OnDuty): RotaWeek => ({
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
const hospital: readonly DirectoryDocument[] = [
  { ...organisation(), demo: false, dutyAdministration: dutyDepartment },
  ...Object.values(staff),
  ...Object.values(departments).map((each) => ({
    ...each,
    policies,
    targets: { ...defaultTargets },
    ...(each.id === departments.cardiology.id ? { head: people.head.id, receiver: people.receiver.id } : {}),
    ...(each.id === departments.heartCentre.id ? { head: people.parentHead.id } : {}),
  })),
  onDuty(departments.cardiology.id, [
    ['first', staff.firstOnCall],
    ['second', staff.secondOnCall],
  ]),
  onDuty(dutyDepartment, [['first', staff.dutyAdministrator]]),
];

/** A push as it left a gateway that lived. */
export interface LeftPush {
  readonly alert: string;
  readonly tag: string;
  readonly consult: ConsultId;
}

export interface NightGateway {
  readonly name: string;
  readonly mortal: MortalStore;
  readonly product: Product;
  readonly server: TestServer;
}

/** One hospital, one night, gateways that die. The clock is moved. */
export interface Night {
  readonly clock: TestClock;
  readonly pushes: readonly LeftPush[];
  readonly gateways: NightGateway[];
  open(name: string): Promise<NightGateway>;
  kill(gateway: NightGateway): Promise<void>;
  /** Lets a gateway see, fire, tell and send what is to be done now; one that dies on the way just stops. */
  settle(gateway: NightGateway): Promise<void>;
  submit(name: string, urgency: Urgency): Promise<ConsultId>;
  /** From now on these are on call in Cardiology, and these have the duty administration; a tier that is not named is a gap. */
  writeRota(cardiology: OnDuty, duty: OnDuty): Promise<void>;
  /** False: it was refused, or the gateway died. */
  act<T extends AuthoredConsultType>(
    gateway: NightGateway,
    who: Person,
    consult: ConsultId,
    type: T,
    body: ConsultBody<T>,
  ): Promise<boolean>;
  eventsOf(consult: ConsultId): Promise<readonly HeldEvent[]>;
  /** Its person saw it, or acted on its consult. */
  isHeardOf(alert: string): Promise<boolean>;
  close(): Promise<void>;
}

/** `storeFor`: what each gateway opens; the embedded store is one for all, CouchDB is opened by each. */
export async function openNight(deps: {
  readonly base: DocumentStore;
  readonly storeFor: (gateway: string) => Promise<DocumentStore>;
  readonly closeStore: (store: DocumentStore) => Promise<void>;
}): Promise<Night> {
  const clock = createTestClock(storyStart);
  const keys: Keys = testKeys();
  const logger = pino({ level: 'silent' });
  const pushes: LeftPush[] = [];
  const opened = new Map<NightGateway, DocumentStore>();
  let acts = 0;
  await deps.base
    .database('directory')
    .write(hospital.map((document) => ({ id: document.id, body: { ...document } })));
  const subscriptions = createSubscriptions(deps.base.database('accounts'));
  for (const each of Object.values(staff))
    await subscriptions.put({
      person: each.id,
      device: deviceId(each.name),
      deviceKind: 'personal',
      subscription: {
        endpoint: `https://push.test/${each.name}`,
        keys: { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) },
      },
      at: storyStart,
    });

  async function open(name: string): Promise<NightGateway> {
    const inner = await deps.storeFor(name);
    const mortal = createMortalStore(inner);
    const opening: { product: Product | null } = { product: null };
    const pushSender: PushSender = {
      send(_subscription, { payload }) {
        if (!mortal.beforePush())
          return Promise.resolve({ type: 'failed', status: null, retryAfterSeconds: null });
        const alert = opening.product?.tokens.open(payload.receipt)?.alert;
        if (payload.type === 'alert' && alert !== undefined)
          pushes.push({
            alert,
            tag: payload.tag,
            consult: (payload.open.split('/').at(-1) ?? '') as ConsultId,
          });
        mortal.afterPush();
        return Promise.resolve({ type: 'ok' });
      },
    };
    const server = await startTestServer({
      store: mortal.store,
      keys,
      clock,
      logger,
      modules: [
        async (parts) => {
          const product = await openProduct(parts, {
            scheduler: { every: () => () => undefined },
            pushSender,
            gateway: name,
          });
          opening.product = product;
          return product;
        },
      ],
    });
    const { product } = opening;
    if (product === null) throw new Error('no product');
    const gateway: NightGateway = { name, mortal, product, server };
    opened.set(gateway, inner);
    night.gateways.push(gateway);
    return gateway;
  }

  const night: Night = {
    clock,
    pushes,
    gateways: [],
    open,
    async kill(gateway) {
      gateway.mortal.die();
      const at = night.gateways.indexOf(gateway);
      if (at >= 0) night.gateways.splice(at, 1);
      // It is dead: whatever its closing says is of no interest, but nothing of it may go on.
      await Promise.allSettled([gateway.server.close()]);
      const inner = opened.get(gateway);
      if (inner !== undefined) await deps.closeStore(inner);
      opened.delete(gateway);
    },
    async settle(gateway) {
      const { product, mortal } = gateway;
      for (const part of [
        () => product.sync.caughtUp(),
        () => product.engine.tick(),
        () => product.sync.caughtUp(),
        () => {
          product.planner.tick();
          return Promise.resolve();
        },
        () => product.planner.idle(),
      ]) {
        if (mortal.isDead) return;
        try {
          await part();
        } catch (cause) {
          // A store that cut an answer, or a gateway that has just died.
          const isAlive = !gateway.mortal.isDead;
          if (isAlive && !(cause instanceof Error && cause.name === 'StoreUnavailable')) throw cause;
        }
      }
    },
    async submit(name, urgency) {
      const told = new Story(name, clock.now()).submitted({ urgency });
      const events = told.events.map((event) =>
        event.type === 'clock-snapshot'
          ? { ...event, body: { ...event.body, policy: policies[urgency] } }
          : event,
      );
      const consults = deps.base.database('consults');
      // A tablet sends until it is told that it arrived.
      for (let attempt = 0; attempt < 10 && (await consults.get(told.id)) === null; attempt++) {
        try {
          await consults.write([{ id: told.id, body: { kind: 'consult', id: told.id, events } }]);
        } catch (cause) {
          if (!(cause instanceof StoreUnavailable)) throw cause;
        }
      }
      return told.id;
    },
    async writeRota(cardiology, duty) {
      const directory = deps.base.database('directory');
      for (const week of [onDuty(departments.cardiology.id, cardiology), onDuty(dutyDepartment, duty)]) {
        const held = await directory.get(week.id);
        await directory.write([
          { id: week.id, body: { ...week }, ...(held === null ? {} : { rev: held.rev }) },
        ]);
      }
      for (const { server, mortal } of night.gateways)
        if (!mortal.isDead) await server.parts.directory.caughtUp();
    },
    async act(gateway, who, consult, type, body) {
      acts++;
      try {
        const outcome = await gateway.product.sync.acceptOwn({
          id: uuidOf(`act ${String(acts)}`) as EventId,
          consult,
          person: who.id,
          device: deviceId(who.name),
          type,
          body,
          via: 'session',
        });
        return outcome.outcome === 'accepted';
      } catch (cause) {
        if (cause instanceof Error && cause.name === 'StoreUnavailable') return false;
        throw cause;
      }
    },
    async eventsOf(consult) {
      const held = await deps.base.database('consults').get(consult);
      return held === null ? [] : eventDocumentSchema.parse(held.body).events;
    },
    async isHeardOf(id) {
      const held = await deps.base.database('alerts').get(id);
      const facts = (held?.body['facts'] ?? []) as { fact: string }[];
      return facts.some(({ fact }) => ['shown', 'opened', 'acted'].includes(fact));
    },
    async close() {
      for (const gateway of [...night.gateways]) await night.kill(gateway);
    },
  };
  return night;
}

export async function consultOf(night: Night, id: ConsultId): Promise<Consult> {
  const consult = projectConsult(await night.eventsOf(id));
  if (consult === null) throw new Error('no consult');
  return consult;
}

/** Laws that hold at any moment, of one consult; [] when they do. */
export async function brokenLaws(night: Night, id: ConsultId): Promise<string[]> {
  const broken: string[] = [];
  const events = await night.eventsOf(id);
  const numbers = events.map(({ n }) => n);
  if (new Set(numbers).size !== numbers.length) broken.push('two events have one number');
  if (new Set(events.map((event) => event.id)).size !== events.length) broken.push('an event stands twice');
  for (const event of events) {
    // A stand-in is named when devices are silent, not when a step is due.
    if (event.type !== 'escalated' || event.body['step'] === syntheticStep.standIn) continue;
    if ((event.body['notified'] as unknown[]).length === 0) broken.push(`${event.id} calls nobody`);
    const before = events.filter(({ n }) => (n ?? 0) < (event.n ?? 0));
    const consult = projectConsult(before);
    const claim = event.id.slice(0, -':escalated'.length);
    const wasDue =
      consult !== null &&
      event.receivedAt !== undefined &&
      dueSteps({ consult, fired: firedSteps(consult), now: event.receivedAt }).some(
        ({ claimId }) => claimId === claim,
      );
    if (!wasDue) broken.push(`${claim} fired though it was not due, or its condition was met at the server`);
  }
  const tags = new Set(night.pushes.filter(({ consult }) => consult === id).map(({ tag }) => tag));
  if (tags.size > 1) broken.push(`${String(tags.size)} notifications would show on one device`);
  return broken;
}

/** Laws that hold once every gateway that died has been waited for; [] when they do. */
export async function unfinished(night: Night, id: ConsultId): Promise<string[]> {
  const consult = await consultOf(night, id);
  const left: string[] = dueSteps({
    consult,
    fired: firedSteps(consult),
    now: night.clock.now(),
  }).map(({ claimId }) => `${claimId} is due and stands in no timeline`);
  const running = new Set<string>();
  for (const { anchor, step } of runningSteps(consult)) {
    const prefix = claimIdOf(id, anchor, step, 0).slice(0, -1);
    for (const { event } of consult.timeline) if (event.id.startsWith(prefix)) running.add(event.id);
  }
  for (const { event } of consult.timeline) {
    if (event.type !== 'escalated') continue;
    // What was met before its alert left is not told any more.
    if (!running.has(event.id)) continue;
    for (const { person: who } of event.body['notified'] as { person: string }[]) {
      const alert = `${id}:${event.id}:${who}`;
      if (night.pushes.some((push) => push.alert === alert)) continue;
      // Whoever acted on the consult in the app has heard of it.
      if (await night.isHeardOf(alert)) continue;
      left.push(`${alert} was never sent`);
    }
  }
  return left;
}

export type { Phase };
