import type { Consult } from '#shared/consult/consult.ts';
import { isOpen } from '#shared/consult/vocabulary.ts';

export interface Moment {
  /** A field has the focus. */
  readonly writing: boolean;
  /** Of the page on screen. */
  readonly path: string;
  readonly openConsults: readonly Pick<Consult, 'id' | 'urgency' | 'status'>[];
}

/**
 * Whether the app may begin anew now: nobody types, and no emergency or urgent consult is on screen. What is half written or unsent is in the
 * storage, and is there afterwards.
 */
export function isUpdateMoment({ writing, path, openConsults }: Moment): boolean {
  if (writing) return false;
  const onScreen = /^\/consult\/([^/]+)/.exec(path)?.[1];
  return !openConsults.some(
    ({ id, urgency, status }) => id === onScreen && urgency !== 'routine' && isOpen(status),
  );
}
