import { m } from '$lib/paraglide/messages.js';
import type { ActContext, ActField } from './act-form.ts';
import { number, text } from './typed.ts';

/** The fields of "what next", used after an answer and after a visit. */
export const followUpFields = (): readonly ActField[] => [
  {
    kind: 'choice',
    name: 'followUp',
    label: m.consult_follow_up(),
    missing: m.consult_follow_up_missing(),
    options: [
      { value: 'none', label: m.consult_follow_up_none() },
      { value: 'regular', label: m.consult_follow_up_regular() },
      { value: 'conditional', label: m.consult_follow_up_conditional() },
    ],
  },
  {
    kind: 'number',
    name: 'everyDays',
    label: m.consult_follow_up_days(),
    missing: m.consult_follow_up_days_missing(),
    min: 1,
    max: 365,
    unit: m.consult_unit_days(),
    when: (values) => values['followUp'] === 'regular',
  },
  {
    kind: 'line',
    name: 'followUpWhen',
    label: m.consult_follow_up_when(),
    missing: m.consult_follow_up_when_missing(),
    max: 500,
    when: (values) => values['followUp'] === 'conditional',
  },
  {
    kind: 'date-time',
    name: 'followUpDue',
    label: m.consult_follow_up_due(),
    optional: true,
    when: (values) => values['followUp'] === 'conditional',
  },
];

export function followUpOf(values: Readonly<Record<string, string>>, { toInstant }: ActContext): unknown {
  switch (values['followUp']) {
    case 'regular':
      return { kind: 'regular', everyDays: number(values, 'everyDays', 365) };
    case 'conditional':
      return {
        kind: 'conditional',
        when: text(values, 'followUpWhen'),
        dueAt: text(values, 'followUpDue') === '' ? null : toInstant(text(values, 'followUpDue')),
      };
    default:
      return { kind: values['followUp'] };
  }
}
