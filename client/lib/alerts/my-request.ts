import type { PersonId } from '#shared/lib/id.ts';
import { createPeopleHere } from '$lib/session/people-here.ts';
import { createApiRequest } from './api-request.ts';
import type { ApiRequest } from './api-request.ts';

/** Requests of this person's session on this device, from the browser's own storage and network. */
export const requestsOf = (person: PersonId): ApiRequest =>
  createApiRequest(
    (...request) => fetch(...request),
    () => createPeopleHere(localStorage).find(person)?.slot ?? null,
  );
