import { describe, expect, it } from 'vitest';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { PatientBody } from '#shared/patient/events.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import { deviceId, people } from '#tests/builders.ts';
import { patientEvent, registered } from './patient-story.ts';

const known = (...substances: string[]): PatientBody<'allergies-changed'> => ({
  allergies: { kind: 'known', list: substances.map((substance) => ({ substance, reaction: '' })) },
});
const nurse = people.requestingNurse;
const doctor = people.requester;
const substancesOf = (events: readonly HeldEvent[]): string[] => {
  const allergies = projectPatient(events)?.content.allergies;
  return allergies?.kind === 'known' ? allergies.list.map(({ substance }) => substance) : [];
};
const unasked = registered({ allergies: { kind: 'not-asked' }, precautions: [] });
const changed = (
  n: number,
  base: number,
  by: typeof nurse,
  body: PatientBody<'allergies-changed'>,
  lamport = n,
): HeldEvent => ({
  ...patientEvent('allergies-changed', body, { n, base, by, lamport }),
  device: deviceId(by.name),
});

describe('OFF-5 what a patient must be warned of', () => {
  it('two tablets that add an allergy at once lose neither', () => {
    expect(
      substancesOf([
        unasked,
        changed(2, 1, nurse, known('Penicillin')),
        changed(3, 1, doctor, known('Latex')),
      ]),
    ).toEqual(['Penicillin', 'Latex']);
  });

  it('"none known" by somebody who did not know of the allergy does not take it away', () => {
    const none: PatientBody<'allergies-changed'> = { allergies: { kind: 'none-known' } };
    expect(
      substancesOf([unasked, changed(2, 1, nurse, known('Penicillin')), changed(3, 1, doctor, none)]),
    ).toEqual(['Penicillin']);
    expect(
      substancesOf([unasked, changed(2, 1, nurse, known('Penicillin')), changed(3, 2, doctor, none)]),
    ).toEqual([]);
  });

  it('a second change from the offline tablet replaces its first alone', () => {
    expect(
      substancesOf([
        unasked,
        changed(2, 1, nurse, known('Penicillin')),
        changed(3, 1, doctor, known('Latex'), 3),
        changed(4, 1, doctor, known('Latex', 'Nuts'), 4),
      ]),
    ).toEqual(['Penicillin', 'Latex', 'Nuts']);
  });

  it('whoever knew of all has the last word', () => {
    expect(
      substancesOf([
        unasked,
        changed(2, 1, nurse, known('Penicillin')),
        changed(3, 1, doctor, known('Latex')),
        changed(4, 3, nurse, known('Latex')),
      ]),
    ).toEqual(['Latex']);
  });

  it('precautions set at once are all kept', () => {
    const precaution = (n: number, kind: 'contact' | 'airborne', by: typeof nurse): HeldEvent => ({
      ...patientEvent('precautions-changed', { precautions: [kind] }, { n, base: 1, by }),
    });
    const patient = projectPatient([
      unasked,
      precaution(2, 'contact', nurse),
      precaution(3, 'airborne', doctor),
    ]);
    expect(patient?.content.precautions).toEqual(['contact', 'airborne']);
  });
});
