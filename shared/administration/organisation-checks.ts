import type { Directory } from '#shared/directory/directory.ts';
import { isTimeZone } from '#shared/directory/local-time.ts';
import { gapsAhead } from '#shared/directory/rota-gaps.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { directionMarkRefusals } from './names.ts';
import type { OrganisationFields } from './organisation.ts';
import { refusal, type AdministrationRefusal } from './refusals.ts';

export interface OrganisationCheck {
  readonly fields: OrganisationFields;
  readonly changed: ReadonlySet<keyof OrganisationFields>;
  readonly by: Person;
  readonly directory: Directory;
  readonly at: Instant;
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag)[0] === tag;
  } catch {
    // Intl says so by throwing.
    return false;
  }
}

function designationRefusals({ fields, by, directory }: OrganisationCheck): AdministrationRefusal[] {
  const found: AdministrationRefusal[] = [];
  const codes = new Set<string>();
  fields.designations.forEach(({ code }, index) => {
    if (codes.has(code)) found.push(refusal('designation-twice', `designations.${String(index)}.code`));
    codes.add(code);
  });
  const inUse = new Set([...directory.people.values()].map(({ designation }) => designation));
  for (const { code } of directory.organisation?.designations ?? [])
    if (inUse.has(code) && !codes.has(code))
      found.push(refusal('designation-in-use', `designations.${code}`));
  const clinicalOf = (list: OrganisationFields['designations'] | undefined): boolean =>
    list?.find(({ code }) => code === by.designation)?.clinical === true;
  // Clinical is what lets somebody write consults: nobody makes themselves that.
  if (clinicalOf(fields.designations) && !clinicalOf(directory.organisation?.designations))
    found.push(refusal('own-standing', 'designations'));
  return found;
}

/** What stands against the organisation's fields, [] when they may be stored. */
export function organisationRefusals(check: OrganisationCheck): AdministrationRefusal[] {
  const { fields, changed, directory, at } = check;
  const { name, designations } = fields;
  const found = directionMarkRefusals({ name, designations });
  if (changed.has('timeZone') && !isTimeZone(fields.timeZone))
    found.push(refusal('unknown-time-zone', 'timeZone'));
  if (changed.has('languages'))
    fields.languages.forEach((tag, index) => {
      if (!isLanguage(tag) || fields.languages.indexOf(tag) < index)
        found.push(refusal('unknown-language', `languages.${String(index)}`));
    });
  if (changed.has('designations')) found.push(...designationRefusals(check));
  if (changed.has('dutyAdministration')) {
    const duty = fields.dutyAdministration;
    if (duty === null || directory.departments.get(duty)?.active !== true)
      found.push(refusal('unknown-duty-administration', 'dutyAdministration'));
    else if (gapsAhead(directory, duty, 'first', at).length > 0)
      found.push(refusal('gap-in-duty-administration', 'dutyAdministration'));
  }
  return found;
}
