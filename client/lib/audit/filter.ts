import type { AuditOutcome } from '#shared/audit/protocol.ts';
import { addMs } from '#shared/lib/instant-arithmetic.ts';
import { addDays, instantOfLocal } from '#shared/directory/local-time.ts';

/** What stands in the form; '' for nothing. `from` and `until` are days of the hospital (YYYY-MM-DD), both included. */
export interface AuditFields {
  readonly from: string;
  readonly until: string;
  readonly person: string;
  readonly action: string;
  readonly outcome: AuditOutcome | '';
  readonly subject: string;
}

export const noFields: AuditFields = {
  from: '',
  until: '',
  person: '',
  action: '',
  outcome: '',
  subject: '',
};

const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text);

/** As the server is asked; days are the hospital's, also over a change of the clock. */
export function queryOf(fields: AuditFields, timeZone: string): URLSearchParams {
  const { from, until, ...others } = fields;
  const query = new URLSearchParams();
  if (isDay(from)) query.set('from', instantOfLocal(from, '00:00', timeZone));
  if (isDay(until)) query.set('to', addMs(instantOfLocal(addDays(until, 1), '00:00', timeZone), -1));
  for (const [name, value] of Object.entries(others)) if (value !== '') query.set(name, value);
  return query;
}
