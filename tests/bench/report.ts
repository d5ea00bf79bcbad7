import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import { machineName } from './machine.ts';
import type { Row } from './measure.ts';

const heads = ['measure', 'measured', 'peer', 'ratio', 'target', 'met', 'runs'] as const;

const metWord = ({ met, target }: Row): string =>
  met === null ? (target === '' ? '' : '–') : met ? 'yes' : 'NO';

const cellsOf = (row: Row): string[] => [
  row.measure,
  row.measured,
  row.peer,
  row.ratio,
  row.target,
  metWord(row),
  row.runs === 0 ? '' : String(row.runs),
];

/** The table with its columns in line; also good Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [heads.map(String), ...rows.map(cellsOf)];
  const widths = heads.map((_head, at) => Math.max(...lines.map((cells) => cells[at]?.length ?? 0)));
  const lineOf = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [lineOf(lines[0] ?? []), rule, ...lines.slice(1).map(lineOf)].join('\n');
}

export interface Run {
  readonly machine: Machine;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly loadBefore: number;
  readonly loadAfter: number;
  readonly seconds: number;
  readonly rows: readonly Row[];
}

/** Writes docs/bench/<date>-<machine>.md; a second run of the day replaces the first. Resolves with the path. */
export async function writeReport(folder: string, run: Run): Promise<string> {
  const { machine, date } = run;
  const text = `# Benchmarks, ${date}

${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, ${machine.cpu}.
Load (1 minute) ${run.loadBefore.toFixed(1)} before and ${run.loadAfter.toFixed(1)} after; the whole run took ${run.seconds.toFixed(0)} s.
Each figure stands beside a peer or a raw limit taken in the same run: compare ratios, not milliseconds.
How each is taken is written at the head of its file in tests/bench/measures.

${tableOf(run.rows)}
`;
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${date}-${machineName(machine)}.md`);
  await writeFile(path, text);
  return path;
}
