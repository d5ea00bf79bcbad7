import type { AuthoredConsultType } from '#shared/consult/events.ts';
import type { EventId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';

/** One line of advice as typed. */
export interface RecommendationFields {
  readonly id: string;
  text: string;
  dose: string;
  duration: string;
  /** YYYY-MM-DD or empty. */
  stopOn: string;
}

/** What is typed into the form of an act; text until it is saved. */
export interface ActFields {
  values: Record<string, string>;
  recommendations: RecommendationFields[];
}

interface Common {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly optional?: boolean;
  /** Words for a required field left empty. */
  readonly missing?: string;
  /** Drawn only while this holds. */
  readonly when?: (values: Readonly<Record<string, string>>) => boolean;
}
/** One field of a form, as the form draws it. */
export type ActField =
  | (Common & { readonly kind: 'text'; readonly max: number; readonly rows?: number })
  | (Common & { readonly kind: 'line'; readonly max: number })
  | (Common & { readonly kind: 'number'; readonly min: number; readonly max: number; readonly unit: string })
  | (Common & {
      readonly kind: 'choice';
      readonly options: readonly { readonly value: string; readonly label: string }[];
    })
  | (Common & { readonly kind: 'person' | 'department' | 'date-time' | 'recommendations' });

export interface ActForm {
  readonly title: string;
  readonly about?: string;
  readonly save: string;
  readonly danger?: boolean;
  readonly fields: readonly ActField[];
  readonly initial?: Readonly<Record<string, string>>;
  /** What is written, or nonsense that the schema then refuses. */
  readonly body: (fields: ActFields) => unknown;
}

/** Acts that say nothing but that they happened; one tap writes them. */
export const plainActs = ['seen', 'closed', 'hand-over-confirmed'] as const;
export type PlainAct = (typeof plainActs)[number];
export const isPlain = (act: AuthoredConsultType): act is PlainAct =>
  (plainActs as readonly string[]).includes(act);

/** Acts that a form writes. Attachments and marks have places of their own. */
export type FormAct = Exclude<
  AuthoredConsultType,
  PlainAct | 'submitted' | 'opened' | 'attachment-added' | 'recommendation-marked'
>;

export interface ActContext {
  /** The person's own department, for acts that name it. */
  readonly ownDepartment: string | null;
  /** The entry that a correction points at. */
  readonly of: EventId | null;
  /** Turns what a date-time field holds (the device's local time) into an instant. */
  readonly toInstant: (local: string) => Instant | null;
  /** Who is most likely at the other end of the line. */
  readonly whom: string;
}

/** Makes a form anew each time, so that its words are in the language of the moment. */
export type MakeForm = (context: ActContext) => ActForm;
