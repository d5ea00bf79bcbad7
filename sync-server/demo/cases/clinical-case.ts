import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { ClinicalCode } from '../departments.ts';

/** text, dose, duration; empty where none applies. */
export type Advice = readonly [text: string, dose?: string, duration?: string];

/** A reason to ask a department. Numbers stand as ranges, `{8-14}`, so that no two requests read alike. */
export interface ClinicalCase {
  readonly to: ClinicalCode;
  readonly from: readonly ClinicalCode[];
  readonly urgency: Urgency;
  readonly question: string;
  readonly reason: string;
  readonly history: string;
  readonly medication: string;
  readonly results: string;
  /** Absent: either. */
  readonly sex?: 'female' | 'male';
  /** How ill the vital signs look. */
  readonly condition: 'stable' | 'unwell' | 'critical';
  readonly findings: string;
  readonly advice: readonly Advice[];
  /** What the receiving doctor may ask first, and the answer. */
  readonly ask?: readonly [question: string, answer: string];
  /** Days between visits where the patient is followed up. */
  readonly everyDays?: number;
}
