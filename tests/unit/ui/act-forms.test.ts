import { describe, expect, test } from 'vitest';
import {
  authoredConsultBodies,
  authoredConsultTypes,
  type AuthoredConsultType,
} from '#shared/consult/events.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import {
  isPlain,
  plainActs,
  type ActContext,
  type ActField,
  type ActFields,
  type FormAct,
} from '$lib/consult/acts/act-form.ts';
import { actWord, formOf } from '$lib/consult/acts/act-forms.ts';
import { promiseChoices, promiseKind, promiseWord } from '$lib/consult/acts/promise.ts';
import { departments, eventId, people } from '#tests/builders.ts';

const context: ActContext = {
  ownDepartment: departments.surgery.id,
  of: eventId('target'),
  toInstant: (local) => instantSchema.safeParse(`${local}:00.000Z`).data ?? null,
  whom: 'Dr Khan',
};
/** Acts with a place of their own on the screen. */
const elsewhere: ReadonlySet<AuthoredConsultType> = new Set([
  ...plainActs,
  'submitted',
  'opened',
  'attachment-added',
  'recommendation-marked',
]);
const formActs = authoredConsultTypes.filter((type): type is FormAct => !elsewhere.has(type));
const write = (
  act: FormAct,
  values: Record<string, string>,
  recommendations: ActFields['recommendations'] = [],
) =>
  authoredConsultBodies[act].safeParse(
    formOf(act, context).body({ values: { ...formOf(act, context).initial, ...values }, recommendations }),
  );
const drawn = (act: FormAct, values: Record<string, string>): string[] =>
  formOf(act, context)
    .fields.filter(({ when }) => when === undefined || when(values))
    .map(({ name }) => name);
const advice = { id: 'r1', text: ' Echo ', dose: '', duration: '', stopOn: '' };

describe('the form of an act', () => {
  test.each<[FormAct, Record<string, string>]>([
    ['resubmitted', { changes: 'ECG repeated.' }],
    ['info-provided', { text: '3.9' }],
    ['urgency-changed', { to: 'emergency', reason: 'Worse.' }],
    ['reopened', { reason: 'Pain again.' }],
    ['cancelled', { reason: 'Transferred.' }],
    ['rang', { outcome: 'Coming.' }],
    ['acknowledged', { minutes: '15' }],
    ['promise-changed', { minutes: 'other', other: '45' }],
    ['assigned', { to: people.cardiologist.id }],
    ['reassigned', { to: people.cardiologist.id }],
    ['unassigned', { reason: 'Theatre.' }],
    ['info-requested', { text: 'Potassium?' }],
    ['redirected', { department: departments.surgery.id, reason: 'Surgical.' }],
    ['declined', { way: 'advice-given', advice: 'Repeat.', reason: 'Not cardiac.' }],
    ['completed', { findings: 'None.' }],
    ['follow-up-recorded', { findings: 'Stable.', followUp: 'none' }],
    ['follow-up-ended', { reason: 'Discharged.' }],
    ['note-added', { text: 'Pain free.' }],
    ['message-posted', { text: 'On my way.' }],
    ['joined', { reason: 'Same question.' }],
    ['corrected', { text: 'Left.' }],
    ['entered-in-error', { reason: 'Wrong patient.' }],
    ['force-closed', { reason: 'Duplicate.' }],
  ])('CON-4 %s filled in is what the server takes', (act, values) => {
    expect(write(act, values).error?.issues ?? []).toEqual([]);
  });

  test('every act that is not one tap and has no other place has a form, a title and a verb to save it', () => {
    for (const act of formActs) {
      const { title, save, fields } = formOf(act, context);
      expect([act, title !== '', save !== '', fields.length > 0]).toEqual([act, true, true, true]);
      expect(actWord(act)).not.toBe('');
    }
  });

  test.each(formActs)('%s left empty is refused, not written', (act) => {
    expect(write(act, {}).success).toBe(false);
  });

  test.each(formActs)('%s: each required field says what is missing', (act) => {
    const silent = formOf(act, context).fields.filter(
      (field: ActField) =>
        field.optional !== true &&
        field.missing === undefined &&
        field.kind !== 'recommendations' &&
        formOf(act, context).initial?.[field.name] === undefined,
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  test.each(plainActs)('%s is one tap', (act) => {
    expect(isPlain(act)).toBe(true);
    expect(authoredConsultBodies[act].safeParse({}).success).toBe(true);
  });
});

describe('a promise', () => {
  test.each([
    [{ minutes: '0' }, 0],
    [{ minutes: '60' }, 60],
    [{ minutes: 'other', other: '90' }, 90],
    [{ minutes: 'other', other: ' 1440 ' }, 1440],
  ])('%j is %i minutes', (values, promiseMinutes) => {
    expect(write('acknowledged', values).data).toEqual({ promiseMinutes, assignSelf: true });
  });

  test.each([
    { minutes: 'other', other: '' },
    { minutes: 'other', other: '1441' },
    { minutes: 'other', other: '1.5' },
  ])('%j is none', (values) => expect(write('acknowledged', values).success).toBe(false));

  test('coming while somebody else has it does not take it from them', () => {
    expect(write('acknowledged', { minutes: '15', assignSelf: 'no' }).data).toMatchObject({
      assignSelf: false,
    });
  });

  test('the quick choices are said as a person would', () => {
    expect(promiseChoices.map(promiseWord)).toEqual(['now', '15 min', '30 min', '60 min']);
  });
});

describe('what is asked only when it matters', () => {
  test.each<[FormAct, Record<string, string>, string, boolean]>([
    ['declined', { way: 'advice-given' }, 'advice', true],
    ['declined', { way: 'agreed-by-phone' }, 'advice', false],
    ['declined', { way: 'agreed-by-phone' }, 'with', true],
    ['declined', { way: 'other-department' }, 'department', true],
    ['completed', { answers: 'question' }, 'because', false],
    ['completed', { answers: 'changed-question' }, 'because', true],
    ['completed', { followUp: 'regular' }, 'everyDays', true],
    ['completed', { followUp: 'conditional' }, 'followUpWhen', true],
    ['completed', { followUp: 'none' }, 'everyDays', false],
    ['acknowledged', { minutes: '15' }, 'other', false],
  ])('%s with %j: %s drawn %s', (act, values, field, isDrawn) => {
    expect(drawn(act, values).includes(field)).toBe(isDrawn);
  });
});

describe('an answer', () => {
  test('needs findings or advice; advice without words is left out, with words it is trimmed', () => {
    expect(write('completed', { findings: ' ' }, [{ ...advice, text: ' ' }]).success).toBe(false);
    expect(write('completed', {}, [advice, { ...advice, id: 'r2', text: '' }]).data).toMatchObject({
      findings: '',
      recommendations: [{ id: 'r1', text: 'Echo', stopOn: null }],
    });
  });

  test.each<[Record<string, string>, unknown]>([
    [{ followUp: 'none' }, { kind: 'none' }],
    [
      { followUp: 'regular', everyDays: '2' },
      { kind: 'regular', everyDays: 2 },
    ],
    [
      { followUp: 'conditional', followUpWhen: 'CT is back' },
      { kind: 'conditional', when: 'CT is back', dueAt: null },
    ],
    [
      { followUp: 'conditional', followUpWhen: 'CT is back', followUpDue: '2026-03-03T10:00' },
      { kind: 'conditional', when: 'CT is back', dueAt: '2026-03-03T10:00:00.000Z' },
    ],
  ])('CON-9 the follow-up %j is kept as meant', (values, followUp) => {
    expect(write('completed', { findings: 'x', ...values }).data).toMatchObject({ followUp });
  });

  test('a correction points at the entry it was begun from', () => {
    expect(write('corrected', { text: 'Left.' }).data).toEqual({ of: eventId('target'), text: 'Left.' });
  });
});

describe('UX-1 the promises held out', () => {
  test.each([
    ['emergency', ['primary', 'primary', 'plain', 'quiet']],
    ['urgent', ['primary', 'primary', 'primary', 'primary']],
    ['routine', ['primary', 'primary', 'primary', 'primary']],
  ] as const)('to an %s', (urgency, kinds) => {
    expect(promiseChoices).toEqual([0, 15, 30, 60]);
    expect(promiseChoices.map((minutes) => promiseKind(urgency, minutes))).toEqual(kinds);
  });
});
