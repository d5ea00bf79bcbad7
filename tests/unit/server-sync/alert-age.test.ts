import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { createIndexer } from '#server/sync/feed.ts';
import { heldScopeOf } from '#server/sync/held-scope.ts';
import { loadSnapshot, saveSnapshot } from '#server/sync/index-snapshot.ts';
import { RecentEvents } from '#server/sync/recent-events.ts';
import { ScopeIndex } from '#server/sync/scope-index.ts';
import { announcementIdOf, alertOf } from '#shared/alert/plan.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { departments, eventId, hospital, people, storyStart } from '#tests/builders.ts';

const day = 24 * 60;
const cause = eventId('gap');
const gap = alertOf(
  {
    id: announcementIdOf(cause, people.head.id),
    consult: null,
    cause,
    recipient: people.head.id,
    as: 'head',
    about: 'rota-gap',
    urgency: 'urgent',
    department: departments.cardiology.id,
  },
  storyStart,
);

function indexed(): ScopeIndex {
  const index = new ScopeIndex();
  createIndexer({ index, logger: pino({ level: 'silent' }), recent: new RecentEvents() }).take(
    'alerts',
    gap.id,
    { body: { ...gap } },
  );
  return index;
}
function heldBy(index: ScopeIndex, asOf: Instant): string[] {
  const scope = heldScopeOf(people.head.id, hospital(), asOf);
  if (!scope.ok) throw new Error(scope.error.type);
  return index.idsInScope('alerts', scope.value);
}

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

describe('an alert about no consult', () => {
  it('leaves its reader’s list seven days after it was planned, by the time of the server', () => {
    const index = indexed();
    expect(heldBy(index, storyStart)).toEqual([gap.id]);
    expect(heldBy(index, addMinutes(storyStart, 7 * day))).toEqual([gap.id]);
    expect(heldBy(index, addMinutes(storyStart, 7 * day + 1))).toEqual([]);
  });

  it('is told as gone to a tablet that held it, not kept as never known', () => {
    const index = indexed();
    const scope = heldScopeOf(people.head.id, hospital(), addMinutes(storyStart, 8 * day));
    expect(scope.ok && index.standing('alerts', gap.id, scope.value)).toBe('left');
  });

  it('ages as well in an index that was read from its file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hc-index-'));
    folders.push(folder);
    const path = join(folder, 'index');
    await saveSnapshot(path, indexed(), { storeEpoch: 'one', places: {} });
    const read = new ScopeIndex();
    expect(await loadSnapshot(path, read)).not.toBeNull();
    expect(heldBy(read, addMinutes(storyStart, 6 * day))).toEqual([gap.id]);
    expect(heldBy(read, addMinutes(storyStart, 8 * day))).toEqual([]);
  });
});
