import type { ConsultId } from '#shared/lib/id.ts';

/**
 * What people call a consult on the phone, such as CARD-26-00412: the first receiving department's code, the year in the
 * hospital's time zone, a number counted per code and year. Kept on redirect.
 */
export const referenceOf = (code: string, year: number, number: number): string =>
  `${code}-${String(year % 100).padStart(2, '0')}-${String(number).padStart(5, '0')}`;

/** Until the server has given a reference: six signs of the random id, enough to tell a ward's consults apart. */
export const localReference = (consult: ConsultId): string => consult.slice(0, 6).toUpperCase();
