import { expect, test } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runHistory } from './history.ts';

/**
 * Seeds that once found a fault, by what they found. A seed tells its story with the programs as they are: when these change it may
 * become another story, so the rule itself is also tested where it lives.
 */
const named: readonly (readonly [found: string, seed: string, hasSavedIndex: boolean])[] = [
  ['of two gateways that claim a reference at once in a cluster, only one has it', 'day-1', false],
  [
    'a patient moved out of the author’s scope leaves the outbox, although no gateway remembers the event',
    'day-13',
    false,
  ],
  ['what a tablet offered back to a restored store goes from it when it is out of scope', 'day-22', false],
  ['a gateway under which the store was set back reads the directory anew', 'day-26', false],
  [
    'a history in which gateways stop after the store was set back under them comes to rest',
    'day-230',
    false,
  ],
  [
    'what one gateway just accepted stays on the tablet while another, which has not heard of it, agrees',
    'day-305',
    false,
  ],
  [
    'what a restored store refused to take again and another tablet gave back is in the record alone',
    'day-289',
    false,
  ],
  [
    'an act that builds on a number which no longer exists after a set-back is taken all the same',
    'day-840',
    true,
  ],
  ['an act accepted before its author was removed is not set aside too', 'day-973', false],
  [
    'an act of a tablet whose clock jumped is not refused for a right its author got before it arrived',
    'day-1321',
    false,
  ],
  ['what was written before a tablet first fetched anything has its wait counted', 'day-1533', false],
  ['its author hears of that also where the document is out of their scope', 'day-316', false],
];

test.each(named)('%s (%s)', async (_found, seed, hasSavedIndex) => {
  const folder = await mkdtemp(join(tmpdir(), 'consult-simulation-'));
  const result = await runHistory({ seed, snapshotFolder: hasSavedIndex ? folder : null });
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  expect(result.problems).toEqual([]);
});
