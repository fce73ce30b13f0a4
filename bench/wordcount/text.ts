/** The text that is counted, and what all contenders must agree on: the digest of the lines `word<TAB>count`. */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The novel lies at the root of the package, above sources and compiled files alike. */
function novelPath(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return join(folder, 'data', 'anna-karenina.txt');
}

export interface Desk {
  /** The novel so many times, each ended by a newline. */
  readonly text: string;
  /** A file to write counts to. */
  readonly out: string;
  clear(): void;
}

export function setDesk(copies: number): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'mete-bench-'));
  const text = join(folder, 'text.txt');
  const novel = Buffer.concat([readFileSync(novelPath()), Buffer.from('\n')]);
  const file = openSync(text, 'w');
  for (let copy = 0; copy < copies; copy++) writeSync(file, novel);
  closeSync(file);
  return { text, out: join(folder, 'counts.txt'), clear: () => rmSync(folder, { recursive: true }) };
}

/** The digest of counts that a program wrote as lines `count word`, in any order. */
export function digestOfCounts(path: string): string {
  const counts = readFileSync(path, 'latin1').trimEnd().split('\n').map((line) => {
    const [, count = '', word = ''] = /^ *(\d+) (.*)$/.exec(line) ?? [];
    return { word, count: Number(count) };
  });
  counts.sort((a, b) => (a.count !== b.count ? b.count - a.count : a.word < b.word ? -1 : 1));
  return digest(counts.map(({ word, count }) => `${word}\t${count}\n`).join(''));
}

/** The digest of counts that are written in their final form. */
export function digestOfLines(path: string): string {
  return digest(readFileSync(path, 'latin1'));
}

function digest(lines: string): string {
  const hash = createHash('sha256').update(lines, 'latin1').digest('hex').slice(0, 16);
  return `${lines.split('\n').length - 1} words, ${hash}`;
}
