import { describe, expect, it } from 'vitest';
import {
  ancestorsOf,
  descendantsOf,
  headOf,
  isHeadOf,
  parentHeadOf,
  receiverOf,
} from '#shared/directory/leaders.ts';
import {
  department,
  departmentId,
  departments,
  directoryOf,
  membership,
  people,
  person,
  storyStart,
} from '#tests/builders.ts';

const top = department('top', { head: people.parentHead.id });
const middle = department('middle', { parent: top.id, head: people.head.id });
const low = department('low', { parent: middle.id, head: people.head.id, receiver: people.receiver.id });
const directory = directoryOf(Object.values(people), [top, middle, low]);
const without = (id: string) => ({
  ...directory,
  people: new Map(
    [...directory.people].map(([key, one]) => [key, one.id === id ? { ...one, active: false } : one]),
  ),
});

describe('leaders', () => {
  it('the receiver is the delegate, else the head, and never one who left', () => {
    expect(receiverOf(directory, low.id)).toBe(people.receiver.id);
    expect(receiverOf(without(people.receiver.id), low.id)).toBe(people.head.id);
    expect(receiverOf(directory, middle.id)).toBe(people.head.id);
    expect(headOf(without(people.head.id), low.id)).toBeNull();
  });

  it('ALE-6 the head above is somebody else than the own head: climbing gets somewhere', () => {
    expect(parentHeadOf(directory, low.id)).toBe(people.parentHead.id);
    expect(parentHeadOf(directory, top.id)).toBeNull();
  });

  it('a head by role counts where the department names none', () => {
    const byRole = person('by role', [membership(middle.id, 'head')]);
    const former = person('a former', [membership(middle.id, 'head', { until: storyStart })]);
    const headless = directoryOf([byRole, former], [{ ...middle, head: null }]);
    expect(headOf(headless, middle.id)).toBe(byRole.id);
    expect(headOf(directoryOf([former], [{ ...middle, head: null }]), middle.id)).toBeNull();
  });

  it('knows all above, nearest first, and all below', () => {
    expect(ancestorsOf(directory, low.id).map((one) => one.name)).toEqual(['middle', 'top']);
    expect([...descendantsOf(directory, top.id)].sort()).toEqual([middle.id, low.id].sort());
  });

  it('a circle in the tree ends the walk', () => {
    const a = department('a', { parent: departmentId('b') });
    const b = department('b', { parent: departmentId('a') });
    const round = directoryOf([], [a, b]);
    expect(ancestorsOf(round, a.id).map((one) => one.id)).toEqual([b.id]);
    expect([...descendantsOf(round, a.id)]).toEqual([b.id]);
    expect(parentHeadOf(round, a.id)).toBeNull();
  });

  it('a head is one by the department or by a membership of that moment', () => {
    const former = person('former', [membership(departments.surgery.id, 'head', { until: storyStart })]);
    expect(isHeadOf(people.head, low.id, directory, storyStart)).toBe(true);
    expect(isHeadOf(former, departments.surgery.id, directory, storyStart)).toBe(false);
    expect(isHeadOf(people.surgeon, low.id, directory, storyStart)).toBe(false);
  });
});
