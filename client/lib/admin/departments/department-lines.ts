import type { DepartmentFields } from '#shared/administration/departments.ts';
import { canonicalJson } from '#shared/event/canonical.ts';
import { clockNameSchema, urgencies } from '#shared/consult/vocabulary.ts';
import { urgencyWord } from '$lib/i18n/words.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';
import { minutesWords } from '$lib/time/words.ts';
import { assignmentWords, clockTargetWord, departmentTypeWord } from '../admin-words.ts';
import { stepWords } from './policy-words.ts';

export function departmentFieldName(name: keyof DepartmentFields): string {
  switch (name) {
    case 'name':
      return m.admin_name();
    case 'code':
      return m.admin_code();
    case 'type':
      return m.admin_type();
    case 'parent':
      return m.admin_parent();
    case 'head':
      return m.admin_head();
    case 'receiver':
      return m.admin_receiver();
    case 'extension':
      return m.admin_extension();
    case 'email':
      return m.admin_email();
    case 'targets':
      return m.admin_tab_targets();
    case 'assignment':
      return m.admin_tab_assignment();
    case 'policies':
      return m.admin_tab_escalation();
    case 'intakeQuestions':
      return m.admin_tab_questions();
  }
}

const differs = (a: unknown, b: unknown): boolean => canonicalJson(a ?? null) !== canonicalJson(b ?? null);

/** What a record says in a field, as lines; of what is kept per urgency only where the other differs. */
export function departmentFieldLines(
  name: keyof DepartmentFields,
  fields: DepartmentFields,
  other: DepartmentFields,
  work: Workspace,
): string[] {
  switch (name) {
    case 'type':
      return [departmentTypeWord(fields.type)];
    case 'parent':
      return fields.parent === null ? [m.admin_parent_none()] : [work.departmentName(fields.parent)];
    case 'head':
    case 'receiver': {
      const person = fields[name];
      return person === null ? [] : [work.nameOf(person)];
    }
    case 'targets':
      return urgencies
        .filter((urgency) => differs(fields.targets[urgency], other.targets[urgency]))
        .map((urgency) => {
          const times = clockNameSchema.options
            .map((clock) => `${clockTargetWord(clock)} ${minutesWords(fields.targets[urgency][clock])}`)
            .join(', ');
          return `${urgencyWord(urgency)}: ${times}`;
        });
    case 'assignment':
      return urgencies
        .filter((urgency) => differs(fields.assignment[urgency], other.assignment[urgency]))
        .map((urgency) => {
          const mode = fields.assignment[urgency];
          const words = assignmentWords(mode.mode, urgency).name;
          return `${urgencyWord(urgency)}: ${mode.mode === 'named' ? work.nameOf(mode.person) : words}`;
        });
    case 'policies':
      return urgencies
        .filter((urgency) => differs(fields.policies[urgency], other.policies[urgency]))
        .flatMap((urgency) => [
          `${urgencyWord(urgency)}:`,
          ...fields.policies[urgency].steps.map((step) => stepWords(step, (person) => work.nameOf(person))),
        ]);
    case 'intakeQuestions':
      return fields.intakeQuestions.map(({ text, required }) =>
        required ? `${text} (${m.admin_question_required_short()})` : text,
      );
    case 'name':
    case 'code':
    case 'extension':
    case 'email': {
      const text = fields[name];
      return text === null || text === '' ? [] : [text];
    }
  }
}
