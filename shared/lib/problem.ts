import { z } from 'zod';

/** Stable names of what can go wrong at the API; words for people are chosen from these by the client. */
export const problemCodeSchema = z.enum([
  'malformed',
  'too-large',
  'unsupported-media-type',
  'not-signed-in',
  'session-ended',
  'wrong-credentials',
  'slowed-down',
  'weak-password',
  'password-change-needed',
  /** The device was withdrawn: it hands in what waits, deletes everything and says so. Nothing else is answered. */
  'device-revoked',
  'link-not-valid',
  'signature-refused',
  'origin-refused',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'conflict',
  'refused',
  'update-needed',
  'rate-limited',
  'unavailable',
  'internal',
]);
export type ProblemCode = z.infer<typeof problemCodeSchema>;

/** RFC 9457 problem document (`application/problem+json`). Never echoes what was sent. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: problemCodeSchema,
  requestId: z.string(),
  /** Where in the request the fault lies, without its value. */
  fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  retryAfterSeconds: z.int().optional(),
  /** With `forbidden` and `refused`: the rules that stand against it, by name (shared/administration/refusals.ts). */
  refusals: z.array(z.object({ code: z.string(), path: z.string().optional() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
