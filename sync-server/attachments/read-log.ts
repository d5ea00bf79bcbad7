import type { Actor } from '#server/http/context.ts';
import type { SealedId } from '#shared/attachment/sealed-id.ts';
import { msBetween, type Instant } from '#shared/lib/instant.ts';

/** A file is fetched chunk by chunk and is one reading. */
export interface ReadLog {
  /** False where this session was noted as reading this file in the last minutes. */
  isNew(actor: Actor, of: Pick<SealedId, 'consult' | 'file'>): boolean;
  /** Only once the record of it is stored. */
  note(actor: Actor, of: Pick<SealedId, 'consult' | 'file'>): void;
}

const oneReadingMs = 5 * 60_000;
const maxKeys = 20_000;

export function createReadLog(): ReadLog {
  const since = new Map<string, Instant>();
  const keyOf = (actor: Actor, { consult, file }: Pick<SealedId, 'consult' | 'file'>): string =>
    `${actor.session} ${consult} ${file}`;
  return {
    isNew(actor, of) {
      const before = since.get(keyOf(actor, of));
      return before === undefined || msBetween(before, actor.at) >= oneReadingMs;
    },
    note(actor, of) {
      const key = keyOf(actor, of);
      since.delete(key);
      if (since.size >= maxKeys) for (const oldest of since.keys()) if (since.delete(oldest)) break;
      since.set(key, actor.at);
    },
  };
}
