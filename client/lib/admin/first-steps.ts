import type { Directory } from '#shared/directory/directory.ts';
import { isClinical } from '#shared/directory/membership.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';

/** What a new hospital needs before the first consult can be asked and answered, in the order that works. */
export interface FirstStep {
  readonly step: 'departments' | 'people' | 'rota' | 'alerts';
  /** null: the directory cannot say. */
  readonly isDone: boolean | null;
}

/** [] once the hospital can work: nothing is left that the directory knows of. */
export function firstSteps(directory: Directory, me: PersonId, at: Instant): readonly FirstStep[] {
  const clinical = new Set(
    [...directory.departments.values()]
      .filter(({ active, type }) => active && type === 'clinical')
      .map(({ id }) => id),
  );
  const steps: FirstStep[] = [
    { step: 'departments', isDone: clinical.size > 0 },
    {
      step: 'people',
      isDone: [...directory.people.values()].some(
        (person) => person.id !== me && person.active && isClinical(person, directory),
      ),
    },
    {
      step: 'rota',
      isDone: directory.rotaWeeks.some(
        ({ department, shifts }) => clinical.has(department) && shifts.some(({ endsAt }) => endsAt > at),
      ),
    },
  ];
  return steps.every(({ isDone }) => isDone) ? [] : [...steps, { step: 'alerts', isDone: null }];
}
