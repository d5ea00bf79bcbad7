import { sealParcel } from '$lib/parcels/seal.ts';
import { makeSigningKey, proofOf, signEvent, type SigningKey } from '$lib/parcels/signing.ts';
import type { AuthoredEnvelope } from '#shared/event/envelope.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Parcel } from '#shared/parcel/parcel.ts';
import {
  parcelsAnswerSchema,
  signingKeyAnswerSchema,
  type CarriedParcel,
  type ParcelVerdict,
  type SigningKeyAnswer,
} from '#shared/parcel/protocol.ts';
import type { Grant } from '#shared/parcel/signing.ts';
import type { TestTablet } from '#tests/http/sync/gateway.ts';
import type { TestServer } from '#tests/server.ts';

/** What a signing tablet does beside the protocol: with the very code of the app. */
export class SigningTablet {
  readonly tablet: TestTablet;
  readonly key: SigningKey;
  answer: SigningKeyAnswer | null = null;

  constructor(tablet: TestTablet, key: SigningKey) {
    this.tablet = tablet;
    this.key = key;
  }

  static async with(tablet: TestTablet): Promise<SigningTablet> {
    return new SigningTablet(tablet, await makeSigningKey());
  }

  get grant(): Grant | null {
    return this.answer?.grant ?? null;
  }

  async tryRegister(
    over: { proof?: string; endsEarlier?: boolean; publicKey?: string } = {},
  ): Promise<Response> {
    const { session } = this.tablet;
    const proof = await proofOf(this.key, session);
    const body = { publicKey: this.key.publicKey, proof, endsEarlier: false, ...over };
    return session.post('/api/signing-keys', body);
  }

  async register(over: { endsEarlier?: boolean } = {}): Promise<this> {
    const response = await this.tryRegister(over);
    if (response.status !== 200) throw new Error(`signing key refused: ${String(response.status)}`);
    this.answer = signingKeyAnswerSchema.parse(await response.json());
    return this;
  }

  sign(event: AuthoredEnvelope): Promise<AuthoredEnvelope> {
    return signEvent(this.key, event);
  }

  async parcel(event: AuthoredEnvelope, grant: Grant | null = this.grant): Promise<Parcel> {
    if (this.answer === null) throw new Error('not registered: no key to seal to');
    return sealParcel({ v: 1, event, grant }, this.answer.key);
  }
}

export const tryCarry = (server: TestServer, parcels: readonly unknown[]): Promise<Response> =>
  Promise.resolve(
    server.app.request('/api/parcels', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.parts.publicOrigin },
      body: JSON.stringify({ parcels }),
    }),
  );

/** Brings parcels without a session, as anybody may. */
export async function carry(
  server: TestServer,
  parcels: readonly Parcel[],
  authorClockAt: Instant | null = server.clock.now(),
): Promise<readonly ParcelVerdict[]> {
  const response = await tryCarry(
    server,
    parcels.map((parcel): CarriedParcel => ({ parcel, authorClockAt })),
  );
  if (response.status !== 200) throw new Error(`parcels: ${String(response.status)}`);
  return parcelsAnswerSchema.parse(await response.json()).verdicts;
}
