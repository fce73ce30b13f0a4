/**
 * What the README shows is true: its programs are the files in docs/examples, and they print what it says they print.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The fenced block that follows a marker comment `<!-- name -->` in a page. */
function blockAfter(page: string, marker: string): string {
  const at = page.indexOf(`<!-- ${marker} -->`);
  assert.ok(at >= 0, `${marker} is in the page`);
  const open = page.indexOf('```', at);
  const start = page.indexOf('\n', open) + 1;
  return page.slice(start, page.indexOf('```', start)).trimEnd();
}

const readme = readFileSync(`${ROOT}README.md`, 'utf8');

test('the README shows the library example as it is', () => {
  const source = readFileSync(`${ROOT}docs/examples/library.ts`, 'utf8');
  const program = source.slice(source.indexOf('\nimport ') + 1).trimEnd();
  assert.equal(blockAfter(readme, 'docs/examples/library.ts'), program);
});

test('the library example prints what the README says', () => {
  const printed = execFileSync(process.execPath, ['--import', 'tsx', 'docs/examples/library.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  assert.equal(printed.trimEnd(), blockAfter(readme, 'output of docs/examples/library.ts'));
});

test('the README shows the job example as it is', () => {
  const source = readFileSync(`${ROOT}docs/examples/longest-line.js`, 'utf8');
  const program = source.slice(source.indexOf('\nimport ') + 1).trimEnd();
  assert.equal(blockAfter(readme, 'docs/examples/longest-line.js'), program);
});
