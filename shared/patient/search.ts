import type { PatientId } from '#shared/lib/id.ts';
import { namePartsOf, plainName, soundKey } from './name-key.ts';
import type { Patient } from './patient.ts';
import { closeness, mrnScore, placeScore, squeeze } from './search-score.ts';

/** Built once over what a tablet holds, then asked at every keystroke. */
export interface PatientIndex {
  readonly patients: readonly Patient[];
  /** Distinct name part → positions in `patients`; many patients share few parts. */
  readonly byNamePart: ReadonlyMap<string, readonly number[]>;
  /** The sound of each distinct part. */
  readonly soundOfPart: ReadonlyMap<string, string>;
  readonly mrns: readonly string[];
  readonly places: readonly string[];
  /** Positions in the order hits of one score are shown in: those in the house first, merged records last, then by name. */
  readonly order: readonly number[];
}

export interface PatientHit {
  readonly patient: Patient;
  /** Higher is closer; only for ordering. */
  readonly score: number;
}

export function createPatientIndex(patients: Iterable<Patient>): PatientIndex {
  const list = [...patients];
  const byNamePart = new Map<string, number[]>();
  const soundOfPart = new Map<string, string>();
  list.forEach((patient, position) => {
    for (const part of new Set(namePartsOf(patient.content.name))) {
      const held = byNamePart.get(part);
      if (held === undefined) {
        byNamePart.set(part, [position]);
        soundOfPart.set(part, soundKey(part));
      } else held.push(position);
    }
  });
  return {
    patients: list,
    byNamePart,
    soundOfPart,
    mrns: list.map(({ content }) => squeeze(content.mrn ?? '')),
    places: list.map(({ content }) => squeeze(content.ward + content.bed)),
    order: list
      .map((patient, position) => ({ patient, position }))
      .sort((a, b) => comparePatients(a.patient, b.patient))
      .map(({ position }) => position),
  };
}

/** A record merged into another is found last; the living record stands for it. */
const rankOf = (patient: Patient): number =>
  patient.state === 'present' ? 0 : patient.state === 'merged' ? 2 : 1;

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const comparePatients = (a: Patient, b: Patient): number =>
  rankOf(a) - rankOf(b) || compareText(a.content.name, b.content.name) || compareText(a.id, b.id);

/** A score for each patient by position; 0 is no hit. */
type Scores = Uint16Array;

function raise(scores: Scores, position: number, score: number): void {
  if (score > (scores[position] ?? 0)) scores[position] = score;
}

function scoreNames(index: PatientIndex, typed: string, scores: Scores): void {
  const typedSound = soundKey(typed);
  for (const [part, positions] of index.byNamePart) {
    const score = closeness(part, index.soundOfPart.get(part) ?? '', typed, typedSound);
    if (score === 0) continue;
    for (const position of positions) raise(scores, position, score);
  }
}

function scoreCodes(index: PatientIndex, typed: string, scores: Scores): void {
  for (let position = 0; position < scores.length; position++) {
    const mrn = mrnScore(index.mrns[position] ?? '', typed);
    raise(scores, position, Math.max(mrn, placeScore(index.places[position] ?? '', typed)));
  }
}

function scoreWord(index: PatientIndex, word: string): Scores {
  const scores = new Uint16Array(index.patients.length);
  if (/[0-9]/.test(word)) scoreCodes(index, squeeze(word), scores);
  for (const typed of namePartsOf(word)) scoreNames(index, typed, scores);
  return scores;
}

/** Every word must find something in the patient; the sum of the best finds counts. */
function scoreWords(index: PatientIndex, query: string): Scores {
  let total: Scores | null = null;
  for (const word of query.split(/\s+/)) {
    if (plainName(word) === '') continue;
    const scores = scoreWord(index, word);
    if (total !== null) {
      for (let position = 0; position < scores.length; position++) {
        const [before, found] = [total[position] ?? 0, scores[position] ?? 0];
        scores[position] = before === 0 || found === 0 ? 0 : before + found;
      }
    }
    total = scores;
  }
  return total ?? new Uint16Array(index.patients.length);
}

/**
 * Patients by MRN, name (tolerant of spelling and transliteration) and ward or bed, closest first, then those in the house, then by name.
 * [] for an empty query. Meant for 20,000 patients at every keystroke: nothing is sorted but the few scores.
 */
export function searchPatients(index: PatientIndex, query: string, limit: number): PatientHit[] {
  const scores = scoreWords(index, query);
  // "W4 12" is one bed in two words; a name with a number is not.
  const whole = squeeze(query);
  if (/[0-9]/.test(whole)) scoreCodes(index, whole, scores);
  const byScore = new Map<number, Patient[]>();
  for (const position of index.order) {
    const score = scores[position] ?? 0;
    const patient = index.patients[position];
    if (score === 0 || patient === undefined) continue;
    const held = byScore.get(score);
    if (held === undefined) byScore.set(score, [patient]);
    else if (held.length < limit) held.push(patient);
  }
  return [...byScore]
    .sort(([a], [b]) => b - a)
    .flatMap(([score, patients]) => patients.map((patient) => ({ patient, score })))
    .slice(0, limit);
}

/** Records that carry the MRN exactly, to offer before another is registered. */
export const patientsWithMrn = (index: PatientIndex, mrn: string): PatientId[] =>
  index.patients.filter((patient) => patient.content.mrn === mrn).map((patient) => patient.id);
