import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { breaches } from '#shared/consult/clocks.ts';
import { statusSchema, urgencies } from '#shared/consult/vocabulary.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import {
  choicesOf,
  departmentsIn,
  fitsFilter,
  inKind,
  isOverdue,
  listFilterSchema,
  listKinds,
  narrowedBy,
  nobody,
  orderOf,
  unfiltered,
  type ListFilter,
  type ListReading,
} from '$lib/inbox/list-filter.ts';
import { histories } from '#tests/property/consult/histories.ts';
import { departments, people, storyStart } from '#tests/builders.ts';

const wards = ['W1', 'W2', 'ICU'];

/** Consults of random lives, the patients of which lie in random wards. */
const held: fc.Arbitrary<readonly { readonly consult: Consult; readonly ward: string }[]> = fc.array(
  fc.tuple(histories, fc.constantFrom(...wards)).map(([events, ward]) => {
    const consult = projectConsult(events);
    if (consult === null) throw new Error('no consult');
    return { consult, ward };
  }),
  { minLength: 1, maxLength: 12 },
);
const person = fc.constantFrom(people.cardiologist, people.receiver, people.requester, people.surgeon);
const someOf = <T>(values: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...values], { maxLength: 3 });

const days = ['2026-03-01', '2026-03-02', '2026-03-03'];
const filter: fc.Arbitrary<ListFilter> = fc.record({
  list: fc.constantFrom(...listKinds),
  statuses: someOf(statusSchema.options),
  urgencies: someOf(urgencies),
  departments: someOf(Object.values(departments).map(({ id }) => id)),
  wards: someOf(wards),
  assignees: someOf([nobody, people.cardiologist.id, people.surgeon.id] as const),
  from: fc.constantFrom(null, ...days),
  until: fc.constantFrom(null, ...days),
  text: fc.constantFrom('', 'ana', 'zzz'),
});

function readingOf(
  rows: readonly { readonly consult: Consult; readonly ward: string }[],
  me: (typeof people)['receiver'],
  minutes: number,
): ListReading {
  return {
    reader: { person: me.id, departments: me.memberships.map(({ department }) => department) },
    now: addMinutes(storyStart, minutes),
    dayOf: (at) => at.slice(0, 10),
    patientOf: (consult) => ({
      ...consult.content.patientAsWas,
      ward: rows.find((row) => row.consult === consult)?.ward ?? '',
    }),
  };
}
const cases = fc.tuple(held, person, fc.integer({ min: 0, max: 3000 }));

describe('CON-8 lists', () => {
  test('whatever else is chosen, the union over the values of a filter is all that is shown without it', () => {
    fc.assert(
      fc.property(cases, filter, ([rows, me, minutes], chosen) => {
        const reading = readingOf(rows, me, minutes);
        const consults = rows.map(({ consult }) => consult);
        const shown = (one: ListFilter): Set<Consult> =>
          new Set(consults.filter((consult) => fitsFilter(one, consult, reading)));
        const union = (parts: readonly ListFilter[]): Set<Consult> =>
          new Set(parts.flatMap((part) => [...shown(part)]));
        const choices = choicesOf(consults, chosen, reading);

        expect(union(choices.statuses.map((one) => ({ ...chosen, statuses: [one] })))).toEqual(
          shown({ ...chosen, statuses: [] }),
        );
        expect(union(urgencies.map((one) => ({ ...chosen, urgencies: [one] })))).toEqual(
          shown({ ...chosen, urgencies: [] }),
        );
        expect(union(choices.departments.map((one) => ({ ...chosen, departments: [one] })))).toEqual(
          shown({ ...chosen, departments: [] }),
        );
        expect(union(choices.wards.map((one) => ({ ...chosen, wards: [one] })))).toEqual(
          shown({ ...chosen, wards: [] }),
        );
        expect(union(choices.assignees.map((one) => ({ ...chosen, assignees: [one] })))).toEqual(
          shown({ ...chosen, assignees: [] }),
        );
        expect(
          union([
            { ...chosen, from: null, until: '2026-03-02' },
            { ...chosen, from: '2026-03-03', until: null },
          ]),
        ).toEqual(shown({ ...chosen, from: null, until: null }));
      }),
      { numRuns: 60 },
    );
  });

  test('without a filter “All” holds everything permitted, and every other list is a part of it', () => {
    fc.assert(
      fc.property(cases, ([rows, me, minutes]) => {
        const reading = readingOf(rows, me, minutes);
        for (const { consult } of rows) {
          expect(fitsFilter(unfiltered('all'), consult, reading)).toBe(true);
          for (const kind of listKinds)
            expect(fitsFilter(unfiltered(kind), consult, reading)).toBe(inKind(kind, consult, reading));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('nothing overdue is hidden by any default: it stands in “All”, in “Overdue” and in each list it belongs to', () => {
    fc.assert(
      fc.property(cases, ([rows, me, minutes]) => {
        const reading = readingOf(rows, me, minutes);
        for (const { consult } of rows) {
          const ranOut = breaches(consult, reading.now);
          // Only a clock that stands still while information is awaited may have passed without being overdue.
          if (ranOut.length === 0 || (consult.infoWait !== null && reading.now < consult.infoWait.dueAt))
            continue;
          expect(isOverdue(consult, reading.now)).toBe(true);
          for (const kind of listKinds) {
            if (kind === 'all' || kind === 'overdue' || inKind(kind, consult, reading))
              expect(fitsFilter(unfiltered(kind), consult, reading)).toBe(true);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test('the order is one, whatever it was before, and open ones stand before the ended', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(...listKinds), ([rows, , minutes], kind) => {
        const order = orderOf(kind, { now: addMinutes(storyStart, minutes), timeZone: 'Asia/Karachi' });
        const one = rows.map(({ consult }, at) => ({
          ...consult,
          id: `${consult.id}${at}` as Consult['id'],
        }));
        const sorted = one.toSorted(order).map(({ id }) => id);
        expect(
          one
            .toReversed()
            .toSorted(order)
            .map(({ id }) => id),
        ).toEqual(sorted);
        const ends = one.toSorted(order).map(({ endedAt }) => endedAt !== null);
        expect(ends).toEqual(ends.toSorted((a, b) => Number(a) - Number(b)));
      }),
      { numRuns: 60 },
    );
  });

  test('a filter that is kept and read again is the same filter', () => {
    fc.assert(
      fc.property(filter, (one) => {
        expect(listFilterSchema.parse(JSON.parse(JSON.stringify(one)))).toEqual(one);
        expect(narrowedBy(unfiltered(one.list))).toBe(0);
      }),
    );
  });

  test('a consult is found under every department that has to do with it', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const consult = projectConsult(events);
        if (consult === null) throw new Error('no consult');
        const reading = readingOf([{ consult, ward: 'W1' }], people.receiver, 5);
        for (const department of departmentsIn(consult))
          expect(fitsFilter({ ...unfiltered('all'), departments: [department] }, consult, reading)).toBe(
            true,
          );
      }),
      { numRuns: 40 },
    );
  });
});
