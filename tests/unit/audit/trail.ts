import pino from 'pino';
import { createAudit, type AuditTrail } from '#server/audit/audit.ts';
import { auditKeyOf } from '#server/audit/entry-hash.ts';
import type { Actor } from '#server/http/context.ts';
import type { Database } from '#server/store/port.ts';
import { deviceIdSchema, personIdSchema } from '#shared/lib/id.ts';
import { instant } from '#shared/lib/instant.ts';

export const logger = pino({ level: 'silent' });
export const key = auditKeyOf(new Uint8Array(32).fill(7));
export const otherKey = auditKeyOf(new Uint8Array(32).fill(8));
export const at = instant('2026-03-02T08:00:00.000Z');

export const actor: Actor = {
  person: personIdSchema.parse('a0000000-0000-4000-8000-000000000002'),
  device: deviceIdSchema.parse('b0000000-0000-4000-8000-000000000001'),
  deviceKind: 'ward',
  session: 's',
  address: '10.0.0.1',
  at,
};

export const trailOf = (database: Database, processId?: string): AuditTrail =>
  createAudit({ database, key, logger, ...(processId === undefined ? {} : { processId }) });

/** A database of which some calls answer otherwise. */
export const changed = (database: Database, calls: Partial<Database>): Database =>
  new Proxy(database, {
    get(target, name: keyof Database) {
      const other = calls[name];
      if (other !== undefined) return other;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

/** Every entry people can read, from chains and out of documents. */
export async function entriesOf(database: Database): Promise<Record<string, unknown>[]> {
  const rows = await database.view('audit/by-time', { includeDocs: true });
  return rows.map(({ doc }) => doc?.body ?? {});
}
