/**
 * Lines of text for jobs over files: a line belongs to the range in which it starts, so that each is seen once however
 * the files are cut.
 */
import type { ByteRange } from './byte-work.js';
import type { RunContext } from './job.js';

const NEWLINE = 10;
/** What is read at once beyond the end of a range to finish its last line. */
const BEYOND_BYTES = 4096;

/** The lines of an input that start in a range, as texts (UTF-8) without their ends (\n or \r\n). */
export function* linesOf(context: Pick<RunContext<unknown>, 'read'>, range: ByteRange): Generator<string> {
  const { input, from, to } = range;
  const decoder = new TextDecoder();
  let carried: Uint8Array = new Uint8Array(0);
  let skipping = from > 0;
  const text = (bytes: Uint8Array): string => {
    const end = bytes.at(-1) === 13 ? bytes.length - 1 : bytes.length;
    return decoder.decode(bytes.subarray(0, end));
  };
  for (const chunk of context.read(input, Math.max(0, from - 1), to)) {
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      if (!skipping) yield text(join(carried, chunk.subarray(at, end)));
      skipping = false;
      carried = new Uint8Array(0);
      at = end + 1;
    }
    if (!skipping) carried = join(carried, chunk.subarray(at));
  }
  if (carried.length === 0) return;
  for (let at = to, done = false; !done; at += BEYOND_BYTES) {
    done = true;
    for (const chunk of context.read(input, at, at + BEYOND_BYTES)) {
      const end = chunk.indexOf(NEWLINE);
      carried = join(carried, end < 0 ? chunk : chunk.subarray(0, end));
      done = end >= 0;
      if (done) break;
    }
  }
  yield text(carried);
}

/** A copy of both, one after the other; chunks are not ours to keep. */
function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
