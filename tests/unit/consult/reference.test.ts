import { describe, expect, test } from 'vitest';
import { localReference, referenceOf } from '#shared/consult/reference.ts';
import { systemConsultBodies } from '#shared/consult/events.ts';
import { consultId } from '#tests/builders.ts';

describe('references', () => {
  test.each([
    ['CARD', 2026, 412, 'CARD-26-00412'],
    ['ENT', 2100, 1, 'ENT-00-00001'],
    ['CARD', 2026, 123456, 'CARD-26-123456'],
  ] as const)('%s in %d, number %d', (code, year, number, reference) => {
    expect(referenceOf(code, year, number)).toBe(reference);
    expect(systemConsultBodies.numbered.safeParse({ reference }).success).toBe(true);
  });

  test('the local one is short and never looks like a given one', () => {
    const local = localReference(consultId('one'));
    expect(local).toMatch(/^[0-9A-F]{6}$/);
    expect(systemConsultBodies.numbered.safeParse({ reference: local }).success).toBe(false);
  });
});
