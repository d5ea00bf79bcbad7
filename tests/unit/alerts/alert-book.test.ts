import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAlertBook } from '#server/alerts/alert-book.ts';
import { openEmbeddedStore } from '#server/store/embedded.ts';
import type { DocumentStore } from '#server/store/port.ts';
import { alertIdOf, alertOf } from '#shared/alert/plan.ts';
import { consultId, departments, eventId, people, storyStart } from '#tests/builders.ts';

let folder: string;
let store: DocumentStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hc-alerts-'));
  store = await openEmbeddedStore({ folder, designDocuments: [] });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

it('finds every alert of a consult that was escalated for days, and none of another', async () => {
  const book = createAlertBook(store.database('alerts'));
  const alerts = (name: string, count: number) =>
    Array.from({ length: count }, (_, at) => {
      const [consult, cause, recipient] = [consultId(name), eventId(`cause ${String(at)}`), people.head.id];
      return alertOf(
        {
          id: alertIdOf(consult, cause, recipient),
          consult,
          cause,
          recipient,
          as: 'head',
          about: 'escalated',
          urgency: 'emergency',
          department: departments.cardiology.id,
        },
        storyStart,
      );
    });
  await book.create(alerts('one', 2300));
  await book.create(alerts('two', 3));
  const ids = (await book.ofConsult(consultId('one'))).map(({ id }) => id);
  expect(new Set(ids).size).toBe(2300);
  expect(ids).toHaveLength(2300);
});

it('FM-40 facts of two gateways on one alert are all kept, whoever wrote last', async () => {
  const [one, two] = [createAlertBook(store.database('alerts')), createAlertBook(store.database('alerts'))];
  const [consult, cause, recipient] = [consultId('one'), eventId('cause'), people.head.id];
  const alert = alertOf(
    {
      id: alertIdOf(consult, cause, recipient),
      consult,
      cause,
      recipient,
      as: 'head',
      about: 'escalated',
      urgency: 'emergency',
      department: departments.cardiology.id,
    },
    storyStart,
  );
  await one.create([alert]);
  const fact = (attempt: number) => ({
    fact: 'sent' as const,
    channel: 'push' as const,
    device: null,
    attempt,
    outcome: 'ok' as const,
    at: storyStart,
  });
  await two.add(alert.id, [fact(0)]);
  // What this gateway wrote last is not what is there now.
  expect((await one.add(alert.id, [fact(1)]))?.facts.map(({ attempt }) => attempt)).toEqual([0, 0, 1]);
  expect(await two.claim(alert.id, fact(1))).toBeNull();
  expect((await one.add(alert.id, [fact(0)]))?.facts).toHaveLength(3);
  expect(await one.claim(alert.id, fact(2))).not.toBeNull();
  expect((await two.get(alert.id))?.facts).toHaveLength(4);
});

it('FM-40 of several who claim one try, one gets it', async () => {
  const book = createAlertBook(store.database('alerts'));
  const [consult, cause, recipient] = [consultId('one'), eventId('cause'), people.head.id];
  const id = alertIdOf(consult, cause, recipient);
  await book.create([
    alertOf(
      {
        id,
        consult,
        cause,
        recipient,
        as: 'head',
        about: 'escalated',
        urgency: 'emergency',
        department: departments.cardiology.id,
      },
      storyStart,
    ),
  ]);
  const claim = (attempt: number) =>
    book.claim(id, {
      fact: 'planned',
      channel: 'push',
      device: null,
      attempt,
      outcome: null,
      at: storyStart,
    });
  for (const attempt of [0, 1]) {
    const claims = await Promise.all(Array.from({ length: 5 }, () => claim(attempt)));
    expect(claims.filter((alert) => alert !== null)).toHaveLength(1);
  }
});
