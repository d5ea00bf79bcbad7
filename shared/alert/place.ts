import type { Alert } from './alert.ts';

/**
 * Path inside the app where a tap on an alert leads: the consult; for what is about none, where something can be done about it. Short enough for the
 * `open` of a push, and nothing in it but random ids.
 */
export function placeOfAlert({
  consult,
  about,
  department,
}: Pick<Alert, 'consult' | 'about' | 'department'>): string {
  if (consult !== null) return `/consult/${consult}`;
  switch (about) {
    case 'rota-gap':
    case 'rota-changed':
    case 'swap-asked':
    case 'swap-declined':
    case 'unreachable':
      // There it stands who it is, and the number to ring.
      return `/rota?department=${department}`;
    case 'hand-over':
      return '/';
    case 'access-requested':
      return '/admin';
    case 'test':
    case 'one-way':
      return '/readiness';
    default:
      return '/alerts';
  }
}
