import type { Urgency } from '#shared/consult/vocabulary.ts';
import { m } from '$lib/paraglide/messages.js';
import type { ActField } from './act-form.ts';
import { number } from './typed.ts';

/** Minutes until the receiver says they come. */
export const promiseChoices = [0, 15, 30, 60] as const;
export const promiseWord = (minutes: number): string =>
  minutes === 0 ? m.consult_promise_now() : m.common_minutes({ minutes });

/** How loud a choice stands. An hour is no answer to an emergency: it can be said, and is not held out. */
export function promiseKind(urgency: Urgency, minutes: number): 'primary' | 'plain' | 'quiet' {
  if (urgency !== 'emergency' || minutes <= 15) return 'primary';
  return minutes < 60 ? 'plain' : 'quiet';
}

export const promiseFields = (): readonly ActField[] => [
  {
    kind: 'choice',
    name: 'minutes',
    label: m.consult_promise_when(),
    missing: m.consult_promise_missing(),
    options: [
      ...promiseChoices.map((minutes) => ({ value: String(minutes), label: promiseWord(minutes) })),
      { value: 'other', label: m.consult_promise_other() },
    ],
  },
  {
    kind: 'number',
    name: 'other',
    label: m.consult_promise_minutes(),
    missing: m.consult_promise_missing(),
    min: 0,
    max: 1440,
    unit: 'min',
    when: (values) => values['minutes'] === 'other',
  },
];
/** Minutes; null: nothing sensible was typed. */
export const promised = (values: Readonly<Record<string, string>>): number | null =>
  values['minutes'] === 'other' ? number(values, 'other', 1440) : number(values, 'minutes', 1440);
