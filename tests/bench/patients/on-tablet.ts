import { createPatientIndex, searchPatients } from '#shared/patient/search.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import { queriesFor, registeredEvent } from './patient-corpus.ts';

/** Runs in the browser: the tablet's own search over so many patients. Each keystroke's milliseconds, and what building the index took. */
function searchOnTablet(
  patients: number,
  searches: number,
): { built: number; took: number[]; scans: number[] } {
  const held = Array.from({ length: patients }, (_unused, at) =>
    projectPatient([registeredEvent(at)]),
  ).filter((patient) => patient !== null);
  let begun = performance.now();
  const index = createPatientIndex(held);
  const built = performance.now() - begun;
  const took: number[] = [];
  const scans: number[] = [];
  for (const query of queriesFor(searches)) {
    begun = performance.now();
    searchPatients(index, query, 20);
    took.push(performance.now() - begun);
    begun = performance.now();
    const wanted = query.toLowerCase();
    held.filter(({ content }) => `${content.name} ${content.mrn ?? ''}`.toLowerCase().includes(wanted));
    scans.push(performance.now() - begun);
  }
  return { built, took, scans };
}

Object.assign(globalThis, { searchOnTablet });
export type SearchOnTablet = typeof searchOnTablet;
