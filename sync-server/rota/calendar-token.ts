import { personIdSchema, type PersonId } from '#shared/lib/id.ts';

/** What the address of a calendar holds: where to look, and a secret of 256 bits. */
export interface CalendarToken {
  readonly person: PersonId;
  readonly secret: Buffer;
}

const idBytes = 16;
const secretBytes = 32;
const tokenPattern = /^[A-Za-z0-9_-]{64}$/;

export const calendarSecretBytes = secretBytes;

export const calendarTokenText = ({ person, secret }: CalendarToken): string =>
  Buffer.concat([Buffer.from(person.replaceAll('-', ''), 'hex'), secret]).toString('base64url');

/** null for whatever we cannot have made. */
export function parseCalendarToken(text: string): CalendarToken | null {
  if (!tokenPattern.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== idBytes + secretBytes) return null;
  const hex = bytes.subarray(0, idBytes).toString('hex');
  const person = personIdSchema.safeParse(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
  return person.success ? { person: person.data, secret: bytes.subarray(idBytes) } : null;
}
