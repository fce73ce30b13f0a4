/**
 * Word count. A word is what stands between ASCII white space, and belongs to the range in which it starts: a task
 * passes over a word that began before its range and reads beyond the end of it to finish its last word, so that each
 * word is counted once however the files are cut. Files are separate: a word ends where its file ends.
 */
import { type BytePiece, byteWork, rangesOf, type ByteRange } from './byte-work.js';
import { defineJob, type RunContext } from './job.js';
import { lowerCase } from './word-case.js';
import { wordCounts } from './word-order.js';
import { addWords, PartWriter, TABLE_WORDS, type WordPart } from './word-part.js';
import { isSpace, WordScanner } from './word-scanner.js';
import { WordTable } from './word-table.js';

/** The largest piece: should all its words differ, its part is a little larger. */
const MAX_PIECE_BYTES = 32 * 1024 * 1024;
/** What is read at once beyond the end of a range to finish a word. */
const BEYOND_BYTES = 4096;

type Read = RunContext<unknown>['read'];

const OPTIONS = {
  top: { type: 'integer', default: 20, min: 0, about: 'words to show; 0: all' },
  ignoreCase: { type: 'flag', default: false, about: 'count words without regard to case' },
} as const;

/** Counts the words of an input that start in a range. */
export function countRange(scanner: WordScanner, read: Read, { input, from, to }: ByteRange): void {
  // Words that start before the range are not ours: from a byte in a word, skip to the first white space.
  let skipping = from > 0;
  for (const chunk of read(input, Math.max(0, from - 1), to)) {
    let at = 0;
    while (skipping && at < chunk.length) skipping = !isSpace(chunk[at++]!);
    scanner.take(chunk, at);
  }
  if (!skipping) for (let at = to; scanner.inWord; at += BEYOND_BYTES) if (!finishWord(scanner, read, input, at)) break;
  scanner.finish();
}

/** Reads on at the end of a range until the last word ends; false at the end of the input. */
function finishWord(scanner: WordScanner, read: Read, input: number, from: number): boolean {
  let seen = false;
  for (const chunk of read(input, from, from + BEYOND_BYTES)) {
    seen ||= chunk.length > 0;
    let end = 0;
    while (end < chunk.length && !isSpace(chunk[end]!)) end++;
    scanner.take(chunk, 0, end);
    if (end === chunk.length) continue;
    scanner.finish();
    return true;
  }
  return seen;
}

function run(piece: BytePiece, context: RunContext<{ readonly ignoreCase: boolean }>): WordPart {
  const { ignoreCase } = context.options;
  const writer = new PartWriter();
  let table = new WordTable();
  const scanner = new WordScanner(table);
  const put = (): void => writer.add(ignoreCase ? lowerCase(table) : table);
  let done = 0;
  const read = function* (input: number, from: number, to: number): Iterable<Uint8Array> {
    for (const chunk of context.read(input, from, to)) {
      if (context.cancelled) return;
      yield chunk;
      done += chunk.length;
      context.progress(done);
      // A large table is put into the part and a new one begun: the memory of a task is bounded.
      if (table.words < TABLE_WORDS) continue;
      put();
      table = new WordTable();
      scanner.countInto(table);
    }
  };
  for (const range of rangesOf(piece)) countRange(scanner, read, range);
  put();
  return writer.part();
}

const wordcount = defineJob({
  name: 'wordcount',
  about: 'how often each word occurs in files',
  needs: { cpus: 1, memMb: 128 },
  takesInput: true,
  options: OPTIONS,
  split: (inputs) => byteWork(inputs, { maxUnits: MAX_PIECE_BYTES, unitsPerSecond: 250e6 }),
  run,
  start: () => new WordTable(),
  merge: (sum, part: WordPart) => {
    addWords(sum, part);
    return sum;
  },
  finish: (sum) => wordCounts(sum ?? new WordTable()),
  format: (counts, { options }) => counts.lines(options.top),
  file: (counts) => counts.lines(),
});

export default wordcount;
