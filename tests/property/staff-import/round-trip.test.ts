import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StaffFields } from '#shared/administration/staff.ts';
import { permissionSchema, roleSchema } from '#shared/directory/staff.ts';
import { personIdSchema } from '#shared/lib/id.ts';
import { isWellFormed } from '#shared/lib/text.ts';
import { hasHiddenSigns, isFormula, neutralised, restored } from '#shared/staff-import/cells.ts';
import { exportRows } from '#shared/staff-import/export-rows.ts';
import type { HeldStaff } from '#shared/staff-import/held-staff.ts';
import { csvOf, readCsvFile } from '#server/staff-import/csv-file.ts';
import { importDirectory, planOf } from '#tests/unit/staff-import/import-hospital.ts';
import { personId } from '#tests/builders.ts';

// eslint-disable-next-line no-control-regex -- what the forms refuse
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
const isTypable = (text: string): boolean => isWellFormed(text) && !controls.test(text);
const signs = fc.constantFrom(
  '=',
  '+',
  '-',
  '@',
  "'",
  '"',
  ',',
  ';',
  '#',
  '\u202e',
  'é',
  ' ',
  'سارہ',
  'A',
  '1',
  '|',
  ':',
);
const text = (max: number) =>
  fc
    .oneof(
      fc.array(signs, { minLength: 1, maxLength: max }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', minLength: 1, maxLength: max }),
    )
    .map((made) => made.slice(0, max))
    .filter(isTypable);
const line = (max: number) => text(max).filter((made) => made.trim() !== '' && !/[\n\t]/.test(made));

const departments = [...importDirectory.departments.keys()];
const memberships: fc.Arbitrary<StaffFields['memberships']> = fc
  .uniqueArray(
    fc.record({ department: fc.constantFrom(...departments), role: fc.constantFrom(...roleSchema.options) }),
    {
      maxLength: 4,
      selector: ({ department }) => department,
    },
  )
  .map((list) => list.map((one, at) => ({ ...one, primary: at === 0 })));

const staff: fc.Arbitrary<HeldStaff[]> = fc
  .array(
    fc.record({
      name: line(60),
      initials: line(4),
      hasEmail: fc.boolean(),
      phone: fc.option(text(40).filter((made) => made.trim() !== '')),
      mobile: fc.option(fc.constantFrom('+923001234567', '+441234567')),
      designation: fc.constantFrom('registrar', 'ward-clerk', 'twin-a', 'no-longer-there'),
      memberships,
      permissions: fc.subarray([...permissionSchema.options]),
      active: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((list) =>
    list.map(({ hasEmail, active, ...fields }, at) => ({
      id: personIdSchema.parse(personId(`made ${at}`)),
      active,
      fields: { ...fields, email: hasEmail ? `p${at}@hospital.test` : null },
    })),
  );

describe('export and import', () => {
  it('PEO-6 an exported file re-imports as unchanged, whatever stands in it', () => {
    fc.assert(
      fc.property(staff, (held) => {
        const rows = planOf(csvOf(exportRows(held, importDirectory)), { staff: held });
        expect(rows.flatMap(({ faults }) => faults)).toEqual([]);
        expect(rows.map(({ action }) => action)).toEqual(held.map(() => 'unchanged'));
        expect(new Set(rows.map(({ person }) => person))).toEqual(new Set(held.map(({ id }) => id)));
      }),
      { numRuns: 300 },
    );
  });

  it('no exported cell is a formula, and each comes back as it was', () => {
    fc.assert(
      fc.property(text(30), (cell) => {
        expect(/^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20#]/.test(neutralised(cell))).toBe(false);
        expect(isFormula(neutralised(cell))).toBe(false);
        expect(restored(neutralised(cell))).toBe(cell);
        expect(hasHiddenSigns(cell)).toBe(hasHiddenSigns(neutralised(cell)));
      }),
      { numRuns: 500 },
    );
  });

  it('any bytes are read or refused, never thrown at', () => {
    const starts = fc.constantFrom('', '\ufeff', 'Name,E-mail,Designation,Department,Role\n', 'sep=;\n');
    fc.assert(
      fc.property(
        starts,
        fc.uint8Array({ maxLength: 400 }),
        fc.string({ unit: 'binary', maxLength: 200 }),
        (start, bytes, words) => {
          const file = readCsvFile(Buffer.concat([Buffer.from(start + words), bytes]));
          if (file.ok) expect(file.value.rows.length).toBeGreaterThan(0);
          else expect(file.error.length).toBeGreaterThan(0);
          try {
            planOf(Buffer.concat([Buffer.from(start + words), bytes]));
          } catch (error) {
            // The fixture says so where the file as a whole is wrong.
            expect(file.ok, String(error)).toBe(false);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
