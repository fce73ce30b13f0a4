/** Word count equals an obvious counter on any bytes, however they are cut, and `tr | sort | uniq -c` on real text. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Printed } from '../../src/jobs/job.js';
import { addWords, PartWriter } from '../../src/jobs/word-part.js';
import { MAX_WORD_BYTES, WordScanner } from '../../src/jobs/word-scanner.js';
import { WordTable } from '../../src/jobs/word-table.js';
import wordcount from '../../src/jobs/wordcount.js';
import { runInMemory } from './in-memory.js';

const NOVEL = fileURLToPath(new URL('../../data/anna-karenina.txt', import.meta.url));
const SPACES = [0x20, 9, 10, 11, 12, 13];

/** The obvious counter: latin1 keeps bytes apart and in order. */
function obvious(texts: readonly Uint8Array[], ignoreCase = false): string {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const words = Buffer.from(text).toString('latin1').split(/[ \t\n\v\f\r]+/);
    for (const word of words.filter((candidate) => candidate !== '')) {
      const key = ignoreCase ? word.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : word;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const sorted = [...counts].sort(([a, n], [b, m]) => (n !== m ? m - n : a < b ? -1 : 1));
  return sorted.map(([word, count]) => `${word}\t${count}\n`).join('');
}

function printed(lines: Printed): string {
  if (typeof lines === 'string') return lines;
  const blocks = lines instanceof Uint8Array ? [lines] : [...lines];
  return blocks.map((block) => Buffer.from(block as Uint8Array).toString('latin1')).join('');
}

function counted(
  texts: readonly Uint8Array[],
  cuts: readonly number[],
  chunkBytes: number,
  options: { top?: number; ignoreCase?: boolean } = {},
  order?: (parts: unknown[]) => unknown[],
): string {
  const given = { top: 0, ignoreCase: false, ...options };
  const cutting = { cuts, chunkBytes, ...(order === undefined ? {} : { order }) };
  const { result, info } = runInMemory(wordcount, texts, given, cutting);
  return printed(wordcount.format!(result, info));
}

/** Bytes that make words of all lengths: few letters, so that words repeat; all spaces; anything now and then. */
const byte = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(0x61, 0x62, 0x41, 0x7a) },
  { weight: 4, arbitrary: fc.constantFrom(...SPACES) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
);
const text = fc.array(byte, { maxLength: 300 }).map((bytes) => Uint8Array.from(bytes));
const cut = fc.array(fc.nat(700), { maxLength: 12 }).map((cuts) => [...new Set(cuts)].sort((a, b) => a - b));

test('word count equals an obvious counter for any bytes, cuts, chunks and order of merging', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), cut, fc.integer({ min: 1, max: 200 }), (texts, cuts, chunkBytes) => {
      const backwards = (parts: unknown[]): unknown[] => [...parts].reverse();
      assert.equal(counted(texts, cuts, chunkBytes, {}, backwards), obvious(texts));
    }),
    { numRuns: 600 },
  );
});

test('a text cut at every byte, in chunks of one byte, gives the same words', () => {
  const umlauts = '\u00e4\u00f6\u00fc\u00df \ud83d\ude00';
  const whole = Buffer.from(` one\ttwo  three\r\nseventeen-letters\vone ${umlauts} eight888 nine99999`);
  const cuts = Array.from({ length: whole.length - 1 }, (_, i) => i + 1);
  assert.equal(counted([whole], cuts, 1), obvious([whole]));
});

test('a word longer than a range and a chunk is counted once, by the range where it starts', () => {
  const whole = Buffer.from(`a ${'x'.repeat(50_000)} b`);
  assert.equal(counted([whole], [1, 2, 3, 100, 10_000, 20_000, 49_999], 64), obvious([whole]));
});

test('only the six white-space bytes of ASCII part words', () => {
  const bytes = Uint8Array.from({ length: 256 * 2 }, (_, i) => (i % 2 === 0 ? 0x61 : (i - 1) / 2));
  assert.equal(counted([bytes], [], 1000).split('\n').length - 1, new Set(obvious([bytes]).split('\n')).size - 1);
  assert.equal(counted([bytes], [], 1000), obvious([bytes]));
});

test('words do not go on from one file into the next', () => {
  assert.equal(counted([Buffer.from('one'), Buffer.from('two')], [2, 4], 10), 'one\t1\ntwo\t1\n');
});

test('without regard to case: ASCII as tr does, UTF-8 as Unicode does, other bytes as they are', () => {
  const ascii = Buffer.from('The THE the tHe Zebra zebra [A] [a]');
  assert.equal(counted([ascii], [5, 9], 7, { ignoreCase: true }), obvious([ascii], true));
  const utf8 = Buffer.from('\u00c4rger \u00e4rger STRASSE stra\u00dfe \u0416\u0423\u041a \u0436\u0443\u043a');
  const lines = Buffer.from(counted([utf8], [], 100, { ignoreCase: true }), 'latin1').toString('utf8');
  assert.equal(lines, '\u00e4rger\t2\n\u0436\u0443\u043a\t2\nstrasse\t1\nstra\u00dfe\t1\n');
  const broken = Uint8Array.of(0x41, 0xff, 0x42, 0x20, 0x61, 0xff, 0x62);
  assert.equal(counted([broken], [], 100, { ignoreCase: true }), 'a\u00ffb\t2\n');
});

test('top N are the first N lines of all, ties cut by bytes', () => {
  const words = Buffer.from('b b a a c c d e f f f');
  assert.equal(counted([words], [], 100, { top: 3 }), 'f\t3\na\t2\nb\t2\n');
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 30 }), (bytes, top) => {
      const first = obvious([bytes]).split('\n').slice(0, top).join('\n');
      assert.equal(counted([bytes], [], 100, { top }).trimEnd(), first.trimEnd());
    }),
  );
});

test('an empty text has no words; so have empty files beside others', () => {
  assert.equal(counted([], [], 10), '');
  assert.equal(counted([new Uint8Array(0), Buffer.from('x'), new Uint8Array(0)], [], 10), 'x\t1\n');
});

test('many different words: the table grows, is put into the part when it is large, and nothing is lost', () => {
  const lines: string[] = [];
  for (let i = 0; i < 160_000; i++) lines.push(`${i}`, `a-longer-word-${i}`);
  const whole = Buffer.from(lines.join('\n'));
  assert.equal(counted([whole], [whole.length >> 1], 65_536), obvious([whole]));
});

test('a part that is cut off or not as long as it says is refused', () => {
  const table = new WordTable();
  const scanner = new WordScanner(table);
  scanner.take(Buffer.from('some words and more of some words'));
  scanner.finish();
  const writer = new PartWriter();
  writer.add(table);
  const part = writer.part();
  for (let end = 0; end < part.bytes.length; end++) {
    const cutOff = { words: part.words, bytes: part.bytes.subarray(0, end) };
    assert.throws(() => addWords(new WordTable(), cutOff), { code: 'INVALID_ARGUMENT' });
  }
  assert.throws(() => addWords(new WordTable(), { ...part, words: part.words - 1 }), { code: 'INVALID_ARGUMENT' });
  assert.throws(() => addWords(new WordTable(), { ...part, words: part.words + 1 }), { code: 'INVALID_ARGUMENT' });
});

test('a word beyond all bounds is refused with a reason', () => {
  const scanner = new WordScanner(new WordTable());
  const chunk = new Uint8Array(1 << 20).fill(0x78);
  const feed = (): void => {
    for (let bytes = 0; bytes <= 2 * MAX_WORD_BYTES; bytes += chunk.length) scanner.take(chunk);
  };
  assert.throws(feed, { code: 'LIMIT_EXCEEDED', field: 'word' });
});

test('the novel, once and in copies, equals tr, sort and uniq', () => {
  const novel = readFileSync(NOVEL);
  const script = `tr -s '[:space:]' '\\n' < "$1" | grep -v '^$' | LC_ALL=C sort | uniq -c`;
  const uniq = execFileSync('sh', ['-c', script, 'sh', NOVEL], {
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 1 << 26,
  });
  const expected = uniq.toString('latin1').trimEnd().split('\n').map((line) => {
    const [, count = '', word = ''] = /^ *(\d+) (.*)$/.exec(line) ?? [];
    return { word, count: Number(count) };
  });
  expected.sort((a, b) => (a.count !== b.count ? b.count - a.count : a.word < b.word ? -1 : 1));
  const lines = (copies: number): string => expected.map(({ word, count }) => `${word}\t${count * copies}\n`).join('');
  assert.equal(counted([novel], [100_000, 100_001, 777_777, 1_500_000], 65_536), lines(1));
  assert.equal(counted([novel, novel, novel], [1_966_143, 1_966_145, 3_000_000], 10_000), lines(3));
});
