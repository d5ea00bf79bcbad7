import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { createPeopleHere, type SmallStore } from '$lib/session/people-here.ts';

/** When this person's sign-in on this device began, by the server's clock; null: not noted. */
export const signedInAt = (person: PersonId, store: SmallStore = localStorage): Instant | null =>
  createPeopleHere(store).find(person)?.signedInAt ?? null;
