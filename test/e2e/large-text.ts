/**
 * A large text whose word counts are known from how it is made. The vocabulary is put into paragraphs, common words
 * more often; the text is a seeded sequence of paragraphs. A word's count is then the sum over the paragraphs of how
 * often it stands there times how often the paragraph was written, and the text costs no more than copying it.
 */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { mix32, uniform } from '../../src/base/mix32.js';

const PARAGRAPHS = 4096;
const PARAGRAPH_WORDS = 640;
const SALT = 20_261_120;

/** Letters of words: of one, two, three and four bytes. */
const ALPHABETS = ['abcdefghijklmnopqrstuvwxyz', 'αβγδεζηθικλμνξοπρστυφχψω', '一二三四五六七八九十百千万', '😀😁😂🙂🚀🌍'];
const SPACES = [' ', ' ', ' ', ' ', ' ', ' ', '\n', '  ', '\t', '\r\n', '\n\n', ' \v ', '\f'];

export interface LargeText {
  /** How often each word occurs. */
  readonly counts: ReadonlyMap<string, number>;
  readonly bytes: number;
}

/** A word for each number, different for different ones. */
function wordOf(index: number): string {
  // Nine of ten words are of the first alphabet, as in most texts; capitals and signs make some alike but not the same.
  const letters = [...ALPHABETS[index % 10 === 0 ? 1 + (Math.floor(index / 10) % 3) : 0]!];
  let word = '';
  for (let rest = index + 1; rest > 0; rest = Math.floor(rest / letters.length)) word += letters[rest % letters.length];
  if (index % 7 === 0) word = word.charAt(0).toUpperCase() + word.slice(1);
  return index % 11 === 0 ? `${word},` : word;
}

function makeWords(count: number): string[] {
  const words = new Set<string>();
  for (let index = 0; words.size < count; index++) words.add(wordOf(index));
  return [...words];
}

/** The words of a paragraph: each word of the vocabulary in turn, so that all occur, and common ones between them. */
function paragraphOf(number: number, words: readonly string[]): string[] {
  return Array.from({ length: PARAGRAPH_WORDS }, (_, i) => {
    const draw = number * PARAGRAPH_WORDS + i;
    if (i % 8 === 0) return words[(draw / 8) % words.length]!;
    // The share of a rank falls with the rank, as in natural texts.
    return words[Math.floor(words.length ** uniform(SALT, draw)) - 1]!;
  });
}

/** Writes at least `bytes` of text into a file. */
export async function writeLargeText(path: string, bytes: number, vocabulary: number): Promise<LargeText> {
  const words = makeWords(vocabulary);
  const paragraphs = Array.from({ length: PARAGRAPHS }, (_, number) => paragraphOf(number, words));
  const encoded = paragraphs.map((paragraph, number) => {
    const spaced = paragraph.map((word, i) => word + SPACES[mix32(number * PARAGRAPH_WORDS + i) % SPACES.length]!);
    return Buffer.from(spaced.join(''), 'utf8');
  });
  const written = new Float64Array(PARAGRAPHS);
  const stream = createWriteStream(path, { highWaterMark: 8 * 1024 * 1024 });
  let size = 0;
  for (let n = 0; size < bytes; n++) {
    // Each paragraph once, then by the dice.
    const number = n < PARAGRAPHS ? n : mix32(SALT + n) % PARAGRAPHS;
    written[number]!++;
    size += encoded[number]!.length;
    if (!stream.write(encoded[number]!)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
  const counts = new Map<string, number>();
  paragraphs.forEach((paragraph, number) => {
    for (const word of paragraph) counts.set(word, (counts.get(word) ?? 0) + written[number]!);
  });
  return { counts, bytes: size };
}
