import { z } from 'zod';
import { canonicalJson } from '#shared/event/canonical.ts';
import { personIdSchema } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';

/** Who changed a record last; shown to the one whose edit met it. */
export const lastChangeSchema = z.object({ by: personIdSchema, at: instantSchema });

/** What an edit said that lost against another; fields that are equal to what stands are left out. */
export const lostEditOf = <Shape extends z.ZodRawShape>(fields: z.ZodObject<Shape>) =>
  z.object({ fields: z.object(fields.shape).partial(), change: lastChangeSchema.nullable() });

/**
 * An edit of some fields of a record: what the form showed and what it shall be, for exactly the fields the person changed. What a form does not
 * name stays as it is, whatever else was written meanwhile (ADM-2). A field that was not there yet has no place in `was`.
 */
export const editSchemaOf = <Shape extends z.ZodRawShape>(fields: z.ZodObject<Shape>) => {
  const some = z.strictObject(fields.shape).partial();
  return z
    .strictObject({ was: some, becomes: some })
    .refine(
      ({ was, becomes }) =>
        Object.keys(becomes).length > 0 && Object.keys(was).every((name) => Object.hasOwn(becomes, name)),
      'names other fields in `was` than in `becomes`',
    );
};

/** Some of the fields; one that is `undefined` is not named. */
export type Some<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | undefined };

export interface Edit<Fields> {
  readonly was: Some<Fields>;
  readonly becomes: Some<Fields>;
}

export type EditError<Fields> = {
  /** Somebody changed these since the form was filled; nothing was written. */
  readonly type: 'changed-meanwhile';
  readonly fields: readonly (keyof Fields & string)[];
};

export const isSame = (a: unknown, b: unknown): boolean =>
  canonicalJson(a ?? null) === canonicalJson(b ?? null);

/** The fields with others in their place, whatever stood there. */
export const fieldsWith = <Fields extends Record<string, unknown>>(
  held: Fields,
  becomes: Some<Fields>,
): Fields => ({ ...held, ...becomes });

/** The fields with the edit applied. A field that already is what it shall become is no conflict. */
export function applyEdit<Fields extends Record<string, unknown>>(
  held: Fields,
  { was, becomes }: Edit<Fields>,
): Result<Fields, EditError<Fields>> {
  const names = Object.keys(becomes) as (keyof Fields & string)[];
  const met = names.filter((name) => !isSame(held[name], was[name]) && !isSame(held[name], becomes[name]));
  return met.length > 0 ? err({ type: 'changed-meanwhile', fields: met }) : ok(fieldsWith(held, becomes));
}

/** What a form sends: only the fields that differ from what it was filled with; null when none does. */
export function editOf<Fields extends Record<string, unknown>>(
  shown: Fields,
  wanted: Fields,
): Edit<Fields> | null {
  const names = (Object.keys(wanted) as (keyof Fields & string)[]).filter(
    (name) => !isSame(shown[name], wanted[name]),
  );
  if (names.length === 0) return null;
  const pick = (from: Fields): Partial<Fields> =>
    Object.fromEntries(names.map((name) => [name, from[name]])) as Partial<Fields>;
  return { was: pick(shown), becomes: pick(wanted) };
}
