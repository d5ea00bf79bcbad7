import type { z } from 'zod';
import { passwordSchema, redeemLinkRequestSchema } from '#shared/session/protocol.ts';

const administratorShape = redeemLinkRequestSchema.shape.administrator.unwrap().shape;

/** What the page asks for; the three last and the name are asked of administrators only. */
export interface WelcomeFields {
  readonly password: string;
  readonly name: string;
  readonly email: string;
  readonly hospital: string;
  readonly timeZone: string;
}
export type WelcomeField = keyof WelcomeFields;

const schemas: Readonly<Record<WelcomeField, z.ZodType>> = {
  password: passwordSchema,
  name: administratorShape.name,
  email: administratorShape.email,
  hospital: administratorShape.hospital,
  timeZone: administratorShape.timeZone.min(1),
};
const isField = (name: string): name is WelcomeField => name in schemas;

/** The fields that the server would refuse as they stand; it alone knows whether a password is easy to guess. */
export function wrongFields(
  fields: WelcomeFields,
  asks: 'password' | 'administrator',
): ReadonlySet<WelcomeField> {
  const asked = asks === 'password' ? ['password'] : Object.keys(schemas);
  return new Set(
    asked.filter(isField).filter((name) => {
      const text = fields[name];
      return !schemas[name].safeParse(name === 'password' ? text : text.trim()).success;
    }),
  );
}

/** The request as the server wants it: trimmed but for the password, of which every sign counts. */
export function redeemRequest(
  token: string,
  fields: WelcomeFields,
  asks: 'password' | 'administrator',
): z.infer<typeof redeemLinkRequestSchema> {
  const { password, name, email, hospital, timeZone } = fields;
  return redeemLinkRequestSchema.parse({
    token,
    password,
    ...(asks === 'administrator'
      ? { administrator: { name: name.trim(), email: email.trim(), hospital: hospital.trim(), timeZone } }
      : {}),
  });
}
