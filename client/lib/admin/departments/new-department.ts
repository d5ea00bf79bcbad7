import type { DepartmentFields } from '#shared/administration/departments.ts';
import { defaultTargets } from '#shared/consult/vocabulary.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';

/** A department with nothing written in it: the usual times and steps, everything from whoever is on call. */
export const newDepartment = (): DepartmentFields => ({
  name: '',
  code: '',
  type: 'clinical',
  parent: null,
  head: null,
  receiver: null,
  extension: null,
  email: null,
  targets: {
    emergency: { ...defaultTargets.emergency },
    urgent: { ...defaultTargets.urgent },
    routine: { ...defaultTargets.routine },
  },
  assignment: {
    emergency: { mode: 'on-call' },
    urgent: { mode: 'on-call' },
    routine: { mode: 'manual' },
  },
  policies: {
    emergency: defaultPolicy('emergency'),
    urgent: defaultPolicy('urgent'),
    routine: defaultPolicy('routine'),
  },
  intakeQuestions: [],
});
