import { failureModes } from './failure-modes.mjs';

/** `FM-12` anywhere; of the others, which look like words, only those a title begins with: `E5 E6 fills pages …`. */
const anywhere = /\bFM-\d+a?\b/g;
const leading = /^(?:FM-\d+a?,? |[A-Z]{2,4}-\d+,? )*((?:[EF]\d+,? )+)/;

/** @typedef {import('./test-titles.mjs').TestTitles} TestTitles */

/**
 * What a test says it shows, by the ids in its own title and in those it stands under.
 * @param {readonly string[]} titles
 */
export const idsOf = (titles) =>
  new Set(
    titles.flatMap((title) => [
      ...(title.match(anywhere) ?? []),
      ...(leading.exec(title)?.[1]?.match(/[EF]\d+/g) ?? []),
    ]),
  );

/**
 * A cell of a table: one line, and no bar that would end it.
 * @param {string} text
 */
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/**
 * Tests by the failure mode they show.
 * @param {readonly TestTitles[]} tests
 */
export function testsByMode(tests) {
  /** @type {Map<string, TestTitles[]>} */
  const found = new Map(failureModes.map(({ id }) => [id, []]));
  for (const test of tests) for (const id of idsOf(test.titles)) found.get(id)?.push(test);
  return found;
}

/**
 * @param {import('./failure-modes.mjs').FailureMode} mode
 * @param {readonly TestTitles[]} tests
 */
function whereShown({ decision }, tests) {
  const lines = tests.map(({ file, titles }) => `${cell(titles.join(' › '))} (\`${file}\`)`);
  if (decision !== undefined) lines.push(`Not by a test: [why](${decision})`);
  return lines.length === 0 ? 'nothing yet' : lines.join('<br>');
}

/**
 * docs/failure-modes-covered.md, whole.
 * @param {readonly TestTitles[]} tests
 */
export function failureModesPage(tests) {
  const shown = testsByMode(tests);
  const groups = [...new Set(failureModes.map(({ group }) => group))];
  const tables = groups.map((group) => {
    const rows = failureModes
      .filter((mode) => mode.group === group)
      .map(
        (mode) =>
          `| ${mode.id} | ${cell(mode.failure)} | ${cell(mode.control)} | ${whereShown(mode, shown.get(mode.id) ?? [])} |`,
      );
    return [
      `## ${group}`,
      '',
      '| | What goes wrong | What stands against it | Shown by |',
      '|---|---|---|---|',
      ...rows,
    ].join('\n');
  });
  return [
    '# What goes wrong, and the tests that show it does not',
    '',
    'Made by `node scripts/failure-modes.mjs` from the titles of the tests; do not edit. A test that shows one of these names it in its title.',
    '',
    ...tables.flatMap((table) => [table, '']),
  ].join('\n');
}
