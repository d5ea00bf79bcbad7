import type { Context } from 'hono';
import type { Audit, AuditAct } from '#server/audit/audit.ts';
import type { AppEnv } from '#server/http/context.ts';
import { problem } from '#server/http/problem.ts';
import type { AdministrationRefusal, AdministrationRefusalCode } from '#shared/administration/refusals.ts';

/** Refusals that say who somebody is; all others are about what they want. */
const rights: ReadonlySet<AdministrationRefusalCode> = new Set<AdministrationRefusalCode>([
  'not-permitted',
  'not-held',
  'own-permissions',
  'own-standing',
]);

/** Why an administrator's request came to nothing. */
export type AdministrationError =
  | { readonly type: 'not-found' }
  | { readonly type: 'changed-meanwhile'; readonly fields: readonly string[] }
  | { readonly type: 'refused'; readonly refusals: readonly AdministrationRefusal[] };

/** The actor may not do it, whatever else stands against it. */
export const isDenial = (error: AdministrationError | null): boolean =>
  error?.type === 'refused' && error.refusals.some(({ code }) => rights.has(code));

export const refusedFor = (...refusals: readonly AdministrationRefusal[]): AdministrationError => ({
  type: 'refused',
  refusals,
});

/** The answer to a request that was not done. An attempt at what the person may not do is on record before it leaves. */
export async function refuse(
  c: Context<AppEnv>,
  audit: Pick<Audit, 'recordDenied'>,
  act: AuditAct,
  error: AdministrationError,
): Promise<Response> {
  switch (error.type) {
    case 'not-found':
      return problem(c, 'not-found');
    case 'changed-meanwhile':
      return problem(c, 'conflict', {
        fields: error.fields.map((path) => ({ path, message: 'somebody changed this meanwhile' })),
      });
    case 'refused': {
      const isDenied = isDenial(error);
      if (isDenied) await audit.recordDenied(c.get('actor'), act);
      return problem(c, isDenied ? 'forbidden' : 'refused', { refusals: error.refusals });
    }
  }
}
