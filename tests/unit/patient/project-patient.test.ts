import { describe, expect, it } from 'vitest';
import { projectPatient } from '#shared/patient/project-patient.ts';
import { departments, eventId, patientId, stamped, storyStart } from '#tests/builders.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { patientEvent, registered } from './patient-story.ts';

const surgery = departments.surgery.id;

describe('a patient', () => {
  it('is nobody before being registered', () => {
    expect(projectPatient([])).toBeNull();
    expect(projectPatient([patientEvent('discharged', { note: '' }, { n: 1 })])).toBeNull();
  });

  it('PAT-3 moves with a history of places, oldest first', () => {
    const patient = projectPatient([
      registered({ ward: 'W1', bed: '1' }),
      patientEvent('moved', { ward: 'W2', bed: '2', department: surgery }, { n: 2 }),
      patientEvent('moved', { ward: 'W3', bed: '3', department: surgery }, { n: 3 }),
    ]);
    expect(patient?.content).toMatchObject({ ward: 'W3', bed: '3', department: surgery });
    expect(patient?.moves.map(({ ward, bed, at }) => [ward, bed, at])).toEqual([
      ['W1', '1', addMinutes(storyStart, 1)],
      ['W2', '2', addMinutes(storyStart, 2)],
    ]);
  });

  it('what was accepted later wins, whatever the clocks said', () => {
    const early = {
      ...patientEvent('moved', { ward: 'W2', bed: '', department: surgery }, { n: 2 }),
      occurredAt: addMinutes(storyStart, 5000),
    };
    const late = {
      ...patientEvent('moved', { ward: 'W3', bed: '', department: surgery }, { n: 3 }),
      occurredAt: addMinutes(storyStart, -5000),
    };
    expect(projectPatient([late, early, registered()])?.content.ward).toBe('W3');
  });

  it('a correction changes the fields it names and no other', () => {
    const patient = projectPatient([
      registered({ name: 'Ali', diagnosis: 'Sepsis' }),
      patientEvent('corrected', { changes: { name: 'Ali Khan' }, reason: 'Card shown.' }, { n: 2 }),
    ]);
    expect(patient?.content).toMatchObject({ name: 'Ali Khan', diagnosis: 'Sepsis', mrn: 'MRN-1001' });
  });

  it('a wrong MRN can be taken back', () => {
    const taken = patientEvent(
      'corrected',
      { changes: { mrn: null }, reason: 'Another patient’s card.' },
      { n: 2 },
    );
    expect(projectPatient([registered(), taken])?.content.mrn).toBeNull();
  });

  it('allergies and precautions have events of their own', () => {
    const patient = projectPatient([
      registered(),
      patientEvent('allergies-changed', { allergies: { kind: 'none-known' } }, { n: 2 }),
      patientEvent('precautions-changed', { precautions: ['airborne'] }, { n: 3 }),
    ]);
    expect(patient?.content).toMatchObject({ allergies: { kind: 'none-known' }, precautions: ['airborne'] });
  });

  it('PAT-3 a merge hides what the record was, and undoing it brings that back', () => {
    const events = [
      registered(),
      patientEvent('discharged', { note: '' }, { n: 2 }),
      patientEvent('merged-into', { patient: patientId('two'), reason: 'Same person.' }, { n: 3 }),
    ];
    expect(projectPatient(events)).toMatchObject({ state: 'merged', mergedInto: patientId('two') });
    const undone = [...events, patientEvent('unmerged', { reason: 'Twins.' }, { n: 4 })];
    expect(projectPatient(undone)).toMatchObject({ state: 'discharged', mergedInto: null });
  });

  it('one discharged comes back by a move; one who died does not', () => {
    const back = patientEvent('moved', { ward: 'W2', bed: '', department: surgery }, { n: 3 });
    expect(
      projectPatient([registered(), patientEvent('discharged', { note: '' }, { n: 2 }), back])?.state,
    ).toBe('present');
    expect(projectPatient([registered(), patientEvent('died', { note: '' }, { n: 2 }), back])?.state).toBe(
      'died',
    );
  });

  it('PAT-1 a shared MRN is marked', () => {
    const shared = stamped(
      {
        ...registered(),
        id: eventId('system'),
        type: 'mrn-shared',
        author: 'system',
        body: { with: patientId('two') },
      },
      2,
      storyStart,
      'system',
    );
    expect(projectPatient([registered(), shared])?.sharesMrnWith).toEqual([patientId('two')]);
  });

  it('#15 an event of a newer build is carried and changes nothing', () => {
    const newer = {
      ...registered(),
      id: eventId('newer'),
      n: 2,
      type: 'blood-group-set',
      body: { group: 'AB' },
    };
    const patient = projectPatient([registered(), newer]);
    expect(patient?.timeline.map((event) => event.type)).toEqual(['registered', 'blood-group-set']);
    expect(patient?.content).toEqual(projectPatient([registered()])?.content);
  });

  it('the unsent act of this tablet counts last', () => {
    const unsent = patientEvent(
      'moved',
      { ward: 'W9', bed: '', department: surgery },
      { n: null, lamport: 2 },
    );
    const patient = projectPatient([
      unsent,
      registered(),
      patientEvent('moved', { ward: 'W2', bed: '', department: surgery }, { n: 2 }),
    ]);
    expect(patient).toMatchObject({
      content: { ward: 'W9' },
      lastN: 2,
      changedAt: addMinutes(storyStart, 2),
    });
    expect(patient?.moves.at(-1)?.ward).toBe('W2');
  });
});
