import { describe, expect, it } from 'vitest';
import {
  administrationDepartment,
  newAdministrator,
  newOrganisation,
} from '#server/directory/new-hospital.ts';
import { directoryFrom } from '#shared/directory/build-directory.ts';
import type { DirectoryDocument } from '#shared/directory/directory.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { firstSteps } from '$lib/admin/first-steps.ts';
import { department, departmentId, membership, person, personId, storyStart } from '#tests/builders.ts';
import { rotaWeek, shift } from '../directory/rota-builders.ts';

const me = personId('administrator');
const office = departmentId('office');
const empty: readonly DirectoryDocument[] = [
  newOrganisation({ name: 'New', timeZone: 'Asia/Karachi', administration: office }),
  administrationDepartment(office, me),
  newAdministrator({ id: me, name: 'Ad Min', department: office, at: storyStart }),
];
const renal = department('renal', { type: 'clinical' });
const doctor = person('doctor', [membership(renal.id, 'doctor')], { designation: 'registrar' });
const turn = (from: number, until: number) =>
  rotaWeek(renal.id, [
    shift('first', doctor.id, addMinutes(storyStart, from), addMinutes(storyStart, until)),
  ]);
const done = (...more: readonly DirectoryDocument[]) =>
  firstSteps(directoryFrom([...empty, ...more]), me, storyStart).map(({ step, isDone }) => [step, isDone]);

describe('the first steps of a new hospital', () => {
  it('ADM-1 all stand there at first, and are done one after the other', () => {
    const alerts = ['alerts', null];
    expect(done()).toEqual([['departments', false], ['people', false], ['rota', false], alerts]);
    expect(done(renal)).toEqual([['departments', true], ['people', false], ['rota', false], alerts]);
    expect(done(renal, doctor)).toEqual([['departments', true], ['people', true], ['rota', false], alerts]);
    expect(done(renal, doctor, turn(-60, -1))).toContainEqual(['rota', false]);
  });

  it('ADM-1 are gone once somebody is on call', () => {
    expect(done(renal, doctor, turn(60, 120))).toEqual([]);
  });
});
