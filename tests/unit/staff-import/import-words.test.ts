import { describe, expect, it } from 'vitest';
import { cellFault, fileFault } from '#shared/staff-import/faults.ts';
import {
  changeWords,
  confirmWords,
  faultWords,
  fileFaultWords,
  outcomeCounts,
} from '#client/lib/staff-import/import-words.ts';

const none = { create: 0, change: 0, reactivate: 0, unchanged: 0, wrong: 0 };

describe('what the import says', () => {
  it.each([
    [{ create: 187, change: 9, unchanged: 4 }, 'Create 187, change 9, leave 4'],
    [{ change: 2, reactivate: 1 }, 'Change 2, let 1 in again'],
    [{ reactivate: 3, unchanged: 1 }, 'Let 3 in again, leave 1'],
  ])('the button says what it does: %j', (counts, words) =>
    expect(confirmWords({ ...none, ...counts })).toBe(words),
  );

  it('PEO-6 the report says how many of each there were', () => {
    const rows = (['created', 'could-not', 'created', 'unchanged', 'created'] as const).map((outcome) => ({
      outcome,
    }));
    expect(outcomeCounts(rows)).toEqual([
      { words: 'New', count: 3 },
      { words: 'Not done', count: 1 },
      { words: 'As before', count: 1 },
    ]);
  });

  it('names the cell, what stands there, and why it cannot stay', () => {
    expect(faultWords(cellFault(3, 'department', 'unknown-department', { text: 'Cardiolgy' }))).toBe(
      'Department: “Cardiolgy” – is not a department of this hospital. Departments are never made by an import.',
    );
    expect(faultWords(cellFault(3, 'email', 'email-twice', { otherRow: 2 }))).toBe(
      'E-mail: stands in row 2 already.',
    );
    expect(faultWords(cellFault(4, null, 'too-few-cells'))).toBe(
      'The row has fewer cells than there are titles.',
    );
    expect(fileFaultWords(fileFault('missing-column', { column: 'role' }))).toBe(
      'The column “Role” is missing.',
    );
  });

  it('says what a field was and what it becomes, also when that is nothing', () => {
    expect(changeWords({ column: 'phone', was: '4411', becomes: '' })).toBe('Phone: 4411 → nothing');
    expect(changeWords({ column: 'phone', was: '', becomes: '4412' })).toBe('Phone: 4412');
  });
});
