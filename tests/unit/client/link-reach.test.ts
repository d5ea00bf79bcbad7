import { describe, expect, it } from 'vitest';
import { opensHereOnly } from '$lib/admin/staff/link-reach.ts';

describe('a one-time link that is handed over', () => {
  it.each([
    ['http://localhost:8080/welcome#token', true],
    ['http://127.0.0.1:8080/welcome#token', true],
    ['http://127.1.2.3/welcome#token', true],
    ['http://[::1]:8080/welcome#token', true],
    ['https://consult.hospital.example/welcome#token', false],
    ['https://localhost.hospital.example/welcome#token', false],
    ['https://10.0.0.7/welcome#token', false],
  ])('%s opens on the server’s own machine alone: %s', (address, isSo) => {
    expect(opensHereOnly(address)).toBe(isSo);
  });
});
