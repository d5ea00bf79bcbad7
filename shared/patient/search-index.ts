import { namePartsOf, plainName, soundKey } from './name-key.ts';
import { closeness, mrnScore, placeScore, squeeze } from './search-score.ts';

/** What is searched of a patient, and nothing else: half a million of them stand in memory. */
export interface Searchable {
  readonly id: string;
  readonly name: string;
  readonly mrn: string | null;
  readonly ward: string;
  readonly bed: string;
  /** Hits of one score are shown in this order, smallest first: 0 in the house, 1 gone, 2 merged into another. */
  readonly rank: number;
}

export interface SearchHit {
  readonly id: string;
  /** Higher is closer; only for ordering. */
  readonly score: number;
}

interface Posting {
  /** How a part of a name sounds; '' for a place. */
  readonly sound: string;
  readonly positions: number[];
}

/** More words than a name and a place have are not looked at. */
const maxWords = 8;

function removeFrom(positions: number[], position: number): void {
  const at = positions.indexOf(position);
  const last = positions.pop();
  if (at !== -1 && last !== undefined && at < positions.length) positions[at] = last;
}

/**
 * The same search as `searchPatients`, over records that come and change one by one. Made for 500,000 patients at a gateway: columns, and lists
 * by distinct part of a name and by place, of which there are few.
 */
export class PatientSearchIndex {
  private readonly ids: string[] = [];
  private readonly names: string[] = [];
  private readonly mrns: string[] = [];
  private readonly placeKeys: string[] = [];
  private readonly ranks: number[] = [];
  private readonly positionOf = new Map<string, number>();
  private readonly byNamePart = new Map<string, Posting>();
  private readonly byPlace = new Map<string, Posting>();

  get size(): number {
    return this.positionOf.size;
  }

  has(id: string): boolean {
    return this.positionOf.has(id);
  }

  put(patient: Searchable): void {
    const held = this.positionOf.get(patient.id);
    const position = held ?? this.ids.length;
    const mrn = squeeze(patient.mrn ?? '');
    const place = squeeze(patient.ward + patient.bed);
    if (held === undefined) {
      this.positionOf.set(patient.id, position);
      this.ids.push(patient.id);
      this.names.push('');
      this.mrns.push('');
      this.placeKeys.push('');
      this.ranks.push(0);
    }
    this.ranks[position] = patient.rank;
    this.mrns[position] = mrn;
    if (this.names[position] !== patient.name) {
      this.unlistName(position);
      this.names[position] = patient.name;
      for (const part of new Set(namePartsOf(patient.name)))
        this.list(this.byNamePart, part, position, () => soundKey(part));
    }
    if (this.placeKeys[position] !== place) {
      this.unlist(this.byPlace, this.placeKeys[position] ?? '', position);
      this.placeKeys[position] = place;
      if (place !== '') this.list(this.byPlace, place, position, () => '');
    }
  }

  private list(postings: Map<string, Posting>, key: string, position: number, soundOf: () => string): void {
    const held = postings.get(key);
    if (held === undefined) postings.set(key, { sound: soundOf(), positions: [position] });
    else held.positions.push(position);
  }

  private unlist(postings: Map<string, Posting>, key: string, position: number): void {
    const held = postings.get(key);
    if (held === undefined) return;
    removeFrom(held.positions, position);
    if (held.positions.length === 0) postings.delete(key);
  }

  private unlistName(position: number): void {
    for (const part of new Set(namePartsOf(this.names[position] ?? '')))
      this.unlist(this.byNamePart, part, position);
  }

  private scoreNames(typed: string, scores: Uint16Array): void {
    const typedSound = soundKey(typed);
    for (const [part, { sound, positions }] of this.byNamePart) {
      const score = closeness(part, sound, typed, typedSound);
      if (score === 0) continue;
      for (const position of positions) if (score > (scores[position] ?? 0)) scores[position] = score;
    }
  }

  private scoreCodes(typed: string, scores: Uint16Array): void {
    for (let position = 0; position < this.mrns.length; position++) {
      const score = mrnScore(this.mrns[position] ?? '', typed);
      if (score > (scores[position] ?? 0)) scores[position] = score;
    }
    for (const [place, { positions }] of this.byPlace) {
      const score = placeScore(place, typed);
      if (score === 0) continue;
      for (const position of positions) if (score > (scores[position] ?? 0)) scores[position] = score;
    }
  }

  /** Every word must find something in the patient; the sum of the best finds counts. */
  private scoreWords(query: string): Uint16Array {
    let total: Uint16Array | null = null;
    const words = query.split(/\s+/).filter((word) => plainName(word) !== '');
    for (const word of words.slice(0, maxWords)) {
      const scores = new Uint16Array(this.ids.length);
      if (/[0-9]/.test(word)) this.scoreCodes(squeeze(word), scores);
      for (const typed of namePartsOf(word)) this.scoreNames(typed, scores);
      if (total !== null) {
        for (let position = 0; position < scores.length; position++) {
          const [before, found] = [total[position] ?? 0, scores[position] ?? 0];
          scores[position] = before === 0 || found === 0 ? 0 : before + found;
        }
      }
      total = scores;
    }
    return total ?? new Uint16Array(this.ids.length);
  }

  private compare(a: number, b: number, scores: Uint16Array): number {
    const byScore = (scores[b] ?? 0) - (scores[a] ?? 0) || (this.ranks[a] ?? 0) - (this.ranks[b] ?? 0);
    if (byScore !== 0) return byScore;
    const [nameA, nameB] = [this.names[a] ?? '', this.names[b] ?? ''];
    if (nameA !== nameB) return nameA < nameB ? -1 : 1;
    return (this.ids[a] ?? '') < (this.ids[b] ?? '') ? -1 : 1;
  }

  /** Closest first, then those in the house, then by name; [] for a query without a letter or digit. */
  search(query: string, limit: number): SearchHit[] {
    const scores = this.scoreWords(query);
    // "W4 12" is one bed in two words; a name with a number is not.
    const whole = squeeze(query);
    if (/[0-9]/.test(whole)) this.scoreCodes(whole, scores);
    const best: number[] = [];
    for (let position = 0; position < scores.length; position++) {
      if (scores[position] === 0) continue;
      const last = best.at(-1);
      if (best.length === limit && last !== undefined && this.compare(position, last, scores) > 0) continue;
      let at = best.length;
      while (at > 0 && this.compare(position, best[at - 1] ?? 0, scores) < 0) at--;
      best.splice(at, 0, position);
      if (best.length > limit) best.pop();
    }
    return best.map((position) => ({ id: this.ids[position] ?? '', score: scores[position] ?? 0 }));
  }
}
