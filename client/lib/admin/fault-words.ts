import { m } from '$lib/paraglide/messages.js';
import type { FieldFault } from './field-faults.ts';
import { refusalWords } from './refusal-words.ts';

/** What is wrong at a field, by the name the record gives it. */
function notValidWords(name: string): string {
  switch (name) {
    case 'email':
      return m.admin_fault_email();
    case 'mobile':
      return m.admin_fault_mobile();
    case 'code':
      return m.admin_fault_code();
    case 'initials':
      return m.admin_fault_initials();
    case 'designation':
      return m.admin_fault_designation();
    case 'department':
      return m.admin_fault_department();
    case 'person':
      return m.admin_fault_person();
    case 'notify':
      return m.admin_fault_notify();
    case 'domains':
      return m.admin_fault_domain();
    default:
      return m.admin_fault_not_valid();
  }
}
function missingWords(name: string): string {
  switch (name) {
    case 'name':
      return m.admin_fault_name_missing();
    case 'initials':
      return m.admin_fault_initials();
    case 'text':
      return m.admin_fault_question_missing();
    case 'choices':
      return m.admin_fault_choices_missing();
    case 'notify':
      return m.admin_fault_notify();
    case 'designations':
      return m.admin_fault_designations_missing();
    case 'languages':
      return m.admin_fault_languages_missing();
    case 'steps':
      return m.admin_fault_steps_missing();
    default:
      return m.admin_fault_missing();
  }
}

/** Words for what is wrong at a path such as `memberships.1.department`; undefined: nothing is. */
export function faultWords(path: string, fault: FieldFault | undefined): string | undefined {
  if (fault === undefined) return undefined;
  const parts = path.split('.').filter((part) => !/^\d+$/.test(part));
  const name = parts.at(-1) ?? '';
  switch (fault.kind) {
    case 'missing':
      return missingWords(name);
    case 'too-long':
      return m.admin_fault_too_long();
    case 'not-valid':
      return notValidWords(name);
    case 'refused':
      return refusalWords(fault.refusal.code);
  }
}
