import { mintEpoch } from '#server/ops/store-epoch.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { AlertFact } from '#shared/alert/alert.ts';
import { addMs } from '#shared/lib/instant.ts';
import { departments, people } from '#tests/builders.ts';
import { eventsIn, readRecord } from './expectation.ts';
import { changePerson, readAll } from './hospital.ts';
import type { Nature } from './ledger.ts';
import type { Chance } from './random.ts';
import { during } from './activity.ts';
import type { Placed, World } from './world.ts';

const minuteMs = 60_000;

/** What happens in a history besides what the programs do by themselves. */
export interface Day {
  readonly lostForGood: ReadonlySet<string>;
  wasSetBack(): boolean;
  someoneMoved(): boolean;
  /** Nothing more begins. */
  end(): Promise<void>;
}

/** Sets everything in motion that people, machines and the building do to the system. */
export function beginDay(
  world: World,
  options: { readonly endsAtMs: number; readonly actEveryMs: number; readonly clocksJump: boolean },
): Day {
  const { chance, weather, time, gateways, tablets, store, activity, problems } = world;
  const lostForGood = new Set<string>();
  let wasSetBack = false;
  let someoneMoved = false;
  let storeWork: Promise<unknown> = Promise.resolve();

  const isOver = (): boolean => weather.isClear() || time.nowMs() >= options.endsAtMs;
  const failed = (what: string) => (cause: unknown) => void problems.push(`${what}: ${String(cause)}`);

  /** Again and again, at random, on average so often. */
  function nowAndThen(everyMs: number, mine: Chance, run: () => void): void {
    const again = (): void => {
      time.after(-Math.log(1 - mine.next()) * everyMs, () => {
        if (isOver()) return;
        run();
        again();
      });
    };
    again();
  }

  /** Store work of the outside world: one after the other, with virtual time standing still. */
  const inStore = (what: string, work: () => Promise<void>): void => {
    storeWork = storeWork.then(() => during(activity, what, work)).catch(failed(what));
  };

  for (const placed of tablets) beginTablet(placed);
  function beginTablet(placed: Placed): void {
    const { tablet, network } = placed;
    const mine = chance.fork(`day of ${placed.name} ${String(placed.index)}`);
    nowAndThen(options.actEveryMs, mine, () => {
      const nature: Nature = mine.yes(0.05) ? 'forbidden' : mine.yes(0.03) ? 'malformed' : 'honest';
      tablet.act(nature);
      if (mine.yes(0.2)) tablet.act('honest');
    });
    nowAndThen(12 * minuteMs, mine, () => {
      if (!tablet.isRunning()) return;
      weather.struck('tablet-killed');
      network.cutStreams();
      const closed = tablet.kill();
      time.after(
        mine.int(1, 3 * minuteMs),
        () => void closed.then(() => tablet.start()).catch(failed('a tablet did not start')),
      );
    });
    nowAndThen(8 * minuteMs, mine, () => {
      weather.struck('partition');
      network.setPartitioned(true);
      time.after(mine.int(5_000, 6 * minuteMs), () => {
        network.setPartitioned(false);
        if (mine.yes(0.5)) tablet.wake();
      });
    });
    nowAndThen(10 * minuteMs, mine, () => {
      weather.struck('page-not-written');
      tablet.failPages(mine.int(1, 3));
    });
    nowAndThen(25 * minuteMs, mine, () => {
      weather.struck('storage-full');
      tablet.setFull(true);
      time.after(mine.int(5_000, 4 * minuteMs), () => tablet.setFull(false));
    });
    nowAndThen(40 * minuteMs, mine, () => {
      if (!options.clocksJump) return;
      weather.struck('clock-jumped');
      placed.hasSteadyClock = false;
      tablet.jumpClock(mine.pick([-1, 1]) * mine.int(1, 5 * 24 * 60) * minuteMs);
    });
    nowAndThen(7 * minuteMs, mine, () => {
      weather.struck('gateway-switched');
      placed.gateway = 1 - placed.gateway;
      if (mine.yes(0.5)) network.cutStreams();
    });
    nowAndThen(60 * minuteMs, mine, () => {
      weather.struck('signed-out');
      world.sessions.end(placed.session);
      time.after(mine.int(5_000, 3 * minuteMs), () => {
        if (placed.isCutOff) return;
        placed.session = world.sessions.begin(placed.person.id, placed.options.device);
        tablet.wake();
      });
    });
    nowAndThen(2 * minuteMs, mine, () => {
      lookAt(placed).catch(failed('looking at a tablet'));
    });
    nowAndThen(8 * minuteMs, mine, () => {
      if (mine.yes(0.5)) tablet.wake();
      else tablet.syncNow();
    });
  }

  /** What a person wrote stays on their tablet: in the outbox until it is seen in the record, refused, or out of their scope. */
  async function lookAt({ tablet, index, name }: Placed): Promise<void> {
    if (!tablet.isRunning() || wasSetBack || someoneMoved) return;
    const made = world.ledger
      .all()
      .filter((each) => each.tablet === index && each.kind === 'consult' && each.nature === 'honest');
    const held = new Set(await tablet.heldEvents());
    for (const { id, event } of made) {
      if (!held.has(id))
        problems.push(
          `${event.type} ${id} had vanished at ${time.clock.now()} from ${name}, where it was written`,
        );
    }
  }

  for (const gateway of gateways) {
    const mine = chance.fork(`day of ${gateway.name}`);
    const startAgain = (): void => {
      time.after(mine.int(500, 40_000), () => {
        gateway.start().catch(failed('a gateway did not start'));
      });
    };
    nowAndThen(15 * minuteMs, mine, () => {
      if (!gateway.isUp()) return;
      weather.struck('gateway-restarted');
      gateway.stop().then(startAgain).catch(failed('a gateway did not stop'));
    });
    nowAndThen(15 * minuteMs, mine, () => {
      if (!gateway.isUp()) return;
      weather.struck('gateway-killed');
      gateway.kill();
      startAgain();
    });
  }

  const ofPeople = chance.fork('people');
  nowAndThen(8 * minuteMs, ofPeople, () => {
    const placed = ofPeople.pick(tablets);
    if (placed.isCutOff) return;
    weather.struck('scope-moved');
    someoneMoved = true;
    const now = time.clock.now();
    const [from, to] = [
      ofPeople.yes(0.3) ? addMs(now, ofPeople.int(1, 4) * minuteMs) : now,
      ofPeople.pick(Object.values(departments)).id,
    ];
    const isAdded = ofPeople.yes(0.3);
    const role = ofPeople.pick(['doctor', 'doctor', 'nurse', 'receiver', 'head'] as const);
    inStore('a move', () =>
      changePerson(store.current(), placed.person.id, (person) => ({
        ...person,
        memberships: [
          ...person.memberships.map((each) =>
            isAdded || each.until !== null || each.from > now ? each : { ...each, until: from },
          ),
          { department: to, role, primary: !isAdded, from, until: null },
        ],
      })),
    );
  });
  if (ofPeople.yes(0.15)) {
    time.after(ofPeople.int(3, 14) * minuteMs, () => {
      if (isOver()) return;
      const placed = ofPeople.pick(tablets);
      weather.struck('person-deactivated');
      someoneMoved = true;
      const isSessionEnded = ofPeople.yes(0.5);
      for (const each of tablets) {
        if (each.person !== placed.person) continue;
        each.isCutOff = true;
        if (isSessionEnded) world.sessions.end(each.session);
      }
      inStore('a leaving', () =>
        changePerson(store.current(), placed.person.id, (person) => ({ ...person, active: false })),
      );
    });
  }

  const ofAlerts = chance.fork('alerts');
  nowAndThen(3 * minuteMs, ofAlerts, () => inStore('an alert', () => alertAtRandom(ofAlerts)));

  async function alertAtRandom(mine: Chance): Promise<void> {
    const consults = await readAll(store.current().database('consults'));
    const alerts = await readAll(store.current().database('alerts'));
    const at = time.clock.now();
    const factOf = (fact: AlertFact['fact']): AlertFact => ({
      fact,
      channel: null,
      device: null,
      attempt: 0,
      outcome: null,
      at,
    });
    const database = store.current().database('alerts');
    if (alerts.length > 0 && mine.yes(0.5)) {
      const { id } = mine.pick(alerts);
      const held = await database.get(id);
      if (held === null) return;
      const facts = [...(held.body['facts'] as AlertFact[]), factOf(mine.pick(['sent', 'shown', 'opened']))];
      await database.write([{ id, rev: held.rev, body: { ...held.body, facts } }]);
      return;
    }
    if (consults.length === 0) return;
    const { id: consult, body } = mine.pick(consults);
    const [cause] = eventsIn(body);
    const known = projectConsult(eventsIn(body));
    if (cause === undefined || known === null) return;
    const recipient = mine.pick(Object.values(people)).id;
    const id = `${consult}:${cause.id}:${recipient}`;
    const alert = {
      kind: 'alert',
      id,
      consult,
      cause: cause.id,
      recipient,
      as: 'assignee',
      about: 'new-consult',
      urgency: known.urgency,
      department: known.receivingDepartment,
      plannedAt: at,
      facts: [factOf('planned')],
    };
    await database.write([{ id, body: alert }]);
  }

  const ofStore = chance.fork('backups');
  if (ofStore.yes(0.35)) {
    const backUpAtMs = ofStore.int(2, 7) * minuteMs;
    const setBackAfterMs = ofStore.int(1, 6) * minuteMs;
    time.after(backUpAtMs, () => {
      inStore('a backup', async () => {
        const setBack = await store.backUp();
        time.after(setBackAfterMs, () => {
          if (!isOver()) restore(setBack);
        });
      });
    });
  }

  function restore(setBack: () => Promise<void>): void {
    const isSilent = ofStore.yes(0.5);
    const isUnderRunning = isSilent && store.setsBackUnderRunning && ofStore.yes(0.5);
    weather.struck(isSilent ? 'store-set-back' : 'store-restored');
    wasSetBack = true;
    storeWork = storeWork
      .then(async () => {
        if (!isUnderRunning) for (const gateway of gateways) await gateway.stop();
        await during(activity, 'setting the store back', async () => {
          const before = await eventIds();
          await setBack();
          const after = await eventIds();
          const held = await heldOnTablets();
          for (const id of before) if (!after.has(id) && !held.has(id)) lostForGood.add(id);
          if (!isSilent) await mintEpoch(store.current().database('meta'), time.clock, 'restored');
        });
        for (const gateway of gateways) {
          time.after(
            ofStore.int(500, 20_000),
            () => void gateway.start().catch(failed('a gateway did not start')),
          );
        }
      })
      .catch(failed('setting the store back'));
  }

  async function eventIds(): Promise<Set<string>> {
    const record = await readRecord(store.current());
    const bodies = [...record.consults.values(), ...record.patients.values()];
    return new Set(bodies.flatMap((body) => eventsIn(body).map((event) => event.id as string)));
  }

  async function heldOnTablets(): Promise<Set<string>> {
    const held = new Set<string>();
    for (const { tablet, isCutOff } of tablets) {
      if (isCutOff) continue;
      for (const id of await tablet.heldEvents()) held.add(id);
    }
    return held;
  }

  return {
    lostForGood,
    wasSetBack: () => wasSetBack,
    someoneMoved: () => someoneMoved,
    end: () => storeWork.then(() => undefined),
  };
}
