import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { isStamped, type DocumentKind, type HeldEvent, type StampedEvent } from '#shared/event/envelope.ts';
import type { EventId } from '#shared/lib/id.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import type { Patient } from '#shared/patient/patient.ts';
import type { Announcer } from './accepted.ts';
import type { DocumentWriter } from './document-writer.ts';
import { systemEvent } from './system-events.ts';

/** A fact for the server to append; stamps, lamport and base are given at the write. */
export interface SystemFact {
  readonly id: EventId;
  readonly type: string;
  readonly body: HeldEvent['body'];
}

/**
 * Appends facts of the server itself to a document as it is at the write; `build` may run more than once. A fact whose id is there
 * already is not made twice. Never refused, also not for size: an escalation must get into a full consult. Resolves with all facts named,
 * once they are stored; [] when the document cannot be read or is not there.
 */
export interface AppendSystemEvents {
  (
    document: { readonly kind: 'consult'; readonly id: string },
    build: (consult: Consult) => readonly SystemFact[],
  ): Promise<readonly StampedEvent[]>;
  (
    document: { readonly kind: 'patient'; readonly id: string },
    build: (patient: Patient) => readonly SystemFact[],
  ): Promise<readonly StampedEvent[]>;
}

export function createAppendSystemEvents(deps: {
  writerOf: (kind: DocumentKind) => DocumentWriter;
  clock: Clock;
  announcer: Announcer;
}): AppendSystemEvents {
  const { writerOf, clock, announcer } = deps;
  return (
    { kind, id }: { kind: DocumentKind; id: string },
    build: ((consult: Consult) => readonly SystemFact[]) | ((patient: Patient) => readonly SystemFact[]),
  ) => {
    const receivedAt = clock.now();
    return writerOf(kind).submit<readonly StampedEvent[]>({
      documentId: id,
      rejected() {
        throw new Error('the store refused a fact of the server');
      },
      run(document) {
        const now = kind === 'consult' ? projectConsult(document.events) : projectPatient(document.events);
        if (now === null) return { done: () => [] };
        const facts = (build as (now: Consult | Patient) => readonly SystemFact[])(now);
        const first = document.events.length;
        const named = facts.flatMap((fact) => {
          const held = document.find(fact.id);
          if (held !== undefined) return isStamped(held) ? [held] : [];
          const at = { ...fact, base: document.lastN, occurredAt: receivedAt };
          return [document.add({ event: systemEvent(document, at, fact.body), via: 'system', receivedAt })];
        });
        if (document.events.length === first) return { done: () => named };
        const announce = announcer.prepare(kind, document, first, null);
        return {
          done() {
            announce();
            return named;
          },
        };
      },
    });
  };
}
