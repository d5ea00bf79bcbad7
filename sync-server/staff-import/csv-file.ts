import Papa from 'papaparse';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { isRemark } from '#shared/staff-import/cells.ts';
import { fileFault, type FileFault } from '#shared/staff-import/faults.ts';
import { maxFileRows } from '#shared/staff-import/protocol.ts';
import type { FileRow } from '#shared/staff-import/read-row.ts';
import { columnOfTitle, placesOf, type ColumnPlaces } from '#shared/staff-import/titles.ts';
import { csvTextOf } from './csv-text.ts';

const separators = [',', ';', '\t'] as const;
/** Remarks and empty rows beyond so many people are still read; then it is no list of staff. */
const mostRecords = maxFileRows + 1_000;

export interface CsvFile {
  readonly places: ColumnPlaces;
  readonly rows: readonly FileRow[];
}

const titlesBy = (text: string, separator: string): readonly string[] =>
  Papa.parse<string[]>(text, { delimiter: separator, preview: 1 }).data[0] ?? [];

/** The one by which most titles are known; a comma for a file whose first row is none of ours. */
function separatorOf(text: string): string {
  const known = separators.map(
    (separator) => titlesBy(text, separator).filter((title) => columnOfTitle(title) !== null).length,
  );
  return separators[known.indexOf(Math.max(...known))] ?? ',';
}

const isBlankRow = (row: readonly string[]): boolean => row.every((cell) => cell.trim() === '');

/** Reads bytes as a spreadsheet's export. Rows keep the number the spreadsheet shows; empty ones and remarks are left out. */
export function readCsvFile(bytes: Uint8Array): Result<CsvFile, readonly FileFault[]> {
  const decoded = csvTextOf(bytes);
  if (!decoded.ok) return err([fileFault(decoded.error)]);
  // "sep=;" is how some spreadsheets are told the separator; it is a row of its own to nobody else.
  const marked = /^sep=(.)\r?\n/.exec(decoded.value);
  const text = marked === null ? decoded.value : decoded.value.slice(marked[0].length);
  const offset = marked === null ? 1 : 2;
  const delimiter = separators.find((one) => one === marked?.[1]) ?? separatorOf(text);

  const parsed = Papa.parse<string[]>(text, { delimiter, preview: mostRecords + 2 });
  const broken = parsed.errors.find(({ type }) => type === 'Quotes');
  if (broken !== undefined) return err([fileFault('broken-quotes', { row: (broken.row ?? 0) + offset })]);
  const [titles = [], ...records] = parsed.data;
  const isOver = records.length > mostRecords;
  const rows = records
    .map((cells, at): FileRow => ({ row: at + 1 + offset, cells }))
    .filter(({ cells }) => !isBlankRow(cells) && !isRemark(cells));
  if (isOver || rows.length > maxFileRows) return err([fileFault('too-many-rows')]);

  const { places, faults } = placesOf(titles, (place) =>
    rows.every(({ cells }) => (cells[place] ?? '').trim() === ''),
  );
  if (faults.length > 0) return err(faults);
  return rows.length === 0 ? err([fileFault('no-rows')]) : ok({ places, rows });
}

/** Rows as a file that every spreadsheet opens rightly: UTF-8 with its mark, CRLF, commas. */
export const csvOf = (rows: readonly (readonly string[])[]): string =>
  `\ufeff${Papa.unparse(
    rows.map((row) => [...row]),
    { newline: '\r\n' },
  )}\r\n`;
