import type { ScopeIndex } from './scope-index.ts';

/*
 * The index as columns: one array per field is read several times faster than one array per document. Texts that stand in many places (keys,
 * ids of consults and patients) are written once and named by number, and are one string in memory afterwards.
 */

const rowsPerLine = 5000;

/** Numbers texts in the order they are first met. */
export class TextTable {
  private readonly numbers = new Map<string, number>();
  private fresh: string[] = [];

  numberOf(text: string): number {
    const held = this.numbers.get(text);
    if (held !== undefined) return held;
    this.numbers.set(text, this.numbers.size);
    this.fresh.push(text);
    return this.numbers.size - 1;
  }

  /** Those met since the last call. */
  takeFresh(): string[] {
    const texts = this.fresh;
    this.fresh = [];
    return texts;
  }
}

/** Rows of fields become arrays of `rowsPerLine` columns, headed by `name`. */
function* columnsOf<Row extends readonly unknown[]>(name: string, rows: Iterable<Row>): Generator {
  let columns: unknown[][] = [];
  let count = 0;
  for (const row of rows) {
    if (count === 0) columns = row.map(() => []);
    for (let at = 0; at < row.length; at++) columns[at]?.push(row[at]);
    if (++count < rowsPerLine) continue;
    yield [name, ...columns];
    count = 0;
  }
  if (count > 0) yield [name, ...columns];
}

const numbersOf = (table: TextTable, texts: readonly string[]): number[] =>
  texts.map((text) => table.numberOf(text));

function* consults(index: ScopeIndex, table: TextTable) {
  for (const { id, order, endedAtMs, version, patient, keys } of index.consults.all())
    yield [
      table.numberOf(id),
      order,
      endedAtMs,
      version,
      table.numberOf(patient),
      numbersOf(table, keys),
    ] as const;
}
function* patients(index: ScopeIndex, table: TextTable) {
  for (const [id, { version, mrn, keys, pastKeys }] of index.patients.all())
    yield [table.numberOf(id), version, mrn, numbersOf(table, keys), numbersOf(table, pastKeys)] as const;
}
function* alerts(index: ScopeIndex, table: TextTable) {
  for (const { id, version, key, consult, plannedAtMs = 0 } of index.alerts.all())
    yield [id, version, table.numberOf(key), table.numberOf(consult), plannedAtMs] as const;
}

export const consultRows = (index: ScopeIndex, table: TextTable) =>
  columnsOf('consults', consults(index, table));
export const patientRows = (index: ScopeIndex, table: TextTable) =>
  columnsOf('patients', patients(index, table));
export const alertRows = (index: ScopeIndex, table: TextTable) => columnsOf('alerts', alerts(index, table));
export const directoryRows = (index: ScopeIndex) => columnsOf('directory', index.directory);

/** A line of our own file, whose digest was right: its shape is known. */
type Rows =
  | ['texts', string[]]
  | [
      'consults',
      ids: number[],
      orders: number[],
      endedAtMs: number[],
      versions: string[],
      patients: number[],
      keys: number[][],
    ]
  | [
      'patients',
      ids: number[],
      versions: string[],
      mrns: (string | null)[],
      keys: number[][],
      pastKeys: number[][],
    ]
  | ['alerts', ids: string[], versions: string[], keys: number[], consults: number[], plannedAtMs: number[]]
  | ['directory', ids: string[], versions: string[]];

/** Puts one line into the index. `texts` grows with the lines; an id that comes twice is the same document in a later state. */
export function takeRows(index: ScopeIndex, texts: string[], line: unknown): void {
  const rows = line as Rows;
  const textOf = (number: number | undefined): string => {
    const text = number === undefined ? undefined : texts[number];
    if (text === undefined) throw new Error('the index file uses a text it does not name');
    return text;
  };
  switch (rows[0]) {
    case 'texts':
      for (const text of rows[1]) texts.push(text);
      return;
    case 'consults': {
      const [, ids, orders, endedAtMs, versions, patientIds, keys] = rows;
      for (let at = 0; at < ids.length; at++)
        index.consults.put(textOf(ids[at]), {
          order: orders[at] ?? 0,
          endedAtMs: endedAtMs[at] ?? 0,
          version: versions[at] ?? '',
          patient: textOf(patientIds[at]),
          keys: (keys[at] ?? []).map(textOf),
        });
      return;
    }
    case 'patients': {
      const [, ids, versions, mrns, keys, pastKeys] = rows;
      for (let at = 0; at < ids.length; at++)
        index.patients.put(textOf(ids[at]), {
          version: versions[at] ?? '',
          mrn: mrns[at] ?? null,
          keys: (keys[at] ?? []).map(textOf),
          pastKeys: (pastKeys[at] ?? []).map(textOf),
        });
      return;
    }
    case 'alerts': {
      const [, ids, versions, keys, consultIds, plannedAtMs] = rows;
      for (let at = 0; at < ids.length; at++)
        index.alerts.put(ids[at] ?? '', {
          version: versions[at] ?? '',
          key: textOf(keys[at]),
          consult: textOf(consultIds[at]),
          plannedAtMs: plannedAtMs[at] ?? 0,
        });
      return;
    }
    case 'directory': {
      const [, ids, versions] = rows;
      for (let at = 0; at < ids.length; at++) index.directory.set(ids[at] ?? '', versions[at] ?? '');
      return;
    }
    default:
      throw new Error('the index file has a line that is not ours');
  }
}
