import type { ChangeAct } from '#server/audit/pending.ts';
import { withPendingAudit } from '#server/audit/pending.ts';
import type { Actor } from '#server/http/context.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import { lostEditsField } from '#server/store/merge/directory.ts';
import type { Database } from '#server/store/port.ts';
import { directoryDocumentSchema, type DirectoryDocument } from '#shared/directory/directory.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { DirectoryCache } from './directory-cache.ts';

/** Where a directory document keeps who changed it last. Never part of what a tablet is sent. */
export const lastChangeKey = 'lastChange';

export interface DirectoryChange<D extends DirectoryDocument> {
  readonly document: D;
  readonly act: ChangeAct;
  /** Somebody has looked at the edits that lost: they go with this write. */
  readonly dropsLostEdits?: boolean;
}

/** The only way the directory is changed: with an actor, and with the audit's entry in the same write. */
export interface DirectoryWriter {
  /**
   * Reads one document, decides, writes; again when another write came in between, so `change` may be called several times. `held` null: not there.
   * Nothing is written on a failure. Resolves when this gateway's directory has what was written.
   */
  change<D extends DirectoryDocument, E>(
    actor: Actor,
    id: string,
    change: (held: D | null) => Result<DirectoryChange<D>, E>,
  ): Promise<Result<D, E>>;
}

export function createDirectoryWriter(deps: {
  database: Database;
  directory: Pick<DirectoryCache, 'caughtUp'>;
}): DirectoryWriter {
  const { database, directory } = deps;
  return {
    async change<D extends DirectoryDocument, E>(
      actor: Actor,
      id: string,
      change: (held: D | null) => Result<DirectoryChange<D>, E>,
    ): Promise<Result<D, E>> {
      const last: { decided: Result<D, E> | null } = { decided: null };
      await changeDocument(database, id, (stored) => {
        const held = stored === null ? null : (directoryDocumentSchema.parse(stored.body) as D);
        const next = change(held);
        if (!next.ok) {
          last.decided = err(next.error);
          return null;
        }
        const { document, act, dropsLostEdits } = next.value;
        last.decided = ok(document);
        const { [lostEditsField]: lost, ...kept } = stored?.body ?? {};
        // What a newer version keeps in the document stays in it.
        const body = {
          ...kept,
          ...(lost === undefined || dropsLostEdits === true ? {} : { [lostEditsField]: lost }),
          ...document,
          [lastChangeKey]: { by: actor.person, at: actor.at },
        };
        return withPendingAudit(body, actor, act, stored?.body ?? null);
      });
      const { decided } = last;
      if (decided === null) throw new Error('a change was never decided');
      await directory.caughtUp();
      return decided;
    },
  };
}
