import type { z } from 'zod';
import type { AdministrationRefusal } from '#shared/administration/refusals.ts';

/** What is wrong at a field; words are chosen by the screen. */
export type FieldFault =
  | { readonly kind: 'missing' }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'not-valid' }
  | { readonly kind: 'refused'; readonly refusal: AdministrationRefusal };

function faultOf(issue: z.core.$ZodIssue): FieldFault {
  if (issue.code === 'too_big') return { kind: 'too-long' };
  if (issue.code === 'too_small') return { kind: 'missing' };
  // What `requiredText` says of a line without a visible character.
  if (issue.code === 'custom' && issue.message === 'is empty') return { kind: 'missing' };
  return { kind: 'not-valid' };
}

/** The first fault at each path, such as `memberships.1.department`. */
export function faultsOf(error: z.ZodError): ReadonlyMap<string, FieldFault> {
  const faults = new Map<string, FieldFault>();
  for (const issue of error.issues) {
    const path = issue.path.map(String).join('.');
    if (!faults.has(path)) faults.set(path, faultOf(issue));
  }
  return faults;
}
