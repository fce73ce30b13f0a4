/**
 * The figures of RE2 (release 2020-07-06, 64-bit Linux), measured with RE2 itself: the instructions that compiling
 * takes and the size of the program. Ours must be the same for these expressions.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RE2JS } from 're2js';
import { instructionBudget, regexCost } from '../../src/allocator/offer-constraints-cost.js';

/** Expression, instructions made while compiling, size of the program. */
const MEASURED: [string, number, number][] = [
  ['', 5, 4],
  ['a', 5, 5],
  ['^abc', 5, 4],
  ['^abc$', 5, 4],
  ['^(abc)$', 9, 7],
  ['^a+$', 6, 4],
  ['^[a-z]+x', 6, 5],
  ['(?i)abc', 7, 7],
  ['(?i)kiss', 18, 15],
  ['.', 16, 12],
  ['.*', 17, 12],
  ['[^a]', 16, 12],
  ['\\d+', 6, 6],
  ['\\w*', 10, 7],
  ['é', 6, 6],
  ['[é-ü]', 6, 6],
  ['日本', 10, 10],
  ['[日本]+', 11, 10],
  ['[^0-9]*', 17, 12],
  ['a|b|c', 5, 5],
  ['abc|abd|x', 9, 8],
  ['(?:a|b)*', 6, 5],
  ['(a|b|cd){12}', 76, 64],
  ['(a?){20}', 84, 84],
  ['(a+){10}', 44, 44],
  ['(a+){24}', 100, 100],
  ['(a+){25}', 104, 104],
  ['(a+){50}', 204, 204],
  ['a{100}', 104, 104],
  ['[a-z]{97}', 101, 101],
  ['rack-[0-9]+', 11, 11],
  ['host[0-9]{1,4}\\.example\\.com', 27, 27],
  ['(foo|bar|baz)-(east|west)-[1-3][a-d]?', 31, 28],
  ['192.168.(1[0-9]|3[4-7]|[1-9]|4[2-9]|[1-4][0-9]|5[3-8]|20[4-7]|53[0-5]).1', 73, 54],
  ['(?s).{8}', 84, 60],
  ['\\bnode\\b', 10, 10],
  ['x*?y+?z??', 10, 10],
  ['(?:(?:ab)?c){3,5}', 26, 26],
  ['[[:alpha:]_][[:alnum:]_]{0,15}', 97, 66],
  ['(a(b(c(d)?)?)?)?', 20, 20],
];

for (const [regex, instructions, programSize] of MEASURED) {
  test(`[A97] the cost of /${regex}/ is that of RE2`, () => {
    const compiled = RE2JS.compile(regex);
    assert.deepEqual(regexCost(compiled, 1000), { instructions, programSize });
    assert.deepEqual(regexCost(compiled, instructions), { instructions, programSize });
    assert.equal(regexCost(compiled, instructions - 1).instructions, null);
  });
}

test('[A97] two thirds of the memory are for the program: 416 bytes and 8 per instruction', () => {
  assert.equal(instructionBudget(4096), 289);
  assert.equal(instructionBudget(1152), 44);
  assert.equal(instructionBudget(1151), 43);
  assert.equal(instructionBudget(636), 1);
  assert.equal(instructionBudget(100), 0);
  assert.equal(instructionBudget(0), 100_000);
});
