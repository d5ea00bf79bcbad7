import { pack, PackedTexts } from './packed-texts.ts';

/** An alert that is found through its consult, with whose id its own begins. */
export interface ColumnEntry {
  readonly id: string;
  readonly key: string;
  readonly consult: string;
  readonly version: string;
}

/** Numbers texts, each once; numbers of texts that are gone are given out again. */
class Numbered {
  readonly texts: (string | undefined)[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly free: number[] = [];

  find(text: string): number | undefined {
    return this.numbers.get(text);
  }

  numberOf(text: string): number {
    const held = this.numbers.get(text);
    if (held !== undefined) return held;
    const number = this.free.pop() ?? this.texts.length;
    this.texts[number] = text;
    this.numbers.set(text, number);
    return number;
  }

  textOf(number: number): string {
    const text = this.texts[number];
    if (text === undefined) throw new Error('a number without a text');
    return text;
  }

  drop(number: number): void {
    this.numbers.delete(this.textOf(number));
    this.texts[number] = undefined;
    this.free.push(number);
  }
}

const firstRows = 1024;
const growth = 1.25;
const none = -1;

/** What stands for a version in its column: every version of ours is a number in base 36. NaN: another text, which stands beside. */
const numberOfVersion = (version: string): number => {
  const number = parseInt(version, 36);
  return Number.isSafeInteger(number) && number.toString(36) === version ? number : NaN;
};

/**
 * Alerts of consults as columns of numbers: there are several for each consult of all times, and an object with its texts takes 350 bytes for each,
 * a row some 70, none of which the garbage collector has to look at.
 */
export class AlertColumns {
  private rests = new PackedTexts();
  private readonly consults = new Numbered();
  private readonly keys = new Numbered();
  /** Of each consult its first row, of each row the next of the same consult. */
  private heads = new Int32Array(firstRows).fill(none);
  private nexts = new Int32Array(firstRows);
  private places = new Uint32Array(firstRows);
  private ofConsult = new Uint32Array(firstRows);
  private ofKey = new Uint32Array(firstRows);
  private versions = new Float64Array(firstRows);
  private readonly oddVersions = new Map<number, string>();
  private readonly rowsOfKey: number[][] = [];
  private readonly free: number[] = [];
  /** Rows were given out up to here. */
  private end = 0;

  get size(): number {
    return this.end - this.free.length;
  }

  /** `rest`: what follows the consult's id and the colon in the alert's own. null: not here. */
  find(consult: string, rest: string): number | null {
    const number = this.consults.find(consult);
    if (number === undefined) return null;
    const packed = pack(rest);
    for (let row = this.headOf(number); row !== none; row = this.nexts[row] ?? none)
      if (this.rests.isAt(this.places[row] ?? 0, packed)) return row;
    return null;
  }

  entry(row: number): ColumnEntry {
    const consult = this.consultOf(row);
    return {
      id: `${consult}:${this.rests.at(this.places[row] ?? 0)}`,
      key: this.keyOf(row),
      consult,
      version: this.versionOf(row),
    };
  }

  idOf(row: number): string {
    return `${this.consultOf(row)}:${this.rests.at(this.places[row] ?? 0)}`;
  }
  consultOf(row: number): string {
    return this.consults.textOf(this.ofConsult[row] ?? 0);
  }
  keyOf(row: number): string {
    return this.keys.textOf(this.ofKey[row] ?? 0);
  }
  versionOf(row: number): string {
    const number = this.versions[row] ?? NaN;
    return Number.isNaN(number) ? (this.oddVersions.get(row) ?? '') : number.toString(36);
  }

  setVersion(row: number, version: string): void {
    const number = numberOfVersion(version);
    this.versions[row] = number;
    if (Number.isNaN(number)) this.oddVersions.set(row, version);
    else this.oddVersions.delete(row);
  }

  /** It must not be here. */
  add(consult: string, rest: string, key: string, version: string): void {
    const row = this.free.pop() ?? this.end++;
    if (row >= this.nexts.length) this.widen();
    const consultNumber = this.consults.numberOf(consult);
    const keyNumber = this.keys.numberOf(key);
    this.places[row] = this.rests.add(rest);
    this.ofConsult[row] = consultNumber;
    this.ofKey[row] = keyNumber;
    this.nexts[row] = none;
    this.setVersion(row, version);
    (this.rowsOfKey[keyNumber] ??= []).push(row);
    if (consultNumber >= this.heads.length) {
      const heads = new Int32Array(Math.ceil((consultNumber + 1) * growth)).fill(none);
      heads.set(this.heads);
      this.heads = heads;
    }
    let last = this.headOf(consultNumber);
    if (last === none) {
      this.heads[consultNumber] = row;
      return;
    }
    for (let next = this.nexts[last] ?? none; next !== none; next = this.nexts[last] ?? none) last = next;
    this.nexts[last] = row;
  }

  remove(row: number): void {
    const consultNumber = this.ofConsult[row] ?? 0;
    const keyNumber = this.ofKey[row] ?? 0;
    const next = this.nexts[row] ?? none;
    if (this.headOf(consultNumber) === row) this.heads[consultNumber] = next;
    else {
      let before = this.headOf(consultNumber);
      while (this.nexts[before] !== row) before = this.nexts[before] ?? none;
      this.nexts[before] = next;
    }
    if (this.headOf(consultNumber) === none) this.consults.drop(consultNumber);
    this.rowsOfKey[keyNumber] = this.rowsOfKey[keyNumber]?.filter((other) => other !== row) ?? [];
    this.oddVersions.delete(row);
    this.rests.drop(this.places[row] ?? 0);
    this.free.push(row);
    if (this.rests.isWasteful) this.packAnew();
  }

  *ofConsultNamed(consult: string): Generator<number> {
    const number = this.consults.find(consult);
    if (number === undefined) return;
    for (let row = this.headOf(number); row !== none; row = this.nexts[row] ?? none) yield row;
  }

  ofKeyNamed(key: string): readonly number[] {
    const number = this.keys.find(key);
    return number === undefined ? [] : (this.rowsOfKey[number] ?? []);
  }

  *rows(): Generator<number> {
    for (const number of this.consults.texts.keys())
      for (let row = this.headOf(number); row !== none; row = this.nexts[row] ?? none) yield row;
  }

  private headOf(consultNumber: number): number {
    return this.heads[consultNumber] ?? none;
  }

  private widen(): void {
    const rows = Math.ceil(this.nexts.length * growth);
    const widened = <T extends Int32Array | Uint32Array | Float64Array>(wider: T, held: T): T => {
      wider.set(held);
      return wider;
    };
    this.nexts = widened(new Int32Array(rows), this.nexts);
    this.places = widened(new Uint32Array(rows), this.places);
    this.ofConsult = widened(new Uint32Array(rows), this.ofConsult);
    this.ofKey = widened(new Uint32Array(rows), this.ofKey);
    this.versions = widened(new Float64Array(rows), this.versions);
  }

  private packAnew(): void {
    const texts = new PackedTexts();
    for (const row of this.rows()) this.places[row] = texts.add(this.rests.at(this.places[row] ?? 0));
    this.rests = texts;
  }
}
