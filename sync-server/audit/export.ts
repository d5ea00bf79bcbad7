import type { AuditRow } from '#shared/audit/protocol.ts';
import type { AuditSearch } from './search.ts';
import { placeFromCursor } from './search.ts';

const pageOfExport = 1_000;
const columns = [
  'at',
  'person',
  'name',
  'device',
  'address',
  'action',
  'subjects',
  'outcome',
  'reason',
  'fields',
  'said-at',
  'id',
] as const;

/** A spreadsheet must not take what somebody wrote for a formula. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line for each person of an entry, at least one. */
function csvLines(row: AuditRow, nameOf: (person: string) => string): string {
  const by = row.by.length === 0 ? [{ person: null, device: null, address: null }] : row.by;
  return by
    .map(({ person, device, address }) =>
      [
        row.at,
        person ?? '',
        person === null ? '' : nameOf(person),
        device ?? '',
        address ?? '',
        row.action,
        row.subjects.join(' '),
        row.outcome,
        row.reason ?? '',
        row.fields.join(' '),
        row.saidAt ?? '',
        row.id,
      ]
        .map(cell)
        .join(','),
    )
    .map((line) => `${line}\r\n`)
    .join('');
}

/** The whole list in pieces of text. CSV has a BOM, so that spreadsheets read it as UTF-8. */
export async function* exportPieces(
  search: AuditSearch,
  format: 'csv' | 'ndjson',
  nameOf: (person: string) => string,
): AsyncGenerator<string> {
  if (format === 'csv') yield `\uFEFF${columns.join(',')}\r\n`;
  for (let cursor: string | null = null; ;) {
    const page = await search.next(pageOfExport, cursor === null ? null : placeFromCursor(cursor));
    yield page.entries
      .map((row) => (format === 'csv' ? csvLines(row, nameOf) : `${JSON.stringify(row)}\n`))
      .join('');
    cursor = page.cursor;
    if (cursor === null) return;
  }
}
