import { z } from 'zod';
import { deviceIdSchema, personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { parcelSchema } from '#shared/parcel/parcel.ts';
import { parcelKeySchema, parcelVerdictSchema } from '#shared/parcel/protocol.ts';
import { grantSchema } from '#shared/parcel/signing.ts';

/** Where a parcel came from, and what the clocks said: its event's age is counted on the clock it was written by. */
const originSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('written'),
    /** Server clock minus device clock as known then; null: never measured. */
    offsetMs: z.number().nullable(),
    /** Names the data key its author's records lay under. */
    under: z.string(),
  }),
  z.object({
    type: z.literal('carried'),
    /** The other tablet's clock when it showed the code, and ours when we read it. */
    shownAt: instantSchema,
    takenAt: instantSchema,
    offsetMs: z.number().nullable(),
  }),
]);
export type Origin = z.infer<typeof originSchema>;

/**
 * One parcel of the device outbox. Records of this form are never rewritten by a later build; what another build wrote in another form
 * (another `v`) is left as it is.
 */
export const keptParcelSchema = z.object({
  v: z.literal(1),
  /** The event's. */
  id: z.string(),
  /** null: taken on from another tablet; whose it is, is sealed. */
  person: personIdSchema.nullable(),
  /**
   * `held`: its event is not in its author's outbox yet. `ready`: to be sent. `alone`: its author's outbox does not have its event (any more), so
   * their own session will not bring it. `gone`: the server has said its last word; kept until its author's
   * own session has seen it, or (carried) so that the same code is not taken on twice.
   */
  state: z.enum(['held', 'ready', 'alone', 'gone']),
  /** This tablet's clock when it came to be so. */
  at: instantSchema,
  /** null once it is gone. */
  parcel: parcelSchema.nullable(),
  origin: originSchema,
  verdict: parcelVerdictSchema.nullable(),
});
export type KeptParcel = z.infer<typeof keptParcelSchema>;

/** A person's signing key on this tablet: the private half under a key that only their PIN or password opens. */
export const keptSigningKeySchema = z.object({
  v: z.literal(1),
  person: personIdSchema,
  device: deviceIdSchema,
  publicKey: z.string(),
  /** Which data key it is wrapped under. */
  wrappedUnder: z.string(),
  nonce: z.string(),
  wrapped: z.string(),
  /** null: the server has not answered yet; then nothing is signed. */
  grant: grantSchema.nullable(),
  /** Another key came before it, whose work is not to be believed any more. */
  endsEarlier: z.boolean(),
});
export type KeptSigningKey = z.infer<typeof keptSigningKeySchema>;

export const keptServerKeySchema = z.object({
  v: z.literal(1),
  id: z.literal('server'),
  key: parcelKeySchema,
});

/** How much of whom waits here to be sent; `carried`: taken on from other tablets. */
export interface WaitingParcels {
  readonly byPerson: ReadonlyMap<PersonId, readonly string[]>;
  readonly carried: number;
}
