import type { Logger } from 'pino';
import type { Sync } from '#server/sync/sync.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { ConsultId, EventId, PatientId } from '#shared/lib/id.ts';
import type { Patient } from '#shared/patient/patient.ts';
import { mergeStateOf, relinkOf, type MergeState } from '#shared/patient/relink.ts';

export interface Relinks {
  /** A patient as it is now. */
  take(patient: Patient): void;
  considerConsult(consult: Consult): void;
  /** Every record that is stored was handed to `take`; before that a chain of merges may be known in part, and nothing is moved. */
  ready(): void;
  idle(): Promise<void>;
}

/**
 * Consults follow their patient when two records are joined, and go back when that is undone. The event's id is made of the merge, so that any number
 * of gateways write it once; where a consult belongs is found from the patient it was asked for, never from where it is.
 */
export function createRelinks(deps: {
  logger: Logger;
  index: Sync['index'];
  append: Sync['appendSystemEvents'];
}): Relinks {
  const { logger, index, append } = deps;
  /** Only records that were ever merged: few among hundreds of thousands. */
  const merges = new Map<PatientId, MergeState>();
  let isReady = false;
  const working = new Set<Promise<void>>();

  const mergedInto = (patient: PatientId): PatientId | null => merges.get(patient)?.mergedInto ?? null;

  function run(what: string, work: () => Promise<void>): void {
    const made: Promise<void> = work()
      .catch((cause: unknown) => {
        logger.error({ err: cause, document: what }, 'consults could not follow their patient');
      })
      .finally(() => working.delete(made));
    working.add(made);
  }

  async function relink(consult: ConsultId, cause: EventId): Promise<void> {
    await append({ kind: 'consult', id: consult }, (now) => {
      const record = relinkOf(now, mergedInto);
      if (record === null) return [];
      const id = `${cause}:patient-relinked` as EventId;
      return [{ id, type: 'patient-relinked', body: { patient: record } }];
    });
  }

  /** All records whose merges lead through this one, and where they lead to. */
  function connected(patient: PatientId): Set<PatientId> {
    const found = new Set<PatientId>([patient]);
    for (let before = 0; before < found.size;) {
      before = found.size;
      for (const [id, state] of merges) {
        if (state.mergedInto !== null && (found.has(id) || found.has(state.mergedInto)))
          found.add(id).add(state.mergedInto);
      }
    }
    return found;
  }

  async function follow(patient: PatientId, before: PatientId | null, cause: EventId): Promise<void> {
    const records = connected(patient);
    if (before !== null) for (const record of connected(before)) records.add(record);
    const consults = [...records].flatMap((record) =>
      index()
        .consults.ofPatient(record)
        .map(({ id }) => id),
    );
    for (const consult of consults) await relink(consult as ConsultId, cause);
  }

  return {
    take(patient) {
      const held = merges.get(patient.id);
      const now = mergeStateOf(patient);
      if (now.lastMergeEvent === null || held?.lastMergeEvent === now.lastMergeEvent) return;
      merges.set(patient.id, now);
      if (!isReady) return;
      const { lastMergeEvent } = now;
      run(patient.id, () => follow(patient.id, held?.mergedInto ?? null, lastMergeEvent));
    },
    considerConsult(consult) {
      const cause = merges.get(consult.content.patient)?.lastMergeEvent ?? null;
      if (!isReady || cause === null || relinkOf(consult, mergedInto) === null) return;
      run(consult.id, () => relink(consult.id, cause));
    },
    ready() {
      isReady = true;
      for (const [patient, { lastMergeEvent }] of merges)
        if (lastMergeEvent !== null) run(patient, () => follow(patient, null, lastMergeEvent));
    },
    async idle() {
      while (working.size > 0) await Promise.all(working);
    },
  };
}
