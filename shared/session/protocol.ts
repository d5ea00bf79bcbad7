import { z } from 'zod';
import { deviceIdSchema, personIdSchema } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { isWellFormed, lineText } from '#shared/lib/text.ts';
import { leaseSchema } from './lease.ts';

/** Slots a tablet may use: as many people can stay signed in on one shared tablet. */
export const maxSlots = 8;
export const slotSchema = z
  .int()
  .min(0)
  .max(maxSlots - 1);
export const sessionCookieName = (slot: number): string => `hc-session-${String(slot)}`;

/** Length over composition (NIST SP 800-63B); common passwords are refused by the server. */
export const passwordSchema = z.string().min(10).max(256).refine(isWellFormed, 'not valid Unicode');
export const emailSchema = z.string().max(254).trim().toLowerCase().pipe(z.email());

/** The tablet's own random id, made once; `personal` belongs to one person, `ward` is shared. */
export const deviceDescriptionSchema = z.strictObject({
  id: deviceIdSchema,
  kind: z.enum(['personal', 'ward']),
  name: lineText(80),
});
export type DeviceDescription = z.infer<typeof deviceDescriptionSchema>;

/** `POST /api/session`: sign in. The slot comes in the slot header. */
export const signInRequestSchema = z.strictObject({
  email: emailSchema,
  password: z.string().min(1).max(256),
  device: deviceDescriptionSchema,
});

/** Answer to signing in and to `GET /api/session`. After the idle or absolute limit the server asks again; the tablet's work goes on. */
export const sessionSchema = z.object({
  person: personIdSchema,
  device: deviceIdSchema,
  deviceKind: z.enum(['personal', 'ward']),
  mustChangePassword: z.boolean(),
  idleEndsAt: instantSchema,
  endsAt: instantSchema,
  asOf: instantSchema,
  storeEpoch: z.string(),
  /** Every screen says so. */
  demo: z.boolean(),
  /** Leave to go on reading without the server; absent from an older server. */
  lease: leaseSchema.optional(),
});
export type Session = z.infer<typeof sessionSchema>;

/** `POST /api/session/password` */
export const changePasswordRequestSchema = z.strictObject({
  current: z.string().min(1).max(256),
  next: passwordSchema,
});
/** `POST /api/session/link`: an invitation, a reset or the first administrator's link; `name` and `email` are asked of the first administrator only. */
export const redeemLinkRequestSchema = z.strictObject({
  token: z.string().min(20).max(200),
  password: passwordSchema,
  administrator: z
    .strictObject({
      name: lineText(120),
      email: emailSchema,
      hospital: lineText(120),
      timeZone: z.string().max(60),
    })
    .optional(),
});

/** `GET /api/session/demo` (demo only): who can sign in, for the first screen. 404 in production. */
export const demoSignInsSchema = z.object({
  people: z.array(
    z.object({ email: z.string(), password: z.string(), name: z.string(), description: z.string() }),
  ),
});
