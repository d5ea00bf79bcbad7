import type { Logger } from 'pino';
import type { Actor } from '#server/http/context.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { DocumentKind, StampedEvent } from '#shared/event/envelope.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import type { Patient } from '#shared/patient/patient.ts';
import type { WorkingDocument } from './document-writer.ts';

/** Something was accepted and is proven to be stored. Projections are made when first asked for. */
export type Accepted = {
  readonly id: string;
  /** The accepted event first, then what the server added in the same write. */
  readonly events: readonly StampedEvent[];
  /** null: the server's own act. */
  readonly actor: Pick<Actor, 'person' | 'device'> | null;
} & (
  | { readonly kind: 'consult'; before(): Consult | null; after(): Consult | null }
  | { readonly kind: 'patient'; before(): Patient | null; after(): Patient | null }
);

export interface Announcer {
  onAccepted(listener: (accepted: Accepted) => void): () => void;
  /**
   * Keeps the document as it is now, before later jobs add to it, with its events from index `first` on as what is new. Returns what tells the
   * listeners, to be called once that is proven to be stored.
   */
  prepare(kind: DocumentKind, document: WorkingDocument, first: number, actor: Accepted['actor']): () => void;
}

const once = <T>(make: () => T): (() => T) => {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
};

export function createAnnouncer(logger: Logger): Announcer {
  const listeners = new Set<(accepted: Accepted) => void>();

  function tell(accepted: Accepted): void {
    for (const listener of listeners) {
      try {
        listener(accepted);
      } catch (cause) {
        logger.error({ err: cause, document: accepted.id }, 'a listener failed after an event was accepted');
      }
    }
  }

  return {
    onAccepted(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    prepare(kind, document, first, actor) {
      if (listeners.size === 0) return () => undefined;
      const before = document.events.slice(0, first);
      const after = [...document.events];
      const shared = { id: document.id, events: after.slice(first) as StampedEvent[], actor };
      return kind === 'consult'
        ? () =>
            tell({
              ...shared,
              kind,
              before: once(() => projectConsult(before)),
              after: once(() => projectConsult(after)),
            })
        : () =>
            tell({
              ...shared,
              kind,
              before: once(() => projectPatient(before)),
              after: once(() => projectPatient(after)),
            });
    },
  };
}
