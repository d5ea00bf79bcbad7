import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addMinutes } from '#shared/lib/instant.ts';
import { consultId, departments, membership, patientId, people } from '#tests/builders.ts';
import { startGateway, type Gateway, type TestStream, type TestTablet } from './gateway.ts';

let gateway: Gateway;
let requester: TestTablet;
let cardiologist: TestTablet;
let late = 0;
const one = consultId('one');

beforeEach(async () => {
  gateway = await startGateway({ watcherLateSeconds: () => late });
  requester = await gateway.tablet(people.requester);
  cardiologist = await gateway.tablet(people.cardiologist);
});
afterEach(async () => {
  late = 0;
  await gateway.close();
});

const note = (tablet: TestTablet) =>
  tablet.write('note-added', undefined, { document: one, lamport: 9, base: 3 });

/** Changes of one collection, until `count` of them came. */
async function changesOf(stream: TestStream, collection: string, count = 1) {
  for (;;) {
    const change = await stream.nextOf('change');
    if (change.collection === collection && --count === 0) return change;
  }
}

describe('stream', () => {
  it('says hello with both epochs, and beats with the lateness of the watcher', async () => {
    const stream = await cardiologist.stream();
    const answer = await cardiologist.pullOnce('consults');
    const { storeEpoch, scopeEpoch } = answer.checkpoint;
    expect(await stream.next()).toMatchObject({ type: 'hello', storeEpoch, scopeEpoch });
    late = 7;
    gateway.scheduler.run(20_000);
    expect(await stream.next()).toMatchObject({ type: 'beat', watcherLateSeconds: 7 });
    await stream.close();
  });

  it('carries a change to those in scope, with content, and says nothing to others', async () => {
    const radiologist = await gateway.tablet(people.radiologist);
    const [stream, silent] = [await cardiologist.stream(), await radiologist.stream()];
    await requester.begin(one);
    const change = await changesOf(stream, 'consults');
    expect(change.documents).toHaveLength(1);
    expect(change.documents?.[0]).toMatchObject({ id: one, content: { kind: 'consult' } });
    expect((await changesOf(stream, 'patients')).documents?.[0]?.id).toBe(patientId('one'));
    gateway.scheduler.run(20_000);
    expect(await silent.nextOf('hello')).toBeTruthy();
    expect(await silent.next()).toMatchObject({ type: 'beat' });
    await Promise.all([stream.close(), silent.close()]);
  });

  it('tells of an alert once for all that is written to it within a pause', async () => {
    const paused: (() => void)[] = [];
    gateway.scheduler.after = (_ms, run) => void paused.push(run);
    await requester.begin(one);
    await gateway.sync.caughtUp();
    const stream = await cardiologist.stream();
    const alerts = gateway.server.store.database('alerts');
    const id = `${one}:cause:${people.cardiologist.id}`;
    const alert = { kind: 'alert', consult: one, recipient: people.cardiologist.id };
    const [created] = await alerts.write([{ id, body: { ...alert, facts: ['planned'] } }]);
    await gateway.sync.caughtUp();
    const rev = created?.type === 'written' ? created.rev : undefined;
    await alerts.write([{ id, rev, body: { ...alert, facts: ['planned', 'sent'] } }]);
    await gateway.sync.caughtUp();
    gateway.scheduler.run(20_000);
    expect(await stream.nextOf('hello')).toBeTruthy();
    expect(await stream.next()).toMatchObject({ type: 'beat' });

    expect(paused).toHaveLength(1);
    paused[0]?.();
    const change = await stream.nextOf('change');
    expect(change.collection).toBe('alerts');
    expect(change.documents).toHaveLength(1);
    expect(change.documents?.[0]).toMatchObject({ id, content: { facts: ['planned', 'sent'] } });
    await stream.close();
  });

  it('links its messages: each begins where the pull or the message before ended', async () => {
    await requester.begin(one);
    await gateway.sync.caughtUp();
    const stream = await cardiologist.stream();
    await cardiologist.pull('consults');
    const tail = () => {
      const at = cardiologist.checkpoints.get('consults')!.at;
      return at.phase === 'tail' ? at.seq : null;
    };
    await requester.push([note(requester)]);
    const first = await changesOf(stream, 'consults');
    expect(first.from).toBe(tail());
    await requester.push([note(requester)]);
    const second = await changesOf(stream, 'consults');
    expect(second.from).toBe(first.to);
    await gateway.sync.caughtUp();
    await cardiologist.pull('consults');
    await requester.push([note(requester)]);
    expect((await changesOf(stream, 'consults')).from).toBe(tail());
    await stream.close();
  });

  it('only pokes when more waits than it may carry', async () => {
    const stream = await cardiologist.stream();
    await cardiologist.pull('consults');
    await requester.begin(one);
    for (let batch = 0; batch < 5; batch++) {
      await requester.push(
        Array.from({ length: 60 }, (_, at) =>
          requester.write('submitted', undefined, { document: consultId(`${batch} ${at}`) }),
        ),
      );
    }
    await gateway.sync.caughtUp();
    await cardiologist.pull('consults');
    expect(cardiologist.ids('consults')).toHaveLength(301);
    let told = 0;
    let poked = false;
    let from: string | null | undefined;
    while (told < 301 && !poked) {
      const change = await changesOf(stream, 'consults');
      if (from !== undefined) expect(change.from).toBe(from);
      from = change.to;
      told += change.documents?.length ?? 0;
      poked = change.documents === null;
    }
    expect(poked || told === 301).toBe(true);
    await stream.close();
  });

  it('tells a person whose departments changed to pull again, and then only what is theirs', async () => {
    const stream = await cardiologist.stream();
    await stream.nextOf('hello');
    const moved = { ...people.cardiologist, memberships: [membership(departments.surgery.id, 'doctor')] };
    await gateway.server.putDirectory([moved]);
    const message = await stream.nextOf('scope');
    const answer = await cardiologist.pullOnce('consults');
    expect(message.scopeEpoch).toBe(answer.checkpoint.scopeEpoch);
    await requester.begin(one);
    await gateway.sync.caughtUp();
    gateway.scheduler.run(20_000);
    for (;;) {
      const next = await stream.next();
      if (next?.type === 'beat') break;
      expect(next).toMatchObject({ type: 'change', collection: 'directory' });
    }
    await stream.close();
  });

  it('tells so too when a membership ends by itself', async () => {
    const endsAt = addMinutes(gateway.server.clock.now(), 30);
    const [held] = people.cardiologist.memberships;
    await gateway.server.putDirectory([
      { ...people.cardiologist, memberships: [{ ...held!, until: endsAt }] },
    ]);
    const stream = await cardiologist.stream();
    await stream.nextOf('hello');
    gateway.server.clock.advance(31 * 60_000);
    gateway.scheduler.run(1_000);
    expect(await stream.nextOf('scope')).toBeTruthy();
    await stream.close();
  });

  it('says signed-out and ends when the session is ended', async () => {
    const stream = await cardiologist.stream();
    await stream.nextOf('hello');
    await gateway.server.parts.sessions.end(
      `session:${cardiologist.session.person}:${cardiologist.session.device}`,
      gateway.server.clock.now(),
    );
    expect(await stream.nextOf('signed-out')).toBeTruthy();
    expect(await stream.next()).toBeNull();
    expect(gateway.sync.state()).toMatchObject({ streams: 0 });
  });

  it('tells everyone to pull when the store has a new epoch', async () => {
    const stream = await cardiologist.stream();
    await cardiologist.pull('consults');
    await gateway.server.parts.epoch.mint('restored');
    expect(await stream.nextOf('scope')).toBeTruthy();
    expect(await cardiologist.pullOnce('consults')).toMatchObject({ restarted: true });
    await stream.close();
  });

  it('carries a consult accepted at another gateway', async () => {
    const second = await startGateway({ beside: gateway });
    const there = await second.tablet(people.cardiologist, 'phone');
    const stream = await there.stream();
    await requester.begin(one);
    expect((await changesOf(stream, 'consults')).documents?.[0]?.id).toBe(one);
    await stream.close();
    await second.close();
  });

  it('AUD-1 records one entry for all who are sent the same, by id and without content', async () => {
    const receiver = await gateway.tablet(people.receiver);
    const streams = [await cardiologist.stream(), await receiver.stream()];
    await requester.begin(one);
    for (const stream of streams) await changesOf(stream, 'consults');
    const rows = await gateway.server.store
      .database('audit')
      .scan({ startKey: '', limit: 1000, includeDocs: true });
    const reads = rows.flatMap(({ doc }) =>
      doc?.body['action'] === 'sync.stream.consults' ? [doc.body] : [],
    );
    const readers = reads.flatMap((read) => (read['readers'] ?? [read['actor']]) as { person: string }[]);
    expect(readers.map(({ person }) => person).sort()).toEqual(
      [people.cardiologist.id, people.receiver.id].sort(),
    );
    expect(reads.every((read) => JSON.stringify(read['subjects']) === JSON.stringify([one]))).toBe(true);
    expect(JSON.stringify(reads)).not.toContain('coronary');
    await Promise.all(streams.map((stream) => stream.close()));
  });

  it('AUD-1 sends no content where the reading of it cannot be recorded, only word to pull', async () => {
    const failing = await startGateway({
      audit: {
        recordRead: () => Promise.reject(new Error('the audit cannot be written')),
        recordWrite: () => Promise.resolve(),
        recordDenied: () => Promise.resolve(),
        close: () => Promise.resolve(),
      },
    });
    const writer = await failing.tablet(people.requester);
    const stream = await (await failing.tablet(people.cardiologist)).stream();
    await writer.begin(one);
    expect((await changesOf(stream, 'consults')).documents).toBeNull();
    await stream.close();
    await failing.close();
  });

  it('sends nothing of a change to a person who lost it from their scope before it left', async () => {
    let goOn: () => void = () => undefined;
    const recorded = new Promise<void>((resolve) => (goOn = resolve));
    const slow = await startGateway({
      audit: {
        recordRead: () => recorded,
        recordWrite: () => Promise.resolve(),
        recordDenied: () => Promise.resolve(),
        close: () => Promise.resolve(),
      },
    });
    const writer = await slow.tablet(people.requester);
    const stream = await (await slow.tablet(people.cardiologist)).stream();
    await stream.nextOf('hello');
    await writer.begin(one);
    await slow.sync.caughtUp();
    const moved = { ...people.cardiologist, memberships: [membership(departments.surgery.id, 'doctor')] };
    await slow.server.putDirectory([moved]);
    await stream.nextOf('scope');
    goOn();
    slow.scheduler.run(20_000);
    for (let next = await stream.next(); next?.type !== 'beat'; next = await stream.next()) {
      expect(next).toMatchObject({ type: 'change', collection: 'directory' });
    }
    await stream.close();
    await slow.close();
  });
});
