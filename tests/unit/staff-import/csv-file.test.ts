import { describe, expect, it } from 'vitest';
import { csvOf, readCsvFile } from '#server/staff-import/csv-file.ts';
import { templateRows } from '#shared/staff-import/export-rows.ts';
import { maxFileRows } from '#shared/staff-import/protocol.ts';
import { importDirectory, planOf, titleRow } from './import-hospital.ts';

const titles = ['Name', 'E-mail', 'Designation', 'Department', 'Role'];
const people = [
  ['Zoë D’Souza – “Zo”', 'zoe@hospital.test', 'registrar', 'CARD', 'doctor'],
  ['Line one\nline two, with; signs', 'b@hospital.test', 'registrar', 'SURG', 'nurse'],
];
const quoted = (
  rows: readonly (readonly string[])[],
  separator: string,
  end: string,
  always: boolean,
): string =>
  rows
    .map((row) =>
      row
        .map((cell) =>
          always || /["\n]/.test(cell) || cell.includes(separator) ? `"${cell.replaceAll('"', '""')}"` : cell,
        )
        .join(separator),
    )
    .join(end) + end;

/** The signs of Windows-1252 that stand elsewhere in Unicode. */
const windows1252 = (text: string): Uint8Array =>
  Uint8Array.from(
    Array.from(text, (sign) => ({ '’': 0x92, '–': 0x96, '“': 0x93, '”': 0x94 })[sign] ?? sign.charCodeAt(0)),
  );
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16 = (text: string, isLittle: boolean): Uint8Array => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return isLittle ? bytes : bytes.swap16();
};

describe('PEO-6 files as spreadsheets save them', () => {
  const file = (separator: string, end: string, always = false) =>
    quoted([titles, ...people], separator, end, always);
  it.each([
    ['Excel, "CSV UTF-8"', utf8(`\ufeff${file(',', '\r\n')}`)],
    ['Excel in a country of the comma, "CSV"', windows1252(file(';', '\r\n'))],
    ['Excel, "CSV" in Windows-1252 with commas', windows1252(file(',', '\r\n'))],
    ['Excel, "Unicode text"', utf16(file('\t', '\r\n'), true)],
    ['big-endian Unicode text', utf16(file('\t', '\r\n'), false)],
    ['LibreOffice, all text quoted', utf8(file(',', '\n', true))],
    ['LibreOffice with semicolons', utf8(file(';', '\n', true))],
    ['a file that names its separator', utf8(`sep=;\r\n${file(';', '\r\n')}`)],
    ['tabs, pasted', utf8(file('\t', '\n'))],
    ['an old Mac', utf8(file(',', '\r'))],
  ])('reads %s', (_name, bytes) => {
    const read = readCsvFile(bytes);
    expect(read.ok && read.value.rows.map(({ cells }) => [...cells])).toEqual(people);
  });

  const faultsOf = (bytes: Uint8Array | string): unknown => {
    const read = readCsvFile(typeof bytes === 'string' ? utf8(bytes) : bytes);
    return read.ok ? [] : read.error;
  };
  const oneRow = 'A B,a@hospital.test,registrar,CARD,doctor\n';
  it.each([
    ['an empty file', '', [{ code: 'empty' }]],
    ['a workbook', Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), [{ code: 'workbook' }]],
    ['bytes that are no text', Uint8Array.of(0, 1, 2, 255), [{ code: 'not-text' }]],
    ['titles alone', `${titleRow}\n`, [{ code: 'no-rows' }]],
    [
      'a missing column',
      `Name,E-mail,Designation,Department\n${oneRow}`,
      [{ code: 'missing-column', column: 'role' }],
    ],
    ['a title twice', `${titleRow},e mail\n${oneRow}`, [{ code: 'column-twice', column: 'email', place: 6 }]],
    ['an unknown title', `${titleRow},Salary\n${oneRow}`, [{ code: 'unknown-column', place: 6 }]],
    [
      'a column without a title',
      `${titleRow},\n${oneRow.trim()},x\n`,
      [{ code: 'unknown-column', place: 6 }],
    ],
    [
      'a quote that never ends',
      `${titleRow}\n${oneRow}"A B,a@hospital.test\n`,
      [{ code: 'broken-quotes', row: 3 }],
    ],
    ['too many people', `${titleRow}\n${oneRow.repeat(maxFileRows + 1)}`, [{ code: 'too-many-rows' }]],
  ])('refuses %s as a whole', (_name, bytes, faults) => {
    expect(faultsOf(bytes)).toMatchObject(faults);
  });

  it('takes columns without title and content for what a spreadsheet leaves at its edge', () => {
    expect(faultsOf(`${titleRow},,\n${oneRow.trim()},,\n`)).toEqual([]);
  });

  it('offers a template whose example nobody imports', () => {
    expect(faultsOf(csvOf(templateRows(importDirectory)))).toMatchObject([{ code: 'no-rows' }]);
    const filled = csvOf([
      ...templateRows(importDirectory),
      ['Noor', 'n@hospital.test', '', 'registrar', 'CARD', 'doctor', '', '', '', '', '', ''],
    ]);
    expect(planOf(filled).map(({ action }) => action)).toEqual(['create']);
  });
});
