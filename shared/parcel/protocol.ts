import { z } from 'zod';
import { instantSchema } from '#shared/lib/instant.ts';
import { parcelKeyIdSchema, parcelSchema } from './parcel.ts';
import { grantSchema, publicKeyChars } from './signing.ts';

export const maxParcels = 50;
export const maxParcelsBytes = 1024 * 1024;

/** The key new parcels are sealed to. Ask for another after `until`; what was sealed to an earlier one is still opened. */
export const parcelKeySchema = z.object({
  id: parcelKeyIdSchema,
  publicKey: z.string().length(publicKeyChars),
  until: instantSchema,
});
export type ParcelKey = z.infer<typeof parcelKeySchema>;
/** `GET /api/parcels/key` */
export const parcelKeyAnswerSchema = z.object({ key: parcelKeySchema, asOf: instantSchema });

/** Answer to `POST /api/signing-keys`. */
export const signingKeyAnswerSchema = z.object({
  grant: grantSchema,
  key: parcelKeySchema,
  asOf: instantSchema,
});
export type SigningKeyAnswer = z.infer<typeof signingKeyAnswerSchema>;

export const carriedParcelSchema = z.strictObject({
  parcel: parcelSchema,
  /**
   * What the clock of the tablet the parcel was made on shows at this moment, as far as the carrier can tell; null: it cannot, or that clock jumped.
   * On that tablet its own clock; elsewhere what it showed at the hand-over, and the time since.
   */
  authorClockAt: instantSchema.nullable(),
});
export type CarriedParcel = z.infer<typeof carriedParcelSchema>;

/** `POST /api/parcels`: parcels are judged one by one, so that a damaged one does not spoil the others. */
export const parcelsRequestSchema = z.strictObject({
  parcels: z.array(z.unknown()).min(1).max(maxParcels),
});

/**
 * What becomes of a parcel, and no more: a carrier learns nothing of what it carries. `waiting`: keep it and bring it again. All others are final
 * here; the author's own tablet is told the rest in its own session.
 */
export const parcelVerdictSchema = z.enum([
  'taken',
  'duplicate',
  'waiting',
  'refused',
  'quarantined',
  'unreadable',
]);
export type ParcelVerdict = z.infer<typeof parcelVerdictSchema>;

/** One verdict per parcel, in the order sent, and the key for new ones. */
export const parcelsAnswerSchema = z.object({
  verdicts: z.array(parcelVerdictSchema),
  key: parcelKeySchema,
  asOf: instantSchema,
});
export type ParcelsAnswer = z.infer<typeof parcelsAnswerSchema>;
