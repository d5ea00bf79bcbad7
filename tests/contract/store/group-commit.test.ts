import { expect, test } from 'vitest';
import { createGroupCommit } from '#server/store/group-commit.ts';

/** Commits that a test lets go one at a time. */
function heldCommits() {
  const groups: string[][] = [];
  const releases: ((error?: Error) => void)[] = [];
  const commit = (items: string[]): Promise<string[]> => {
    groups.push(items);
    return new Promise((resolve, reject) => {
      releases.push((error) => (error ? reject(error) : resolve(items.map((item) => `${item}!`))));
    });
  };
  return { groups, releases, commit };
}

test('what arrives during a commit goes into the next one, and each caller gets its own outcomes', async () => {
  const { groups, releases, commit } = heldCommits();
  const write = createGroupCommit(commit, 100);
  const first = write(['a']);
  const others = [write(['b', 'c']), write([]), write(['d'])];
  releases[0]!();
  expect(await first).toEqual(['a!']);
  await expect.poll(() => groups.length).toBe(2);
  releases[1]!();
  expect(await Promise.all(others)).toEqual([['b!', 'c!'], [], ['d!']]);
  expect(groups).toEqual([['a'], ['b', 'c', 'd']]);
});

test('a group stays within its size, but a call is never split', async () => {
  const { groups, releases, commit } = heldCommits();
  const write = createGroupCommit(commit, 3);
  const calls = [write(['a']), write(['b', 'c']), write(['d', 'e']), write(['f', 'g', 'h', 'i'])];
  for (let done = 0; done < 4; done++) {
    await expect.poll(() => releases.length).toBe(done + 1);
    releases[done]!();
  }
  await Promise.all(calls);
  expect(groups).toEqual([['a'], ['b', 'c'], ['d', 'e'], ['f', 'g', 'h', 'i']]);
});

test('a failed commit fails those in it and nobody after', async () => {
  const { releases, commit } = heldCommits();
  const write = createGroupCommit(commit, 100);
  const failed = write(['a']);
  const next = write(['b']);
  releases[0]!(new Error('disk full'));
  await expect(failed).rejects.toThrow('disk full');
  await expect.poll(() => releases.length).toBe(2);
  releases[1]!();
  expect(await next).toEqual(['b!']);
});
