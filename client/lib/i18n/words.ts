import type { DueName } from '#shared/consult/clocks.ts';
import type { Status, Urgency } from '#shared/consult/vocabulary.ts';
import type { Allergies, Precaution, Sex } from '$lib/patient/kinds.ts';
import { m } from '$lib/paraglide/messages.js';

export function urgencyWord(urgency: Urgency): string {
  switch (urgency) {
    case 'emergency':
      return m.common_urgency_emergency();
    case 'urgent':
      return m.common_urgency_urgent();
    case 'routine':
      return m.common_urgency_routine();
  }
}

export function statusWord(status: Status): string {
  switch (status) {
    case 'draft':
      return m.common_status_draft();
    case 'submitted':
      return m.common_status_submitted();
    case 'acknowledged':
      return m.common_status_acknowledged();
    case 'in-progress':
      return m.common_status_in_progress();
    case 'info-requested':
      return m.common_status_info_requested();
    case 'declined':
      return m.common_status_declined();
    case 'completed':
      return m.common_status_completed();
    case 'closed':
      return m.common_status_closed();
    case 'cancelled':
      return m.common_status_cancelled();
  }
}

/** What runs out, as it stands under the minutes: "12 min / to be seen". */
export function dueWord(due: DueName): string {
  switch (due) {
    case 'acknowledged':
      return m.common_clock_acknowledged();
    case 'seen':
      return m.common_clock_seen();
    case 'completed':
      return m.common_clock_completed();
    case 'promise':
      return m.common_clock_promise();
    case 'info':
      return m.common_clock_info();
  }
}

export function sexWord(sex: Sex): string {
  switch (sex) {
    case 'female':
      return m.patient_sex_female();
    case 'male':
      return m.patient_sex_male();
    case 'other':
      return m.patient_sex_other();
    case 'unknown':
      return m.patient_sex_unknown();
  }
}

export function sexLetter(sex: Sex): string {
  switch (sex) {
    case 'female':
      return m.patient_sex_letter_female();
    case 'male':
      return m.patient_sex_letter_male();
    case 'other':
    case 'unknown':
      return '';
  }
}

export function precautionWord(precaution: Precaution): string {
  switch (precaution) {
    case 'contact':
      return m.patient_precaution_contact();
    case 'droplet':
      return m.patient_precaution_droplet();
    case 'airborne':
      return m.patient_precaution_airborne();
    case 'protective':
      return m.patient_precaution_protective();
    case 'standard':
      return m.patient_precaution_standard();
  }
}

/** null: nothing is known, because nobody asked; the banner says so in its own way. */
export function allergyWords(allergies: Allergies): string {
  switch (allergies.kind) {
    case 'not-asked':
      return m.patient_allergies_not_asked();
    case 'none-known':
      return m.patient_allergies_none();
    case 'known':
      return allergies.list
        .map(({ substance, reaction }) => (reaction === '' ? substance : `${substance} (${reaction})`))
        .join(', ');
  }
}
