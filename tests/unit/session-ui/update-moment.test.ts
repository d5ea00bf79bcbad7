import { describe, expect, it } from 'vitest';
import { isUpdateMoment, type Moment } from '$lib/session-ui/update-moment.ts';
import { consultId } from '#tests/builders.ts';

const consult = (
  name: string,
  urgency: 'emergency' | 'urgent' | 'routine',
  status = 'submitted' as const,
) => ({
  id: consultId(name),
  urgency,
  status,
});
const quiet: Moment = { writing: false, path: '/', openConsults: [] };
const all = [consult('e', 'emergency'), consult('u', 'urgent'), consult('r', 'routine')];

describe('OPS-6 FM-55 a newer app may begin', () => {
  it.each<[string, Partial<Moment>, boolean]>([
    ['in a list', { openConsults: all }, true],
    ['while somebody types', { writing: true }, false],
    ['with an emergency on screen', { openConsults: all, path: `/consult/${consultId('e')}` }, false],
    ['with an urgent one on screen', { openConsults: all, path: `/consult/${consultId('u')}/files` }, false],
    ['with a routine one on screen', { openConsults: all, path: `/consult/${consultId('r')}` }, true],
    ['with one on screen that is over', { path: `/consult/${consultId('e')}` }, true],
  ])('%s: %#', (_when, over, may) => {
    expect(isUpdateMoment({ ...quiet, ...over })).toBe(may);
  });
});
