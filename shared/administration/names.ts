import { refusal, type AdministrationRefusal } from './refusals.ts';

/**
 * Marks that turn the direction of writing without being seen: a name that reads differently than it is stored. Names in right-to-left scripts need
 * none of them. Source: Unicode UAX #9, explicit directional formatting characters and implicit marks.
 */
const directionMarks = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

export const hasDirectionMarks = (text: string): boolean => directionMarks.test(text);

/** Every text of a record, at any depth, that holds such a mark, by its place. */
export function directionMarkRefusals(value: unknown, path = ''): AdministrationRefusal[] {
  if (typeof value === 'string') return hasDirectionMarks(value) ? [refusal('direction-marks', path)] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    directionMarkRefusals(member, path === '' ? key : `${path}.${key}`),
  );
}
