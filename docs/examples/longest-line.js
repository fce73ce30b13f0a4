/**
 * A job in JavaScript: the longest line of any number of files.
 * Run it with: mete run docs/examples/longest-line.js --input 'docs/*.md' --local
 */
import { byteWork, defineJob, linesOf, rangesOf } from 'mete';

/**
 * The longer of two lines, of equal ones the first by order: parts are merged in any order.
 * @param {string} a
 * @param {string} b
 */
const longer = (a, b) => (b.length > a.length || (b.length === a.length && b < a) ? b : a);

export default defineJob({
  name: 'longest-line',
  about: 'the longest line of files',
  needs: { cpus: 1, memMb: 64 },
  takesInput: true,
  // The work is a line of bytes, cut wherever the scheduler likes; a text line belongs to the piece it starts in.
  split: (inputs) => byteWork(inputs),
  run: (piece, context) => {
    let longest = '';
    for (const range of rangesOf(piece)) {
      for (const line of linesOf(context, range)) longest = longer(longest, line);
    }
    return longest;
  },
  merge: longer,
  format: (longest) => `${longest.length} characters: ${longest}\n`,
});
