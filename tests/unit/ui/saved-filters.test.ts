import { describe, expect, test } from 'vitest';
import { unfiltered } from '$lib/inbox/list-filter.ts';
import {
  maxSavedFilters,
  readSavedFilters,
  saveFault,
  withFilter,
  withoutFilter,
} from '$lib/inbox/saved-filters.ts';

const urgent = { ...unfiltered('overdue'), urgencies: ['emergency' as const] };
const ofNewerApp = { id: 'x', name: 'Mars', filter: { ...urgent, planet: 'mars' } };

describe('CON-8 saved filters', () => {
  test('one that is kept is read again, and one that is deleted is gone', () => {
    const kept = withFilter(null, 'a', '  Night round ', urgent);
    expect(readSavedFilters(kept)).toEqual([{ id: 'a', name: 'Night round', filter: urgent }]);
    expect(readSavedFilters(withoutFilter(kept, 'a'))).toEqual([]);
  });

  test('what a newer app kept is not shown, not lost and not in the way', () => {
    const kept = withFilter([ofNewerApp], 'a', 'Mine', urgent);
    expect(readSavedFilters(kept).map(({ id }) => id)).toEqual(['a']);
    expect(withoutFilter(kept, 'a')).toEqual([ofNewerApp]);
  });

  test.each([null, 7, 'x', {}, [null], [{ id: 'a' }], [{ id: 'a', name: '', filter: urgent }]])(
    'nonsense in the setting (%j) is no filter',
    (stored) => {
      expect(readSavedFilters(stored)).toEqual([]);
    },
  );

  test('a name is needed, and one of its own', () => {
    const kept = readSavedFilters(withFilter(null, 'a', 'Night', urgent));
    expect(saveFault(kept, ' ')).toBe('no-name');
    expect(saveFault(kept, 'night ')).toBe('name-taken');
    expect(saveFault(kept, 'Day')).toBeNull();
    const many = Array.from({ length: maxSavedFilters }, (_, at) => ({
      id: `${at}`,
      name: `${at}`,
      filter: urgent,
    }));
    expect(saveFault(many, 'Day')).toBe('too-many');
  });
});
