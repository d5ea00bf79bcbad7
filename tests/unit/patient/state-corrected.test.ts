import { describe, expect, it } from 'vitest';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import { departments, people } from '#tests/builders.ts';
import { patientEvent, registered } from './patient-story.ts';

const died = patientEvent('died', { note: '' }, { n: 3 });
const discharged = patientEvent('discharged', { note: '' }, { n: 2 });
const takenBack = (of: HeldEvent, n: number): HeldEvent =>
  patientEvent('state-corrected', { of: of.id, reason: 'wrong patient' }, { n });
const stateOf = (...events: HeldEvent[]) => {
  const patient = projectPatient([registered(), ...events]);
  return { state: patient?.state, endedBy: patient?.endedBy ?? null };
};

describe('PAT-3 a death or discharge entered in error', () => {
  it('a death taken back leaves what stood before it', () => {
    expect(stateOf(died)).toEqual({ state: 'died', endedBy: died.id });
    expect(stateOf(died, takenBack(died, 4))).toEqual({ state: 'present', endedBy: null });
    expect(stateOf(discharged, died, takenBack(died, 4))).toEqual({
      state: 'discharged',
      endedBy: discharged.id,
    });
  });

  it('of two who said so, one taken back leaves the other', () => {
    const second = patientEvent('died', { note: '' }, { n: 4, by: people.requestingHead });
    expect(stateOf(died, second, takenBack(died, 5))).toEqual({ state: 'died', endedBy: second.id });
    expect(stateOf(died, second, takenBack(second, 5))).toEqual({ state: 'died', endedBy: died.id });
  });

  it('a discharge taken back after the patient was moved on leaves them where they are', () => {
    const moved = patientEvent(
      'moved',
      { ward: 'W2', bed: '', department: departments.medicine.id },
      { n: 3 },
    );
    expect(stateOf(discharged, moved, takenBack(discharged, 4)).state).toBe('present');
  });

  it('taking back what is neither changes nothing, and nothing is lost from the record', () => {
    const events = [registered(), died, takenBack(registered(), 4)];
    expect(projectPatient(events)?.state).toBe('died');
    expect(projectPatient(events)?.timeline).toHaveLength(3);
  });
});
