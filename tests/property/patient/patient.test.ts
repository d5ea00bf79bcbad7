import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeEvents } from '#shared/event/merge.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import { soundKey, namePartsOf } from '#shared/patient/name-key.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { departments, patientId, storyStart } from '#tests/builders.ts';
import { patientEvent, registered } from '#tests/unit/patient/patient-story.ts';

const act: fc.Arbitrary<(n: number | null) => HeldEvent> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('W1', 'W2', 'ICU'),
      fc.constantFrom(departments.surgery.id, departments.medicine.id),
    )
    .map(
      ([ward, department]) =>
        (n: number | null) =>
          patientEvent('moved', { ward, bed: '', department }, { n }),
    ),
  fc
    .constantFrom('A', 'B')
    .map(
      (name) => (n: number | null) => patientEvent('corrected', { changes: { name }, reason: 'x' }, { n }),
    ),
  fc.constant((n: number | null) => patientEvent('discharged', { note: '' }, { n })),
  fc.constant((n: number | null) => patientEvent('died', { note: '' }, { n })),
  fc.constant((n: number | null) =>
    patientEvent('merged-into', { patient: patientId('two'), reason: 'x' }, { n }),
  ),
  fc.constant((n: number | null) => patientEvent('unmerged', { reason: 'x' }, { n })),
);
const history = fc
  .array(fc.tuple(act, fc.boolean(), fc.integer({ min: -9999, max: 9999 })), { maxLength: 8 })
  .map((acts) => [
    registered(),
    ...acts.map(([make, sent, clock], at) => ({
      ...make(sent ? at + 2 : null),
      occurredAt: addMinutes(storyStart, clock),
    })),
  ]);

describe('a patient’s record', () => {
  it('depends on the set of events alone, whatever the order and the copies', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat({ max: 20 })), (events, order) => {
        const shuffled = [...events].sort(
          (a, b) => (order[events.indexOf(a)] ?? 0) - (order[events.indexOf(b)] ?? 0),
        );
        expect(projectPatient([...shuffled, ...events])).toEqual(projectPatient(events));
      }),
    );
  });

  it('keeps every event in its timeline', () => {
    fc.assert(
      fc.property(history, (events) => {
        const ids = new Set(events.map((event) => event.id));
        expect(new Set(projectPatient(events)?.timeline.map((event) => event.id))).toEqual(ids);
      }),
    );
  });

  it('no tablet clock decides anything', () => {
    fc.assert(
      fc.property(history, (events) => {
        const flat = mergeEvents(events.map((event) => ({ ...event, occurredAt: storyStart })));
        expect(projectPatient(flat)?.content).toEqual(projectPatient(events)?.content);
        expect(projectPatient(flat)?.state).toEqual(projectPatient(events)?.state);
      }),
    );
  });
});

describe('the sound of a name', () => {
  it('is the same for doubled letters and any vowels within, and never throws', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[bdfklmnrst][aeiou][bdfklmnrst][aeiou][bdfklmnrst]$/),
        fc.constantFrom('a', 'e', 'ou', 'ee'),
        (name, vowel) => {
          const other = name.charAt(0) + vowel + name.charAt(2) + name.charAt(2) + vowel + name.charAt(4);
          expect(soundKey(other)).toBe(soundKey(name));
        },
      ),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const part of namePartsOf(text)) expect(part).toMatch(/^[a-z0-9]+$/);
      }),
    );
  });
});
