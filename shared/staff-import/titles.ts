import { columnTitles, requiredColumns, staffColumns, type StaffColumn } from './columns.ts';
import { fileFault, type FileFault } from './faults.ts';

const plain = (title: string): string => title.toLowerCase().replace(/[^a-z0-9]+/g, '');

const columnByTitle = new Map<string, StaffColumn>([
  ...staffColumns.map((column) => [plain(columnTitles[column]), column] as const),
  ['fullname', 'name'],
  ['emailaddress', 'email'],
  ['mail', 'email'],
  ['extension', 'phone'],
  ['mobilephone', 'mobile'],
  ['id', 'person-id'],
]);

/** The column a title of a spreadsheet means; spelling, case and punctuation apart. null: none of ours. */
export const columnOfTitle = (title: string): StaffColumn | null => columnByTitle.get(plain(title)) ?? null;

/** Where each column stands; -1 never occurs. */
export type ColumnPlaces = ReadonlyMap<StaffColumn, number>;

/** Reads the first row. `isBlank`: no row has anything in that place, as spreadsheets leave behind at the right edge. */
export function placesOf(
  titles: readonly string[],
  isBlank: (place: number) => boolean,
): { places: ColumnPlaces; faults: readonly FileFault[] } {
  const places = new Map<StaffColumn, number>();
  const faults: FileFault[] = [];
  titles.forEach((title, place) => {
    if (title.trim() === '' && isBlank(place)) return;
    const column = columnOfTitle(title);
    if (column === null) faults.push(fileFault('unknown-column', { place: place + 1 }));
    else if (places.has(column)) faults.push(fileFault('column-twice', { place: place + 1, column }));
    else places.set(column, place);
  });
  for (const column of requiredColumns)
    if (!places.has(column)) faults.push(fileFault('missing-column', { column }));
  return { places, faults };
}
