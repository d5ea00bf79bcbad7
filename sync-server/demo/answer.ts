import type { ConsultBody, FollowUp } from '#shared/consult/events.ts';
import type { ClinicalCase } from './cases/clinical-case.ts';
import { fillText } from './fill-text.ts';
import type { Random } from './random.ts';

/** The answer the receiving doctor sends. `followUp` is asked for only when the case has visits. */
export function answerOf(given: ClinicalCase, followUp: boolean, random: Random): ConsultBody<'completed'> {
  const plan: FollowUp =
    followUp && given.everyDays !== undefined
      ? { kind: 'regular', everyDays: given.everyDays }
      : { kind: 'none' };
  return {
    answers: random.chance(0.08)
      ? {
          kind: 'changed-question',
          because: 'What was asked had settled by the time I came; this is what the patient needs now.',
        }
      : { kind: 'question' },
    findings: fillText(given.findings, random),
    recommendations: given.advice.map(([text, dose = '', duration = ''], at) => ({
      id: `r${at + 1}`,
      text: fillText(text, random),
      dose,
      duration,
      stopOn: null,
    })),
    followUp: plan,
  };
}

export const progressNotes: readonly string[] = [
  'Reviewed on the evening round: comfortable, observations stable.',
  'Discussed with the family at the bedside, questions answered.',
  'Bloods repeated, results to be chased by the night team.',
  'Imaging done, report awaited; I will look at it myself.',
  'Pain better after the second dose, walks to the bathroom.',
  'Seen again at the nurse’s request: no change, plan stands.',
  'Intake and output chart up to date, positive balance 400 mL.',
  'Line site clean, dressing changed today.',
];

export const messages: readonly string[] = [
  'On my way, please have the chart at the bed.',
  'ECG from this morning is in the folder.',
  'Patient is in radiology until about half past.',
  'Blood is at the bedside now.',
  'Thank you, we will start with that today.',
  'Bed has changed, the new place is on the banner.',
];

export const followUpFindings: readonly string[] = [
  'Better than at the last visit: fever gone, eats half portions. Plan unchanged.',
  'Creatinine and counts moving the right way. Continue as advised.',
  'Wound clean, drain out. Mobilises with help.',
  'No new complaint, drug chart checked, one dose reduced.',
];

export const phrases = {
  cancelled: [
    'Patient transferred to another hospital.',
    'Settled by itself, no longer needed.',
    'Asked twice by mistake.',
    'Family took the patient home against advice.',
  ],
  redirected: [
    'This is for the other team: the problem is theirs, not ours.',
    'Needs a procedure we do not do.',
    'Discussed by phone, the other department agrees to see.',
  ],
  declined: ['Can be answered without a visit.', 'Already under our clinic with a plan from last week.'],
  advice: [
    'Repeat the test in three hours and call if it rises.',
    'Continue the present treatment; clinic in two weeks.',
    'Send the sample first, then ask again with the result.',
  ],
  reopened: [
    'Symptoms came back within the hour.',
    'The advised drug is not available; please suggest another.',
  ],
} as const;
