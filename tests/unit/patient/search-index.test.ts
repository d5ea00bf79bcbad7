import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Patient } from '#shared/patient/patient.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import { recognise } from '#shared/patient/recognise.ts';
import { createPatientIndex, searchPatients } from '#shared/patient/search.ts';
import { PatientSearchIndex } from '#shared/patient/search-index.ts';
import { patientId } from '#tests/builders.ts';
import { registered } from './patient-story.ts';

function patient(at: number, name: string, ward = 'W1', bed = '', mrn: string | null = null): Patient {
  const id = patientId(`${at}`);
  const made = projectPatient([{ ...registered({ name, ward, bed, mrn }), document: id }]);
  if (made === null) throw new Error('no patient');
  return made;
}
const rankOf = ({ state }: Patient): number => (state === 'present' ? 0 : state === 'merged' ? 2 : 1);
function put(index: PatientSearchIndex, one: Patient): void {
  const { name, mrn, ward, bed } = one.content;
  index.put({ id: one.id, name, mrn, ward, bed, rank: rankOf(one) });
}

const parts = ['Muhammad', 'Mohammed', 'Mohd', 'Anwar', 'Anwer', 'Noor', 'Fatima', 'Ali', 'محمد', 'انور'];
const name = fc
  .array(fc.constantFrom(...parts), { minLength: 1, maxLength: 3 })
  .map((some) => some.join(' '));
const people = fc.array(
  fc.tuple(
    name,
    fc.constantFrom('W1', 'W4', 'ICU'),
    fc.constantFrom('', '1', '12'),
    fc.constantFrom(null, 'MRN-1', 'MRN-12', 'A-4821'),
  ),
  { minLength: 1, maxLength: 20 },
);
const query = fc.oneof(
  name,
  fc.constantFrom('w4 12', 'W4-12', '4821', 'mrn1', 'mohd icu', 'x', '', '1', 'ali w1'),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

describe('PAT-2 the gateway’s search', () => {
  it('finds what the tablet finds, in the same order', () => {
    fc.assert(
      fc.property(people, query, (some, typed) => {
        const all = some.map(([who, ward, bed, mrn], at) => patient(at, who, ward, bed, mrn));
        const index = new PatientSearchIndex();
        for (const one of all) put(index, one);
        const onTablet = searchPatients(createPatientIndex(all), typed, 5);
        expect(index.search(typed, 5)).toEqual(
          onTablet.map(({ patient: hit, score }) => ({ id: hit.id, score })),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('after any changes finds the same as one that was built anew', () => {
    fc.assert(
      fc.property(people, people, query, (before, after, typed) => {
        const changed = new PatientSearchIndex();
        const fresh = new PatientSearchIndex();
        for (const some of [before, after])
          some.forEach(([who, ward, bed, mrn], at) => put(changed, patient(at, who, ward, bed, mrn)));
        const last = before.map((one, at) => after[at] ?? one).concat(after.slice(before.length));
        last.forEach(([who, ward, bed, mrn], at) => put(fresh, patient(at, who, ward, bed, mrn)));
        expect(changed.search(typed, 7)).toEqual(fresh.search(typed, 7));
        expect(changed.size).toBe(fresh.size);
      }),
      { numRuns: 200 },
    );
  });

  it('takes lone surrogates, right-to-left marks and names of 300 signs', () => {
    const index = new PatientSearchIndex();
    put(index, patient(1, 'x'.repeat(100) + ' Noor'));
    expect(() => index.search('\ud800 \u202e' + 'n'.repeat(300), 5)).not.toThrow();
    expect(index.search('\u202enoor', 5)).toHaveLength(1);
  });
});

describe('promise 5: what a search shows of another department’s patient', () => {
  const bashir = patient(1, 'Bashir Anwar Khan', 'W4', '12', 'MRN-55-4821');
  const seen = (typed: string) => recognise(bashir, typed, '2026-03-02');

  it.each([
    ['bashir', 'Bashir A. K.', '…4821'],
    ['anwer', 'B. Anwar K.', '…4821'],
    ['b', 'B. A. K.', '…4821'],
    ['4821', 'B. A. K.', '…4821'],
    ['mrn-55-4821', 'B. A. K.', 'MRN-55-4821'],
    ['MRN 55 4821 bashir khan', 'Bashir A. Khan', '…4821'],
  ])('typed “%s”: %s, %s', (typed, shown, mrn) => {
    expect(seen(typed)).toMatchObject({ name: shown, mrn });
  });

  it('no bed, no birth date, no diagnosis, no allergies', () => {
    expect(Object.keys(seen('bashir')).sort()).toEqual(
      ['age', 'department', 'id', 'mrn', 'name', 'sex', 'state', 'ward'].sort(),
    );
  });
});
