import type { OrganisationFields } from '#shared/administration/organisation.ts';
import { defaultLockTimes, defaultOfflineLeaseHours } from '#shared/directory/organisation.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';
import { languageName } from './languages.ts';

export function organisationFieldName(name: keyof OrganisationFields): string {
  switch (name) {
    case 'name':
      return m.admin_organisation_name();
    case 'timeZone':
      return m.admin_time_zone();
    case 'languages':
      return m.admin_languages();
    case 'designations':
      return m.admin_designations();
    case 'dutyAdministration':
      return m.admin_duty();
    case 'retentionDays':
      return m.admin_retention();
    case 'logo':
      return m.admin_logo();
    case 'allowedDomains':
      return m.admin_domains();
    case 'lock':
      return m.admin_lock();
    case 'offlineLeaseHours':
      return m.admin_lease();
  }
}

/** What the record says in a field, as lines; [] for nothing. */
export function organisationFieldLines(
  name: keyof OrganisationFields,
  fields: OrganisationFields,
  work: Workspace,
): string[] {
  switch (name) {
    case 'name':
    case 'timeZone':
      return [fields[name]];
    case 'languages':
      return fields.languages.map(languageName);
    case 'designations':
      return fields.designations.map(({ name: words, rank, clinical }) =>
        [
          words,
          rank === null ? m.admin_rank_none() : m.admin_rank_is({ rank }),
          clinical ? m.admin_clinical() : m.admin_not_clinical(),
        ].join(' · '),
      );
    case 'dutyAdministration':
      return fields.dutyAdministration === null ? [] : [work.departmentName(fields.dutyAdministration)];
    case 'retentionDays':
      return [m.common_days({ days: fields.retentionDays })];
    case 'logo':
      return fields.logo === null || fields.logo === undefined ? [] : [m.admin_logo_there()];
    case 'allowedDomains':
      return [...(fields.allowedDomains ?? [])];
    case 'lock': {
      const { wardMinutes, personalMinutes } = fields.lock ?? defaultLockTimes;
      return [
        `${m.admin_lock_ward()}: ${m.common_minutes({ minutes: wardMinutes })}`,
        `${m.admin_lock_personal()}: ${m.common_minutes({ minutes: personalMinutes })}`,
      ];
    }
    case 'offlineLeaseHours':
      return [m.common_hours({ hours: fields.offlineLeaseHours ?? defaultOfflineLeaseHours })];
  }
}
