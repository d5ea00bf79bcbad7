import { z } from 'zod';
import { instantSchema } from '#shared/lib/instant.ts';
import { deviceDescriptionSchema, sessionSchema, slotSchema } from './protocol.ts';

/** The page the issuer sends the browser back to; the only address registered there. */
export const openIdReturnPath = '/welcome/openid';

/** `GET /api/session/methods`: how one can sign in besides by e-mail and password. */
export const sessionMethodsSchema = z.object({
  /** `name`: of the issuer, as on the button; null: not set up. */
  openId: z.object({ name: z.string() }).nullable(),
});
export type SessionMethods = z.infer<typeof sessionMethodsSchema>;

/** `POST /api/session/openid`: begins on this device, for the slot of the slot header. */
export const beginOpenIdSchema = z.strictObject({ device: deviceDescriptionSchema });
/** The browser goes to `address`, the issuer's. */
export const openIdBegunSchema = z.object({ address: z.string() });

/** `POST /api/session/openid/finish`: what the issuer put behind the `?` of our page. */
export const finishOpenIdSchema = z.strictObject({ query: z.string().min(1).max(8_192) });
export const openIdFinishedSchema = z.object({ slot: slotSchema, session: sessionSchema });
export type OpenIdFinished = z.infer<typeof openIdFinishedSchema>;

/** Why the issuer's word was not enough; `refusals` of the 403. */
export const openIdRefusalSchema = z.enum([
  'no-email',
  'email-not-verified',
  'foreign-domain',
  /** Nobody here has this e-mail: they may ask for access. */
  'unknown-person',
  'inactive-person',
  /** This person signs in with another account of the same issuer. */
  'linked-to-another',
]);
export type OpenIdRefusal = z.infer<typeof openIdRefusalSchema>;

/** Somebody the issuer vouches for, in an allowed domain, who is nobody here yet. */
export const accessRequestSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  askedAt: instantSchema,
});
export type AccessRequest = z.infer<typeof accessRequestSchema>;
/** `GET /api/access-requests`, the newest first. */
export const accessRequestsSchema = z.object({ requests: z.array(accessRequestSchema) });
