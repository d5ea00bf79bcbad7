import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Person } from '#shared/directory/staff.ts';
import { instantToMs } from '#shared/lib/instant.ts';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import { createTablet, type RunningTablet } from '$lib/tablet/create-tablet.ts';
import { consultId, patientContent, patientId, people, requestContent, uuidOf } from '#tests/builders.ts';
import { dexiePlace } from '#tests/contract/tablet-store/rxdb-places.ts';
import { startGateway, type Gateway } from '#tests/http/sync/gateway.ts';
import { createHandClock, settle } from './hand-clock.ts';
import { current } from './tablet-fixture.ts';

/** The same stack against the real sync routes over the embedded store: nothing here is a stand-in but the wire. */
describe('tablets and the real gateway', { timeout: 30_000 }, () => {
  let gateway: Gateway;
  const opened: RunningTablet[] = [];

  beforeEach(async () => {
    gateway = await startGateway();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((tablet) => tablet.close()));
    await gateway.close();
  });

  async function tabletOf(person: Person, network: { on: boolean } = { on: true }): Promise<RunningTablet> {
    const { session } = await gateway.tablet(person);
    const clock = createHandClock(gateway.server.clock.now());
    const store = await dexiePlace().open();
    let made = 0;
    const tablet = await createTablet({
      person: person.id,
      device: session.device,
      store,
      server: createFetchServer({
        origin: '',
        slot: session.slot,
        fetch: ((url: string, init: RequestInit) =>
          network.on
            ? session.request(url, init)
            : Promise.reject(new TypeError('no network'))) as typeof fetch,
        scheduler: clock,
        elapsedMs: () => 0,
      }),
      clock,
      scheduler: clock,
      random: () => 0.5,
      newId: () => uuidOf(`${person.name} ${++made}`),
    });
    opened.push(tablet);
    return tablet;
  }
  const until = (assertion: () => void) => vi.waitFor(assertion, { timeout: 10_000, interval: 10 });

  it('a consult written offline on one tablet reaches another, is answered there, and both agree', async () => {
    const network = { on: false };
    const asking = await tabletOf(people.requester, network);
    const answering = await tabletOf(people.cardiologist);
    const patient = patientId('one');
    const consult = consultId('one');
    expect((await asking.actOnPatient(patient, 'registered', { content: patientContent() })).ok).toBe(true);
    expect(
      (await asking.actOnConsult(consult, 'submitted', { content: requestContent(), linked: [] })).ok,
    ).toBe(true);
    expect(current(asking.openConsults).map(({ id }) => id)).toEqual([consult]);
    await asking.syncNow();
    expect(current(asking.connection).trouble).toBe('no-answer');

    network.on = true;
    await asking.syncNow();
    await until(() => expect(current(asking.outbox)).toEqual([]));
    expect(current(asking.consult(consult))?.reference).not.toBeNull();

    await answering.syncNow();
    await until(() => expect(current(answering.openConsults).map(({ id }) => id)).toEqual([consult]));
    expect(current(answering.patient(patient))?.content.name).toBe(patientContent().name);
    expect(current(answering.directory).people.get(people.requester.id)?.name).toBe(people.requester.name);
    await answering.actOnConsult(consult, 'acknowledged', { promiseMinutes: 15, assignSelf: true });
    await until(() => expect(current(answering.outbox)).toEqual([]));

    await asking.syncNow();
    await until(() => expect(current(asking.consult(consult))?.status).toBe('acknowledged'));
    await settle();
    expect(current(asking.consult(consult))?.timeline.map(({ event }) => event.id)).toEqual(
      current(answering.consult(consult))?.timeline.map(({ event }) => event.id),
    );
    for (const tablet of [asking, answering]) {
      await tablet.syncNow();
      expect(current(tablet.connection).trouble).toBeNull();
      const { lastFullSyncAt } = current(tablet.connection);
      expect(lastFullSyncAt === null ? 0 : instantToMs(lastFullSyncAt)).toBeGreaterThan(0);
    }
  });
});
