/** Contender `worker` of wordcount: the code that tasks run, in one thread, reading the file as executors do. */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { wordCounts } from '../../src/jobs/word-order.js';
import { WordScanner } from '../../src/jobs/word-scanner.js';
import { WordTable } from '../../src/jobs/word-table.js';
import { countRange } from '../../src/jobs/wordcount.js';
import type { Desk } from './text.js';

const CHUNK_BYTES = 1024 * 1024;

export function countByWorker({ text, out }: Desk): void {
  const file = openSync(text, 'r');
  const buffer = new Uint8Array(CHUNK_BYTES);
  const read = function* (_input: number, from: number, to: number): Iterable<Uint8Array> {
    for (let at = from; at < to; ) {
      const length = readSync(file, buffer, 0, Math.min(CHUNK_BYTES, to - at), at);
      if (length === 0) return;
      at += length;
      yield buffer.subarray(0, length);
    }
  };
  const table = new WordTable();
  countRange(new WordScanner(table), read, { input: 0, from: 0, to: fstatSync(file).size });
  closeSync(file);
  const written = openSync(out, 'w');
  for (const block of wordCounts(table).lines()) writeSync(written, block);
  closeSync(written);
}
