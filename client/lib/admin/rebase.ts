import { isSame } from '#shared/administration/edit.ts';

/** What a form holds: what it was filled with, and what is written in it now. */
export interface Filled<F> {
  readonly shown: F;
  readonly fields: F;
}

export interface Rebased<F> extends Filled<F> {
  /** Changed here and, differently, by somebody else: the person has to choose. */
  readonly met: readonly (keyof F & string)[];
}

/**
 * A half-filled form over the record as somebody else has left it (ADM-2). What was not touched here becomes theirs; what was touched here stays mine,
 * and is `met` where theirs is neither what the form was filled with nor the same as mine.
 */
export function rebase<F extends Record<string, unknown>>(
  { shown, fields }: Filled<F>,
  theirs: F,
): Rebased<F> {
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(fields)])] as (keyof F & string)[];
  const mine = names.filter((name) => !isSame(fields[name], shown[name]));
  return {
    shown: theirs,
    fields: { ...theirs, ...Object.fromEntries(mine.map((name) => [name, fields[name]])) },
    met: mine.filter((name) => !isSame(theirs[name], shown[name]) && !isSame(theirs[name], fields[name])),
  };
}
