import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureModesPage, testsByMode } from './lib/failure-modes-page.mjs';
import { failureModes } from './lib/failure-modes.mjs';
import { root } from './lib/run.mjs';
import { testTitles } from './lib/test-titles.mjs';

// Makes docs/failure-modes-covered.md anew.
const tests = testTitles();
writeFileSync(join(root, 'docs/failure-modes-covered.md'), failureModesPage(tests));
const shown = testsByMode(tests);
for (const { id, failure, decision } of failureModes)
  if (decision === undefined && shown.get(id)?.length === 0)
    process.stdout.write(`${id} is shown by nothing: ${failure}\n`);
