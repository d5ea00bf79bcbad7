import { z } from 'zod';
import { problemSchema } from '#shared/lib/problem.ts';

/** Why an administrator's act was refused although it was well formed; the client has words for each. */
export const refusalCodeSchema = z.enum([
  // Rights
  'not-permitted',
  /** Nobody gives, takes or resets what they do not hold themselves. */
  'not-held',
  'own-permissions',
  /** One's own departments, roles, designation or headship, and one's own deactivation: another administrator does that. */
  'own-standing',
  'last-administrator',
  // People
  'unknown-person',
  'inactive-person',
  'unknown-department',
  'unknown-designation',
  'email-taken',
  'id-taken',
  'no-primary',
  'two-primary',
  'membership-twice',
  'permission-twice',
  /** No room for more history of memberships or permissions. */
  'too-many-changes',
  'direction-marks',
  'is-head',
  'is-receiver',
  'two-heads',
  'cannot-receive',
  'no-account',
  'account-ready',
  'no-mail',
  'mail-failed',
  // Departments
  'unknown-parent',
  'cycle',
  'code-taken',
  'name-taken',
  'not-a-member',
  'open-consults',
  'has-people',
  'has-departments',
  'is-duty-administration',
  'targets-out-of-order',
  'policy-out-of-order',
  'policy-climbs-down',
  'policy-loops',
  'policy-dead-end',
  'policy-calls-nobody',
  'question-twice',
  'choice-twice',
  'min-above-max',
  // Organisation
  'unknown-time-zone',
  'unknown-language',
  'designation-in-use',
  'designation-twice',
  'unknown-duty-administration',
  'gap-in-duty-administration',
]);
export type AdministrationRefusalCode = z.infer<typeof refusalCodeSchema>;

/** `path` as in the body's fields, such as `memberships.1.department`; absent: it is about the whole. */
export const refusalSchema = z.object({ code: refusalCodeSchema, path: z.string().optional() });
export type AdministrationRefusal = z.infer<typeof refusalSchema>;

export const refusal = (code: AdministrationRefusalCode, path?: string): AdministrationRefusal =>
  path === undefined ? { code } : { code, path };

/** 403 `forbidden` and 409 `refused` answers of administration carry why; 409 `conflict` names the `fields` that somebody else changed. */
export const refusedProblemSchema = problemSchema.extend({ refusals: z.array(refusalSchema).optional() });
export type RefusedProblem = z.infer<typeof refusedProblemSchema>;
