import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { root } from './run.mjs';

/**
 * A test with the titles it stands under, the outermost first.
 * @typedef {object} TestTitles
 * @property {string} file
 * @property {string[]} titles
 */

const callers = new Set(['it', 'test', 'describe']);

/**
 * The name at the left of `it`, `it.each(...)`, `test.describe`, `it.skipIf(...)`: what is called in the end.
 * @param {ts.Expression} expression
 */
function rootOf(expression) {
  for (let at = expression; ;) {
    if (ts.isIdentifier(at)) return at.text;
    if (ts.isPropertyAccessExpression(at) || ts.isCallExpression(at) || ts.isTaggedTemplateExpression(at))
      at = ts.isTaggedTemplateExpression(at) ? at.tag : at.expression;
    else return '';
  }
}

/** @param {ts.Expression | undefined} node */
const textOf = (node) =>
  node !== undefined && (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node))
    ? ts.isStringLiteralLike(node)
      ? node.text
      : node.getText().slice(1, -1)
    : null;

/** @param {string} file */
function titlesIn(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  /** @type {TestTitles[]} */
  const found = [];
  /**
   * @param {ts.Node} node
   * @param {string[]} above
   */
  function walk(node, above) {
    let titles = above;
    if (ts.isCallExpression(node) && callers.has(rootOf(node.expression))) {
      const title = textOf(node.arguments[0]);
      const body = node.arguments.find((each) => ts.isArrowFunction(each) || ts.isFunctionExpression(each));
      if (title !== null && body !== undefined) {
        titles = [...above, title];
        const isGroup = /(^|\.)describe\b/.test(node.expression.getText());
        const isStep = /\.step$/.test(node.expression.getText());
        if (isStep) titles = above;
        else if (!isGroup) found.push({ file: relative(root, file), titles });
      }
    }
    node.forEachChild((child) => walk(child, titles));
  }
  walk(source, []);
  return found;
}

/** Every test of the project, in the order of files and lines. */
export function testTitles() {
  return readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .flatMap((name) => titlesIn(join(root, 'tests', name)));
}
