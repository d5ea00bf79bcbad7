import { describe, expect, it } from 'vitest';
import type { AuthoredEnvelope, HeldEvent } from '#shared/event/envelope.ts';
import type { AuthoredPatientType, PatientBody } from '#shared/patient/events.ts';
import { judgePatientEvent, type PatientCase } from '#shared/patient/judge-patient.ts';
import {
  departmentId,
  departments,
  hospital,
  patientContent,
  patientId,
  people,
  storyStart,
} from '#tests/builders.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { patientEvent, registered } from './patient-story.ts';

const surgery = departments.surgery.id;
function judge<T extends AuthoredPatientType>(
  type: T,
  body: PatientBody<T>,
  {
    event = {},
    documentEvents = [registered()],
    ...over
  }: Partial<Omit<PatientCase, 'event'>> & { event?: Partial<AuthoredEnvelope> } = {},
): string {
  const written = {
    ...patientEvent(type, body, { n: null, lamport: 2, base: documentEvents.length }),
    ...event,
  } as AuthoredEnvelope;
  const judged = judgePatientEvent({
    event: written,
    documentEvents,
    person: people.requester,
    directory: hospital(),
    writtenAt: storyStart,
    ...over,
  });
  return judged.verdict === 'accept' ? 'accept' : judged.code;
}
const move = { ward: 'W9', bed: '', department: surgery };

describe('judging an act on a patient', () => {
  it.each<[string, string, () => string]>([
    [
      'a first registration',
      'accept',
      () => judge('registered', { content: patientContent() }, { documentEvents: [] }),
    ],
    ['a move', 'accept', () => judge('moved', move)],
    [
      'a second registration in one record',
      'already-exists',
      () => judge('registered', { content: patientContent() }),
    ],
    ['an act on a record that is not there', 'not-first', () => judge('moved', move, { documentEvents: [] })],
    ['another’s name', 'not-yours', () => judge('moved', move, { person: people.requestingHead })],
    ['a base that lies ahead', 'base-in-the-future', () => judge('moved', move, { event: { base: 7 } })],
    [
      'a department nobody knows',
      'unknown-department',
      () => judge('moved', { ...move, department: departmentId('nowhere') }),
    ],
    [
      'a merge into itself',
      'unknown-patient',
      () => judge('merged-into', { patient: patientId('one'), reason: 'x' }),
    ],
    [
      'a foreign department',
      'not-allowed',
      () => judge('registered', { content: patientContent({ department: surgery }) }, { documentEvents: [] }),
    ],
    ['an unknown type', 'unknown-type', () => judge('moved', move, { event: { type: 'teleported' } })],
    ['a system type', 'unknown-type', () => judge('moved', move, { event: { type: 'mrn-shared' } })],
    [
      'a prototype’s key as type',
      'unknown-type',
      () => judge('moved', move, { event: { type: 'constructor' } }),
    ],
  ])('%s: %s', (_title, expected, judged) => {
    expect(judged()).toBe(expected);
  });

  const movedAway: HeldEvent[] = [
    registered(),
    patientEvent('moved', move, { n: 2, by: people.requesterColleague }),
  ];
  it('an old base is no key to a patient who moved away long ago', () => {
    const died = (days: number) =>
      judge(
        'died',
        { note: '' },
        { documentEvents: movedAway, event: { base: 1 }, writtenAt: addMinutes(storyStart, days * 1440) },
      );
    expect(died(2)).toBe('accept');
    expect(died(4)).toBe('not-allowed');
  });

  it('permission is judged by what the author knew', () => {
    const correction: PatientBody<'corrected'> = { changes: { name: 'Other' }, reason: 'x' };
    expect(judge('corrected', correction, { documentEvents: movedAway, event: { base: 1 } })).toBe('accept');
    expect(
      judge('corrected', correction, {
        documentEvents: movedAway,
        event: { base: 2, author: people.requestingHead.id },
        person: people.requestingHead,
      }),
    ).toBe('not-allowed');
  });
});
