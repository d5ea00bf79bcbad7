import { describe, expect, test } from 'vitest';
import { duplicatesOf } from '#shared/consult/duplicate-guard.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { departments, patientId, story } from '#tests/builders.ts';

const asked = { patient: patientId('one'), receivingDepartment: departments.cardiology.id };

describe('CON-19 duplicate guard', () => {
  test('finds open consults of the same patient to the same department only', () => {
    const same = story('same').submitted();
    const otherPatient = story('other-patient').submitted({ patient: patientId('two') });
    const otherDepartment = story('other-department').submitted({
      receivingDepartment: departments.surgery.id,
    });
    const ended = story('ended').submitted().act('cancelled');
    const cameByRedirect = story('redirected')
      .submitted({ receivingDepartment: departments.surgery.id })
      .act('redirected', { department: departments.cardiology.id, reason: 'Cardiac.' });
    const wentByRedirect = story('went').submitted().act('redirected');
    const consults = [same, otherPatient, otherDepartment, ended, cameByRedirect, wentByRedirect].map(
      (each) => projectConsult(each.events)!,
    );
    expect(duplicatesOf(asked, consults).map((each) => each.id)).toEqual([same.id, cameByRedirect.id]);
  });

  test('works on consults that are still on the tablet only', () => {
    const unsent = story('unsent').submitted({}, { unsent: true });
    expect(duplicatesOf(asked, [projectConsult(unsent.events)!])).toHaveLength(1);
  });
});
