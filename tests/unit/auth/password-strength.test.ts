import { describe, expect, it } from 'vitest';
import { passwordWeakness } from '#server/auth/password-strength.ts';

const about = ['omar.doctor@hospital.test', 'Omar Doctor', 'Saint Elsewhere'];

describe('common passwords', () => {
  it.each([
    'password123',
    'Password123!',
    'P@ssw0rd2024',
    'passwordpassword',
    'qwertyuiop',
    'qwerty123456',
    '1q2w3e4r5t6y7u',
    '1234567890',
    '0987654321',
    'aaaaaaaaaaaa',
    'abcabcabcabc',
    'abcdefghijkl',
    'iloveyou123',
    'letmein2025!',
    'Summer2026!!',
    'Welcome12345',
    'pakistan1947',
    'hospital123',
    'Doctor12345',
    'changeme123',
    'dragonmonkey',
    'football2024',
    '!!admin2024!!',
  ])('PEO-4 refuses %s', (password) => {
    expect(passwordWeakness(password, about)).toBe('common');
  });

  it.each(['omar2026!!!!', 'OmarDoctor1', 'Elsewhere123', 'saintelsewhere'])(
    'refuses what everybody knows of the person: %s',
    (password) => {
      expect(passwordWeakness(password, about)).toBe('personal');
    },
  );

  it.each([
    'ferry-lamp-quilt-92',
    'the kettle sings at dawn',
    'vR7kq0Zp2Lm',
    'میرا پسندیدہ پھول',
    'Tr0ub4dor&3 rides north',
    'violet gravel 7 hums',
  ])('takes %s', (password) => {
    expect(passwordWeakness(password, about)).toBeNull();
  });
});
