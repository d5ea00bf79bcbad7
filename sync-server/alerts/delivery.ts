import type { Logger } from 'pino';
import type { Alert, AlertFact } from '#shared/alert/alert.ts';
import { nextStep, type LadderAct } from '#shared/alert/ladder.ts';
import { climbs, isStillNeeded } from '#shared/alert/pressing.ts';
import { isStoodDown } from '#shared/alert/receipts.ts';
import { urgencies, type Urgency } from '#shared/consult/vocabulary.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { createDueQueue } from '#server/escalation/due-queue.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { addMs, earliest, latest, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { Admit } from './admit.ts';
import type { AlertBook } from './alert-book.ts';
import { messageOf } from './alert-message.ts';
import type { AlertAddress, AlertChannel, SendOutcome } from './channel.ts';
import type { Heard } from './heard.ts';
import type { Leads } from './leads.ts';
import { makerIsAtItUntil, othersTries, pressingLeadMs } from './others-tries.ts';
import type { Reach } from './reach.ts';
import { bundleMs, createRoutineBundles } from './routine-bundles.ts';
import { standInAlert, unreachableAlert } from './stand-ins.ts';

/**
 * Carries alerts up the ladder (`nextStep`) until they are heard of. What is due stands in the alerts' own facts; in memory is only when to look at which,
 * so a restart that is handed the alerts again loses nothing. Any number of gateways: whoever writes down first that it is about to send does so.
 */
export interface Delivery {
  /** Alerts this gateway has just created; resolves when each was sent, held back or given up for now. `consult` null: about none. Never rejects. */
  deliver(alerts: readonly Alert[], consult: Consult | null): Promise<void>;
  /** Alerts that somebody else created or that are from before this process: looked at when their creator should long have been done. */
  watch(alerts: readonly Alert[]): void;
  /** Something happened to an alert: looks at it at the next tick. */
  lookAt(alert: Pick<Alert, 'id' | 'urgency'>): void;
  /** To be called regularly. Returns at once. */
  tick(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Alerts that wait for their next look. */
  readonly size: number;
}

export interface DeliveryDeps {
  readonly book: AlertBook;
  readonly channels: readonly AlertChannel[];
  readonly reach: Reach;
  readonly heard: Pick<Heard, 'isInApp'>;
  readonly directory: () => Directory;
  /** As stored now; null: not there. */
  readonly load: (id: ConsultId) => Promise<Consult | null>;
  readonly admit: Admit;
  readonly leads: Leads;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Alerts taken from the queue and worked on at once, each urgency for itself; those just created are begun at once, and keep none of these waiting. */
const atOnce: Readonly<Record<Urgency, number>> = { emergency: 128, urgent: 64, routine: 32 };
/** After a failure of the store. */
const retryAfterMs = 5_000;
/** What is not in the store is looked for so often before it is given up: an alert, or the consult it is about. */
const mostMissing = 24;
/** Routine ones wait for their bundle in the gateway that created them. */
const leadMs = (urgency: Urgency): number => (urgency === 'routine' ? bundleMs : pressingLeadMs);
/** Whoever creates an alert may send it without a further word for so long; later it may be somebody else's already. */
const ownLeadMs = pressingLeadMs / 2;
/** Under way for so long, alerts are worth telling the others that they are. */
const busyAfterMs = 1_000;
/** More turns than channels and rounds: a bug must not spin. */
const maxTurns = 12;
const manyKnown = 10_000;

type Send = Extract<LadderAct, { type: 'send' }>;

const factOf = (
  act: Send,
  fact: 'planned' | 'sent',
  address: AlertAddress | null,
  outcome: SendOutcome | null,
  at: Instant,
): AlertFact => ({
  fact,
  channel: act.channel,
  device: address?.device ?? null,
  attempt: act.attempt,
  outcome: outcome?.type ?? null,
  at,
  ...(act.round > 0 ? { round: act.round } : {}),
  ...(outcome?.type === 'failed' && outcome.isFinal ? { isFinal: true } : {}),
  ...(outcome?.type === 'failed' && outcome.retryAfterSeconds !== null
    ? { retryAfterSeconds: outcome.retryAfterSeconds }
    : {}),
});

export function createDelivery(deps: DeliveryDeps): Delivery {
  const { book, reach, heard, load, leads, clock, logger } = deps;
  const channelBy = new Map(deps.channels.map((channel) => [channel.name, channel]));
  const queues: Readonly<Record<Urgency, ReturnType<typeof createDueQueue<string>>>> = {
    emergency: createDueQueue<string>(),
    urgent: createDueQueue<string>(),
    routine: createDueQueue<string>(),
  };
  const running = new Map<string, { readonly begun: Promise<void>; readonly since: Instant }>();
  const lookedAtOf: Record<Urgency, number> = { emergency: 0, urgent: 0, routine: 0 };
  /** Looked at again as soon as the present look ends. */
  const again = new Set<string>();
  const bundles = createRoutineBundles();
  /** How often in a row what should be there was not found. */
  const missing = new Map<string, number>();
  /** Announced by this process: spares asking the store ten thousand times in a bad hour. */
  const knownUnreachable = new Set<string>();

  const schedule = ({ id, urgency }: Pick<Alert, 'id' | 'urgency'>, at: Instant | null): void =>
    queues[urgency].set(id, at);

  /** A node of a cluster may not have yet what another one has taken: asked again for a while. */
  function notThere(alert: Pick<Alert, 'id' | 'urgency'>): void {
    const times = (missing.get(alert.id) ?? 0) + 1;
    if (times > mostMissing) missing.delete(alert.id);
    else missing.set(alert.id, times);
    schedule(alert, times > mostMissing ? null : addMs(clock.now(), retryAfterMs));
  }

  /** To the addresses meant, at once. At least one fact: the try is over. */
  async function sendOn(
    act: Send,
    addresses: readonly AlertAddress[],
    message: Parameters<typeof messageOf>[0],
  ): Promise<AlertFact[]> {
    const channel = channelBy.get(act.channel);
    const to = addresses.filter(
      ({ device }) => act.devices === null || (device !== null && act.devices.includes(device)),
    );
    const content = messageOf(message);
    const facts = await Promise.all(
      to.map(async (address) =>
        factOf(
          act,
          'sent',
          address,
          (await channel?.send(address, content)) ?? { type: 'gone' },
          clock.now(),
        ),
      ),
    );
    // Devices that went away meanwhile must not be asked for again.
    for (const device of act.devices ?? (facts.length === 0 ? [null] : [])) {
      if (!facts.some((fact) => fact.device === device))
        facts.push(
          factOf(act, 'sent', device === null ? null : { device, to: '' }, { type: 'gone' }, clock.now()),
        );
    }
    return facts;
  }

  /** Routine alerts held for the same person that nothing happened to yet and that are still needed. */
  async function companionsOf(alert: Alert, sends: readonly Send[]): Promise<Alert[]> {
    const ids = bundles.takeOthers(alert.recipient, alert.id);
    if (ids.length === 0) return [];
    const held = await book.getMany(ids);
    const fresh = await Promise.all(
      held.map(async (one) => {
        // Whoever created it a moment ago may be sending it without a further word.
        const isFresh = clock.now() < addMs(one.plannedAt, pressingLeadMs);
        if (isFresh || isStoodDown(one) || one.facts.length > 1) return [];
        const consult = one.consult === null ? null : await load(one.consult);
        if (one.consult !== null && (consult === null || !isStillNeeded(one, consult))) return [];
        // Written down as its own sending would be: another gateway that holds it for the same person lets it be.
        const claims = sends.map((act) =>
          book.claim(one.id, factOf(act, 'planned', null, null, clock.now())),
        );
        return (await Promise.all(claims)).includes(null) ? [] : [one];
      }),
    );
    return fresh.flat();
  }

  async function perform(
    alert: Alert,
    consult: Consult | null,
    sends: readonly Send[],
    { addresses, language }: Awaited<ReturnType<Reach['planFor']>>,
    isOwn: boolean,
  ): Promise<{ readonly alert: Alert | null; readonly allTaken: boolean }> {
    const claimed: Send[] = [];
    for (const act of sends) {
      // The creation of an alert says already that its creator is about to send it.
      const isFirst =
        isOwn && act.attempt === 0 && act.round === 0 && clock.now() < addMs(alert.plannedAt, ownLeadMs);
      if (isFirst || (await book.claim(alert.id, factOf(act, 'planned', null, null, clock.now()))) !== null)
        claimed.push(act);
    }
    const claimedAt = clock.now();
    const isBundle = alert.urgency === 'routine' && claimed.length > 0;
    const along = isBundle ? await companionsOf(alert, claimed) : [];
    // A process that stood still meanwhile: another gateway may be sending them one by one, under other tags.
    const others = clock.now() < addMs(claimedAt, pressingLeadMs) ? along : [];
    const found = await Promise.all(
      claimed.map((act) =>
        sendOn(act, addresses.get(act.channel) ?? [], {
          alert,
          others,
          type: 'alert',
          channel: act.channel,
          consult,
          directory: deps.directory(),
          language,
          round: act.round,
          now: clock.now(),
        }),
      ),
    );
    const facts = found.flat();
    for (const one of others) {
      await book.add(one.id, facts);
      schedule(one, clock.now());
    }
    return {
      alert: await (facts.length === 0 ? book.get(alert.id) : book.add(alert.id, facts)),
      allTaken: facts.length > 0 && facts.every(({ outcome }) => outcome === 'ok'),
    };
  }

  async function create(alert: Alert | null, consult: Consult | null): Promise<void> {
    if (alert === null) return;
    const [created] = await book.create([alert]);
    if (created === undefined) watch([alert]);
    else void enqueue(created, created, consult);
  }

  async function noteUnreachable(alert: Alert): Promise<Alert | null> {
    const noted = await book.add(alert.id, [
      { fact: 'sent', channel: 'push', device: null, attempt: 0, outcome: 'none', at: clock.now() },
    ]);
    if (climbs(alert)) {
      const told = unreachableAlert(alert, deps.directory(), clock.now());
      if (told !== null && !knownUnreachable.has(told.id)) {
        if (knownUnreachable.size > manyKnown) knownUnreachable.clear();
        knownUnreachable.add(told.id);
        await create(told, null);
      }
    }
    return noted;
  }

  /** One look: does all that is to be done now, and remembers when to look again. */
  async function look(first: Alert, known: Consult | null, isOwn: boolean): Promise<void> {
    const wasHeldHere = first.urgency === 'routine' && bundles.forget(first);
    const consult = first.consult === null ? null : (known ?? (await load(first.consult)));
    if (first.consult !== null && consult === null) {
      notThere(first);
      return;
    }
    missing.delete(first.id);
    if (consult !== null && !isStillNeeded(first, consult)) {
      schedule(first, null);
      return;
    }
    const makersUntil = isOwn ? null : await makerIsAtItUntil(first, leads, clock.now());
    if (makersUntil !== null) {
      schedule(first, makersUntil);
      return;
    }
    let alert = first;
    let hasSuccessor = false;
    /** Ways to the person, looked up anew unless each of them has just worked. */
    let ways: Awaited<ReturnType<Reach['planFor']>> | null = null;
    for (let turn = 0; turn < maxTurns; turn++) {
      const known = (ways ??= await reach.planFor(alert));
      const { plan } = known;
      const now = clock.now();
      const isInApp = plan.channels.length === 0 && (await heard.isInApp(alert.recipient, now));
      const { abandoned, lookAgainAt } = await othersTries(alert, leads, now);
      const isAbandoned = (begun: AlertFact): boolean => abandoned.has(begun);
      const { acts, nextAt } = nextStep({ alert, plan, isInApp, hasSuccessor, isAbandoned, now });
      const sends = acts.filter((act) => act.type === 'send');
      if (acts.length === 0) {
        const isAsked = nextAt !== null && lookAgainAt !== null;
        schedule(alert, isAsked ? earliest(nextAt, lookAgainAt) : nextAt);
        return;
      }
      if (alert.urgency === 'routine' && sends.some(({ attempt, round }) => attempt === 0 && round === 0)) {
        const until = bundles.hold(alert, isOwn || wasHeldHere, now);
        if (until !== null) {
          schedule(alert, until);
          return;
        }
      }
      if (acts.some(({ type }) => type === 'call-next')) {
        hasSuccessor = true;
        if (consult !== null)
          await create(
            await standInAlert(alert, consult, {
              book,
              reach,
              directory: deps.directory(),
              clock,
              admit: deps.admit,
            }),
            consult,
          );
      }
      let next: Alert | null = alert;
      if (acts.length > sends.length) ways = null;
      if (acts.some(({ type }) => type === 'note-unreachable')) next = await noteUnreachable(alert);
      if (sends.length > 0) {
        const performed = await perform(alert, consult, sends, known, isOwn && turn === 0);
        next = performed.alert;
        if (!performed.allTaken) ways = null;
      }
      if (next === null) {
        schedule(alert, null);
        return;
      }
      alert = next;
    }
    logger.error({ about: first.about }, 'an alert finds no end, will be looked at again');
    schedule(first, addMs(clock.now(), retryAfterMs));
  }

  /** `held` null: as stored. `isOwn`: created by this gateway a moment ago. */
  function enqueue(
    { id, urgency }: Pick<Alert, 'id' | 'urgency'>,
    held: Alert | null,
    consult: Consult | null,
  ): Promise<void> {
    const before = running.get(id);
    if (before !== undefined) {
      again.add(id);
      return before.begun;
    }
    const work = async (): Promise<void> => {
      try {
        const alert = held ?? (await book.get(id));
        if (alert === null) notThere({ id, urgency });
        else await look(alert, consult, held !== null);
      } catch (cause) {
        logger.error({ err: cause }, 'alert not sent, will be tried again');
        queues[urgency].set(id, addMs(clock.now(), retryAfterMs));
      } finally {
        running.delete(id);
        if (held === null) lookedAtOf[urgency]--;
        if (again.delete(id)) queues[urgency].set(id, clock.now());
      }
    };
    if (held === null) lookedAtOf[urgency]++;
    const since = clock.now();
    const begun = work();
    running.set(id, { begun, since });
    return begun;
  }

  function watch(alerts: readonly Alert[]): void {
    const now = clock.now();
    for (const alert of alerts) {
      if (alert.urgency === 'routine') bundles.note(alert);
      schedule(alert, latest(now, addMs(alert.plannedAt, leadMs(alert.urgency))));
    }
  }

  return {
    async deliver(alerts, consult) {
      await Promise.all(alerts.map((alert) => enqueue(alert, alert, consult)));
    },
    watch,
    lookAt(alert) {
      if (running.has(alert.id)) again.add(alert.id);
      else schedule(alert, clock.now());
    },
    tick() {
      const now = clock.now();
      // The first in it is the oldest.
      const [oldest] = running.values();
      leads.keep(oldest !== undefined && addMs(oldest.since, busyAfterMs) <= now);
      for (const urgency of urgencies) {
        const free = atOnce[urgency] - lookedAtOf[urgency];
        if (free <= 0) continue;
        for (const { id } of queues[urgency].take(now, free)) void enqueue({ id, urgency }, null, null);
      }
    },
    async idle() {
      await leads.idle();
      while (running.size > 0) await Promise.all([...running.values()].map(({ begun }) => begun));
    },
    get size() {
      return urgencies.reduce((sum, urgency) => sum + queues[urgency].size, 0);
    },
  };
}
