import type { EventId, PatientId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { PatientContent } from './content.ts';

/** What a patient's record is now: a pure function of its events. */
export interface Patient {
  readonly id: PatientId;
  readonly content: PatientContent;
  readonly state: 'present' | 'discharged' | 'died' | 'merged';
  /** The discharge or death in force; null: neither, or it was taken back. */
  readonly endedBy: EventId | null;
  readonly mergedInto: PatientId | null;
  /** Other records with the same MRN; a merge is offered. */
  readonly sharesMrnWith: readonly PatientId[];
  /** Places before the present one, oldest first. */
  readonly moves: readonly {
    readonly event: EventId;
    readonly ward: string;
    readonly bed: string;
    readonly at: Instant | null;
  }[];
  readonly timeline: readonly HeldEvent[];
  readonly lastN: number;
  readonly lastLamport: number;
  readonly changedAt: Instant | null;
}
