/** The document of features: what counts as a claim, what is refused, and what is written. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { claimsOf, featuresDocument, unknownClaims, type Row } from '../../scripts/lib/features.mjs';

const ROWS: Row[] = [
  { id: 'A1', group: 'Allocator', name: 'One|two', rating: 'must' },
  { id: 'A2', group: 'Allocator', name: 'Another', rating: 'nice' },
  { id: 'B1', group: 'Master', name: 'Third', rating: 'must' },
];

test('IDs at the start of a title are claims, also several, in tables and in templates', () => {
  const text = [
    "test('[A1] does', () => {});",
    "test('[A1, A2] does', () => {});",
    "test('[A1] [B1] does', () => {});",
    "const CASES = [{ title: '[A2] does', x: 1 }];",
    'test(`[B1] does ${x}`, () => {});',
  ].join('\n');
  const found = claimsOf('test/x.test.ts', text).map((claim) => `${claim.id}:${claim.line}`);
  assert.deepEqual(found, ['A1:1', 'A1:2', 'A2:2', 'A1:3', 'B1:3', 'A2:4', 'B1:5']);
});

test('IDs in comments, inside a title or without brackets are no claims', () => {
  const text = "// [A1] does\ntest('proves [A1]', f); test('A1 does', f); const a = [A1]; test('[a1] does', f);";
  assert.deepEqual(claimsOf('test/x.test.ts', text), []);
});

test('a claim of an unknown feature is told with its place', () => {
  const lines = unknownClaims(ROWS, claimsOf('test/x.test.ts', "test('[A1] x', f);\ntest('[A99] x', f);"));
  assert.deepEqual(lines, ['test/x.test.ts:2: there is no feature A99']);
});

test('the document counts proved rows and links to the tests that prove them', () => {
  const document = featuresDocument(ROWS, claimsOf('test/a/x.test.ts', "test('[A1] x', f); test('[A1] y', f);"));
  assert.match(document, /\| Allocator \| 1 of 2 \| 1 of 1 \|/);
  assert.match(document, /\| \*\*all\*\* \| 1 of 3 \| 1 of 2 \|/);
  assert.ok(document.includes('| A1 | One\\|two | must | [a/x](../test/a/x.test.ts) |'), document);
  assert.ok(document.includes('| B1 | Third | must | - |'), document);
});

test('the table holds 561 features, each once', () => {
  const rows = JSON.parse(readFileSync('test/features/rows.json', 'utf8')) as Row[];
  assert.equal(rows.length, 561);
  assert.equal(new Set(rows.map((row) => row.id)).size, 561);
  const count = (rating: string): number => rows.filter((row) => row.rating === rating).length;
  assert.deepEqual([count('must'), count('should'), count('nice')], [243, 174, 144]);
});
