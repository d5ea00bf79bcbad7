/**
 * One database per person; the name never depends on the build, or the next build would find an empty tablet. Where one was damaged the
 * next generation is in use, and the damaged one keeps its name.
 */
export const databaseName = (person: string, generation = 0): string =>
  generation === 0 ? `hc-${person}` : `hc-${person}-${String(generation)}`;
