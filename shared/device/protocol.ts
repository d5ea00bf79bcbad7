import { z } from 'zod';
import { deviceIdSchema, personIdSchema } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { lineText } from '#shared/lib/text.ts';

/** On requests of a tablet: the version of the app it runs. */
export const appVersionHeader = 'hc-app';
/** On requests of a tablet: how many items of the session's person wait there unsent. */
export const unsentHeader = 'hc-unsent';

/** On requests of a tablet whose database the browser threw away: how many items waited in it. */
export const lostHeader = 'hc-lost';

export const appVersionSchema = z.string().regex(/^[\w.+-]{1,40}$/);
export const unsentSchema = z.int().min(0).max(100_000);

/** Somebody who signed in on a device. */
export const deviceUserSchema = z.object({
  person: personIdSchema,
  firstAt: instantSchema,
  /** As coarse as the device's last contact. */
  lastAt: instantSchema,
  /** As the device last reported; null: never. */
  unsent: unsentSchema.nullable(),
  unsentAt: instantSchema.nullable(),
  /** Of those, how many have come since by another way than the device's own report, such as a parcel. */
  arrivedSince: z.int().min(0),
  /** Items that were unsent when the browser threw the database away, as the device told; 0: that never happened. */
  lost: unsentSchema.default(0),
});
export type DeviceUser = z.infer<typeof deviceUserSchema>;

export const revocationSchema = z.object({ at: instantSchema, by: personIdSchema, reason: z.string() });

/** What the device said when it had deleted everything. */
export const wipeSchema = z.object({
  at: instantSchema,
  /** Items it could not hand in before; they are gone with it. */
  lost: unsentSchema,
});

/** One tablet or phone as administrators see it. */
export const deviceRecordSchema = z.object({
  id: deviceIdSchema,
  kind: z.enum(['personal', 'ward']),
  name: z.string(),
  registeredAt: instantSchema,
  /** Coarse, to five minutes. */
  lastContactAt: instantSchema,
  /** null: an app too old to say. */
  appVersion: z.string().nullable(),
  /** The last to use it first. */
  users: z.array(deviceUserSchema),
  revoked: revocationSchema.nullable(),
  wiped: wipeSchema.nullable(),
});
export type DeviceRecord = z.infer<typeof deviceRecordSchema>;

/** Items that are gone, as the device itself told. */
export const lostItems = (device: Pick<DeviceRecord, 'users'>): number =>
  device.users.reduce((sum, { lost }) => sum + lost, 0);

/** `GET /api/devices`; the last in contact first. */
export const deviceListSchema = z.object({ devices: z.array(deviceRecordSchema), asOf: instantSchema });

/** `PUT /api/devices/:id/name` */
export const renameDeviceSchema = z.strictObject({ name: lineText(80) });
/** `POST /api/devices/:id/revocation` */
export const revokeDeviceSchema = z.strictObject({ reason: lineText(200) });
/** `POST /api/device/wiped`; may be sent again until it is answered. */
export const deviceWipedSchema = z.strictObject({ lost: unsentSchema });

/** `POST /api/device-standing`: of itself, by its own random id, whoever is signed in on it or nobody. */
export const deviceStandingRequestSchema = z.strictObject({ device: deviceIdSchema });
/** A device nobody knows was not withdrawn. */
export const deviceStandingSchema = z.object({ withdrawn: z.boolean(), asOf: instantSchema });

/** Items the server still expects from a device: reported as unsent there and not come by any way. */
export const expectedItems = (device: Pick<DeviceRecord, 'users'>): number =>
  device.users.reduce((sum, { unsent, arrivedSince }) => sum + Math.max(0, (unsent ?? 0) - arrivedSince), 0);
