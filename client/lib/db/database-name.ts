/** One database per person; the name never depends on the build, or the next build would find an empty tablet. */
export const databaseName = (person: string): string => `hc-${person}`;
