import type { SaveFailure } from '$lib/tablet/tablet.ts';

/** The names and messages of an error and of what lies inside it; Dexie wraps the browser's own. */
function namesIn(error: unknown, depth = 0): string {
  if (typeof error !== 'object' || error === null || depth > 4) return typeof error === 'string' ? error : '';
  const { name, message, inner, cause } = error as Record<string, unknown>;
  const own = [name, message].filter((text) => typeof text === 'string').join(' ');
  return `${own} ${namesIn(inner, depth + 1)} ${namesIn(cause, depth + 1)}`;
}

/** Why the storage did not take it. Its message names no content: only the error's kind is told. */
export function saveFailure(error: unknown): SaveFailure {
  if (/quota/i.test(namesIn(error))) return { type: 'storage-full' };
  const name = typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : 'Error';
  return { type: 'storage-failed', detail: name };
}
