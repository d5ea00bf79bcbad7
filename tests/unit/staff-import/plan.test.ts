import { describe, expect, it } from 'vitest';
import { departmentId } from '#tests/builders.ts';
import { faultsOf, importStaff, manager, planOf, titleRow } from './import-hospital.ts';

const row = (text: string): string => `${titleRow}\n${text}\n`;

describe('what a row of a staff file becomes', () => {
  it('PEO-6 makes somebody new, with initials from the name', () => {
    const [planned] = planOf(row('Dr Noor Fatima,Noor@Hospital.test,Registrar,cardiology,Doctor'));
    expect(planned).toMatchObject({
      row: 2,
      action: 'create',
      person: null,
      email: 'noor@hospital.test',
      fields: {
        name: 'Dr Noor Fatima',
        initials: 'NF',
        email: 'noor@hospital.test',
        designation: 'registrar',
        memberships: [{ department: departmentId('Cardiology'), role: 'doctor', primary: true }],
        permissions: [],
        phone: null,
        mobile: null,
      },
    });
  });

  it('PEO-6 changes only what the file says differently', () => {
    const [planned] = planOf(row('Asha Rao-Khan,ASHA@hospital.test ,registrar,CARD,doctor'));
    expect(planned).toMatchObject({
      action: 'change',
      edit: { was: { name: 'Asha Rao' }, becomes: { name: 'Asha Rao-Khan' } },
      changes: [{ column: 'name', was: 'Asha Rao', becomes: 'Asha Rao-Khan' }],
    });
  });

  it('leaves what has no column as it is', () => {
    const [planned] = planOf(row('Asha Rao,asha@hospital.test,registrar,CARD,doctor'));
    expect(planned?.action).toBe('unchanged');
  });

  it('reads several departments and permissions', () => {
    const [planned] = planOf(
      `${titleRow},Other departments,Permissions\nA B,a@hospital.test,registrar,CARD,doctor,"SURG: nurse; Lab One: receiver",manage staff\n`,
    );
    expect(planned?.fields?.memberships).toEqual([
      { department: departmentId('Cardiology'), role: 'doctor', primary: true },
      { department: departmentId('Surgery'), role: 'nurse', primary: false },
      { department: departmentId('Lab One'), role: 'receiver', primary: false },
    ]);
    expect(planned?.fields?.permissions).toEqual(['manage-staff']);
  });

  it.each([
    ['+92 300 123-4567', '+923001234567'],
    ['0092 (300) 1234567', '+923001234567'],
    ["'+923001234567", '+923001234567'],
  ])('reads the mobile %s', (cell, mobile) => {
    const [planned] = planOf(`${titleRow},Mobile\nA B,a@hospital.test,registrar,CARD,doctor,${cell}\n`);
    expect(planned?.fields?.mobile).toBe(mobile);
  });

  it('lets somebody deactivated in again only where the file says so', () => {
    const gil = 'Gil Gone,gil@hospital.test,registrar,SURG,nurse';
    expect(planOf(row(gil))[0]?.action).toBe('unchanged');
    expect(planOf(`${titleRow},Active\n${gil},yes\n`)[0]?.action).toBe('reactivate');
    expect(faultsOf(planOf(row(gil.replace('Gil Gone', 'Gil New'))))).toEqual(['2 active deactivated']);
  });

  it.each([
    ['=HYPERLINK("x"),a@hospital.test,registrar,CARD,doctor'.replace('("x")', '(1)'), '2 name formula'],
    ['@name,a@hospital.test,registrar,CARD,doctor', '2 name formula'],
    ['-1+1,a@hospital.test,registrar,CARD,doctor', '2 name formula'],
    ['A B,+cmd@hospital.test,registrar,CARD,doctor', '2 email formula'],
    ['A B,a@hospital.test,registrar,CARD,\uff1ddoctor', '2 role formula'],
    ['A\u202eB,a@hospital.test,registrar,CARD,doctor', '2 name hidden-signs'],
    [`${'A'.repeat(300)},a@hospital.test,registrar,CARD,doctor`, '2 name too-long'],
    [',a@hospital.test,registrar,CARD,doctor', '2 name missing'],
    ['A B,,registrar,CARD,doctor', '2 email missing'],
    ['A B,nobody,registrar,CARD,doctor', '2 email not-valid'],
    ['A B,a@hospital.test,surgeon,CARD,doctor', '2 designation unknown-designation'],
    ['A B,a@hospital.test,Twin,CARD,doctor', '2 designation unknown-designation'],
    ['A B,a@hospital.test,registrar,Cardiolgy,doctor', '2 department unknown-department'],
    ['A B,a@hospital.test,registrar,LAB,doctor', '2 department ambiguous-department'],
    ['A B,a@hospital.test,registrar,OLD,doctor', '2 department inactive-department'],
    ['A B,a@hospital.test,registrar,,doctor', '2 department missing'],
    ['A B,a@hospital.test,registrar,CARD,', '2 role missing'],
    ['A B,a@hospital.test,registrar,CARD,boss', '2 role unknown-role'],
    ['A B,a@hospital.test,registrar,CARD', '2 * too-few-cells'],
    ['A B,a@hospital.test,registrar,CARD,doctor,more', '2 * too-many-cells'],
  ])('refuses %s with the place and the reason', (text, fault) => {
    const rows = planOf(row(text));
    expect(faultsOf(rows)).toEqual([fault]);
    expect(rows[0]?.action).toBe('wrong');
  });

  it('finds an e-mail in two spellings, and says which row has it already', () => {
    const rows = planOf(
      `${titleRow}\nA B,a@hospital.test,registrar,CARD,doctor\nC D, A@HOSPITAL.test,registrar,CARD,doctor\n`,
    );
    expect(rows[1]?.faults).toMatchObject([{ row: 3, column: 'email', code: 'email-twice', otherRow: 2 }]);
  });

  it('refuses to change an e-mail or to deactivate by file', () => {
    const id = importStaff[1]?.id ?? '';
    const titles = `${titleRow},Person id,Active\n`;
    expect(faultsOf(planOf(`${titles}Asha Rao,new@hospital.test,registrar,CARD,doctor,${id},yes\n`))).toEqual(
      ['2 email email-changed'],
    );
    expect(faultsOf(planOf(`${titles}Asha Rao,asha@hospital.test,registrar,CARD,doctor,${id},no\n`))).toEqual(
      ['2 active deactivate-by-hand'],
    );
    expect(
      faultsOf(planOf(`${titles}Asha Rao,manager@hospital.test,registrar,CARD,doctor,${id},yes\n`)),
    ).toContain('2 person-id email-is-anothers');
  });

  it('grants nothing the one who imports lacks, and nothing to themselves', () => {
    const file = (permissions: string, email = 'a@hospital.test') =>
      `${titleRow},Permissions\nLena Manager,${email},registrar,CARD,administrator,${permissions}\n`;
    expect(faultsOf(planOf(file('manage-departments').replace('administrator', 'doctor')))).toEqual([
      '2 permissions not-held',
    ]);
    expect(
      faultsOf(
        planOf(file('manage-staff').replace('administrator', 'doctor'), { permissions: ['manage-staff'] }),
      ),
    ).toEqual(['2 permissions not-permitted']);
    expect(faultsOf(planOf(file('manage-staff', 'manager@hospital.test')))).toEqual([
      '2 permissions own-permissions',
    ]);
    expect(manager.grants).toHaveLength(3);
  });

  it('leaves out remarks and empty rows, and counts rows as the spreadsheet does', () => {
    const rows = planOf(`${titleRow}\n# an example,,,,\n,,,,\nA B,a@hospital.test,registrar,CARD,doctor\n`);
    expect(rows.map(({ row: at }) => at)).toEqual([4]);
  });
});

describe('rows of one file that contradict each other', () => {
  it('finds two heads of one department', () => {
    const rows = planOf(
      `${titleRow}\nA B,a@hospital.test,registrar,SURG,head\nC D,c@hospital.test,registrar,SURG,head\n`,
    );
    expect(faultsOf(rows)).toEqual(['3 role two-heads']);
  });

  it('does not take the last administrator away', () => {
    const other = 'Asha Rao,asha@hospital.test,registrar,CARD';
    const two = planOf(`${titleRow}\n${other},administrator\n`);
    expect(two[0]?.action).toBe('change');
  });
});
