import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditVerdict } from '#server/escalation/auditor.ts';
import { createHeartbeat } from '#server/escalation/heartbeat.ts';
import { createOutsidePing } from '#server/escalation/outside-ping.ts';
import { createEscalationWatch } from '#server/escalation/watch.ts';
import { openEmbeddedStore } from '#server/store/embedded.ts';
import type { DocumentStore } from '#server/store/port.ts';
import { storyStart } from '#tests/builders.ts';
import { createTestClock, type TestClock } from '#tests/server.ts';

const logger = pino({ level: 'silent' });
const good: AuditVerdict = { type: 'good', openConsults: 3 };
const overdue: AuditVerdict = { type: 'overdue', consults: 1, worstSeconds: 45 };

describe('ALE-7 the heartbeat', () => {
  let folder: string;
  let store: DocumentStore;
  let clock: TestClock;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hc-beat-'));
    store = await openEmbeddedStore({ folder, designDocuments: [] });
    clock = createTestClock(storyStart);
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });
  const heartbeat = (gateway: string) => createHeartbeat({ meta: store.database('meta'), clock, gateway });

  it('is late a minute after the last beat, and says by how much', async () => {
    const own = heartbeat('one');
    await own.beat();
    clock.advance(60_000);
    expect(own.lateSeconds()).toBe(0);
    clock.advance(30_000);
    expect(own.lateSeconds()).toBe(30);
  });

  it('of one gateway counts for all', async () => {
    const [one, two] = [heartbeat('one'), heartbeat('two')];
    clock.advance(100_000);
    await one.beat();
    expect(two.lateSeconds()).toBe(40);
    await two.read();
    expect(two.lateSeconds()).toBe(0);
  });

  it('of several gateways costs the store no more than that of one', async () => {
    const all = ['one', 'two', 'three'].map(heartbeat);
    const before = await store.database('meta').position();
    for (let round = 0; round < 8; round++) {
      clock.advance(15_000);
      await Promise.all(all.map((each) => each.beat()));
    }
    const changes = Number(await store.database('meta').position()) - Number(before);
    expect(changes).toBeLessThanOrEqual(5);
  });

  it('a clock that was put back does not make the last beat last longer', async () => {
    const own = heartbeat('one');
    clock.advance(3_600_000);
    await own.beat();
    clock.advance(-3_600_000);
    expect(own.lateSeconds()).toBe(0);
    clock.advance(90_000);
    expect(own.lateSeconds()).toBe(30);
    await own.read();
    expect(own.lateSeconds()).toBe(30);
  });

  function watched(verdicts: (AuditVerdict | Error)[]) {
    const pings: number[] = [];
    const watch = createEscalationWatch({
      auditor: {
        consider: () => undefined,
        openConsults: 0,
        audit() {
          const verdict = verdicts.shift() ?? good;
          return verdict instanceof Error ? Promise.reject(verdict) : Promise.resolve(verdict);
        },
      },
      heartbeat: heartbeat('one'),
      ping: { ping: () => Promise.resolve(void pings.push(1)), failures: () => 0 },
      logger,
    });
    return { watch, pings };
  }

  it.each([
    ['found something overdue', overdue],
    ['found the feed behind', { type: 'feed-behind', consults: 2 } satisfies AuditVerdict],
    ['could not be made', new Error('the store is away')],
  ])('an audit that %s neither beats nor pings', async (_title, verdict) => {
    const { watch, pings } = watched([good, verdict, verdict, verdict]);
    await watch.audit();
    expect(pings).toHaveLength(1);
    for (let round = 0; round < 3; round++) {
      clock.advance(30_000);
      await watch.audit();
    }
    expect(pings).toHaveLength(1);
    expect(watch.lateSeconds()).toBe(30);
    await watch.audit();
    expect(watch.lateSeconds()).toBe(0);
    expect(pings).toHaveLength(2);
  });
});

describe('ALE-7 the outside ping', () => {
  let server: Server;
  let url: string;
  let asked: string[];
  let status: number;

  beforeEach(async () => {
    asked = [];
    status = 200;
    server = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.writeHead(status).end('ok');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/check/secret-token`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('asks with GET, at most once a minute', async () => {
    const clock = createTestClock(storyStart);
    const ping = createOutsidePing({ url, clock, logger });
    for (let round = 0; round < 8; round++) {
      await ping.ping();
      clock.advance(15_000);
    }
    expect(asked).toEqual(['GET /check/secret-token', 'GET /check/secret-token']);
    expect(ping.failures()).toBe(0);
  });

  it.each([500, 404])('a %i is counted and told without the address, and hurts nobody', async (refusal) => {
    status = refusal;
    const lines: string[] = [];
    const ping = createOutsidePing({
      url,
      clock: createTestClock(storyStart),
      logger: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
    });
    await ping.ping();
    expect(ping.failures()).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('secret-token');
  });

  it('nobody there is counted as well', async () => {
    await new Promise((resolve) => server.close(resolve));
    const lines: string[] = [];
    const ping = createOutsidePing({
      url,
      clock: createTestClock(storyStart),
      logger: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
    });
    await ping.ping();
    expect(ping.failures()).toBe(1);
    expect(lines[0]).not.toContain('secret-token');
    server.listen(0, '127.0.0.1');
  });
});
