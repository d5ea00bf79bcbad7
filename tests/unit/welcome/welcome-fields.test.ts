import { describe, expect, it } from 'vitest';
import { tokenOfHash } from '$lib/welcome/link-token.ts';
import { timeZoneChoices } from '$lib/welcome/time-zones.ts';
import { redeemRequest, wrongFields, type WelcomeFields } from '$lib/welcome/welcome-fields.ts';

const token = 'x'.repeat(43);
const whole: WelcomeFields = {
  password: 'quilt ferry lamp',
  name: 'Dr Amina Baig ',
  email: ' Amina.Baig@hospital.example',
  hospital: 'Start Hospital',
  timeZone: 'Asia/Karachi',
};

describe('the token of a link', () => {
  it.each<[string, string | null]>([
    [`#${token}`, token],
    ['', null],
    ['#', null],
    ['#short', null],
    [`#${token}/../x`, null],
    [`#${'x'.repeat(201)}`, null],
    [`#${token}\n`, token],
  ])('of %j is %j', (hash, found) => {
    expect(tokenOfHash(hash)).toBe(found);
  });
});

describe('what the welcome page asks for', () => {
  it('asks a person who was invited for a password and nothing else', () => {
    const fields = { password: '123456789', name: '', email: '', hospital: '', timeZone: '' };
    expect([...wrongFields(fields, 'password')]).toEqual(['password']);
    expect([...wrongFields({ ...fields, password: '1234567890' }, 'password')]).toEqual([]);
  });

  it.each<[keyof WelcomeFields, string]>([
    ['password', 'too short'],
    ['name', '   '],
    ['email', 'amina.baig'],
    ['hospital', ''],
    ['timeZone', ''],
  ])('tells an administrator of a wrong %s at that field alone', (field, text) => {
    expect([...wrongFields({ ...whole, [field]: text }, 'administrator')]).toEqual([field]);
  });

  it('trims what is typed but never the password', () => {
    expect(redeemRequest(token, { ...whole, password: ' a b c d e f ' }, 'administrator')).toEqual({
      token,
      password: ' a b c d e f ',
      administrator: {
        name: 'Dr Amina Baig',
        email: 'amina.baig@hospital.example',
        hospital: 'Start Hospital',
        timeZone: 'Asia/Karachi',
      },
    });
  });

  it('offers every time zone once, the own one among them even where the browser leaves it out', () => {
    const values = timeZoneChoices('Etc/GMT-5').map(({ value }) => value);
    expect(values).toContain('Etc/GMT-5');
    expect(values).toContain('Asia/Karachi');
    expect(new Set(values).size).toBe(values.length);
  });
});
