import { describe, expect, test } from 'vitest';
import { projectConsult } from '#shared/consult/project.ts';
import { cameBackWith } from '$lib/consult/came-back.ts';
import { departments, people, story, type Story } from '#tests/builders.ts';

const backOf = (told: Story) => {
  const consult = projectConsult(told.events);
  if (consult === null) throw new Error('no consult');
  return cameBackWith(consult);
};
const declinedWith = (wayForward: object): Story =>
  story('declined')
    .submitted()
    .act('declined', { wayForward, reason: 'Not a cardiac question' } as never, { by: people.receiver });

describe('CON-4 what a request came back with', () => {
  test.each([
    { way: 'advice-given', advice: 'Give furosemide.' },
    { way: 'agreed-by-phone', with: 'Dr Raza' },
    { way: 'other-department', department: departments.surgery.id },
  ])('declined: who, why, and the way forward $way', (way) => {
    expect(backOf(declinedWith(way))).toEqual({
      kind: 'declined',
      by: people.receiver.id,
      reason: 'Not a cardiac question',
      way,
    });
  });

  test('asked back: the question that waits for an answer', () => {
    expect(backOf(story('asks').submitted().act('info-requested'))).toMatchObject({ kind: 'asked' });
  });

  test('nothing once it was asked again, or answered', () => {
    const again = declinedWith({ way: 'advice-given', advice: 'Give furosemide.' }).act('resubmitted');
    expect(backOf(again)).toBeNull();
    expect(backOf(story('fresh').submitted())).toBeNull();
  });
});
