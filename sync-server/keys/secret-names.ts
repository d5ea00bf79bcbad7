/**
 * The server's secrets, by the variable that may bring them: session tokens, seals of events, web push, rescue parcels.
 * Each is 32 bytes as base64url.
 */
export const secretNames = ['SESSION_KEY', 'SEAL_KEY', 'PARCEL_KEY', 'VAPID_PRIVATE_KEY'] as const;
export type SecretName = (typeof secretNames)[number];

export type SecretTexts = Readonly<Partial<Record<SecretName, string>>>;

/** `SEAL_KEY` lies in `seal-key`. */
export const secretFileName = (name: SecretName): string => name.toLowerCase().replaceAll('_', '-');
