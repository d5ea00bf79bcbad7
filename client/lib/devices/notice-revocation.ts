import type { ProblemCode } from '#shared/lib/problem.ts';
import { createPeopleHere } from '$lib/session/people-here.ts';
import { createWipeMarker, wipeKey } from './wipe-marker.ts';

/**
 * The server says that this device was withdrawn: the app begins anew, and finds the marker before it opens anything. Other windows follow
 * (`followRevocation`).
 */
export function noticeProblem(code: ProblemCode | null): void {
  if (code !== 'device-revoked') return;
  const marker = createWipeMarker(localStorage);
  if (marker.read() !== null) return;
  const people = createPeopleHere(localStorage);
  const present = people.last()?.slot ?? null;
  const slots = [
    ...(present === null ? [] : [present]),
    ...people.list().flatMap(({ slot }) => slot ?? []),
    ...people.owedSignOuts(),
  ];
  marker.write({ step: 'handing-in', slots: [...new Set(slots)], handedIn: 0, lost: 0 });
  location.reload();
}

/** Another window heard it first: whatever this one has open must be let go. */
export function followRevocation(): void {
  window.addEventListener('storage', ({ key, newValue, oldValue }) => {
    if (key === wipeKey && (newValue === null) !== (oldValue === null)) location.reload();
  });
}
