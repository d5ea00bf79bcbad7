import { m } from '$lib/paraglide/messages.js';
import type { ActField, ActForm } from './act-form.ts';
import { text } from './typed.ts';

export const reasonField = (hint?: string): ActField => ({
  kind: 'text',
  name: 'reason',
  label: m.consult_field_reason(),
  missing: m.consult_field_reason_missing(),
  max: 1000,
  rows: 2,
  ...(hint === undefined ? {} : { hint }),
});

/** A form that asks for a reason alone. */
export const withReason = (title: string, save: string, about?: string): ActForm => ({
  title,
  save,
  danger: true,
  ...(about === undefined ? {} : { about }),
  fields: [reasonField()],
  body: ({ values }) => ({ reason: text(values, 'reason') }),
});

/** A form of one field of words. */
export const withText = (
  title: string,
  save: string,
  label: string,
  missing: string,
  name: string,
  max: number,
): ActForm => ({
  title,
  save,
  fields: [{ kind: 'text', name, label, missing, max }],
  body: ({ values }) => ({ [name]: text(values, name) }),
});
