import type { Alert } from '#shared/alert/alert.ts';
import type { Consult, TimelineEntry } from '#shared/consult/consult.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Times } from '$lib/time/times.ts';

/** One line of the story, ready to be drawn. */
export interface StoryLine {
  readonly key: string;
  /** When it became known here: the server's stamp, else the tablet's clock. */
  readonly at: Instant;
  /** A plain sentence. */
  readonly words: string;
  /** What a person wrote, kept as written. */
  readonly text: string | null;
  /** Quieter than what people do: the system's own hand, alerts, openings. */
  readonly quiet: boolean;
  /** Why it changed nothing, what its writer could not know, how late it came. */
  readonly remarks: readonly string[];
  readonly entry: TimelineEntry | null;
  readonly inError: boolean;
}

export interface StorySources {
  readonly consult: Consult;
  readonly alerts: readonly Alert[];
  readonly nameOf: (person: string) => string;
  readonly departmentName: (department: DepartmentId) => string;
  readonly times: Times;
}

/** When it became known: the server's stamp, else the tablet's clock. */
export const atOf = (event: HeldEvent): Instant => event.receivedAt ?? event.occurredAt;
