/** Contenders `coreutils`, `mawk` and `python` of wordcount: what people use, each as it is usually written. */
import { execFileSync } from 'node:child_process';
import type { Desk } from './text.js';

/** Counts with a shell command, in which $1 is the text and $2 the file for the counts. */
function byShell(script: string): (desk: Desk) => void {
  return ({ text, out }) => {
    execFileSync('sh', ['-c', script, 'sh', text, out], { env: { ...process.env, LC_ALL: 'C' } });
  };
}

export const countByCoreutils = byShell(`tr -s '[:space:]' '\\n' < "$1" | grep -v '^$' | sort | uniq -c > "$2"`);

export const countByMawk = byShell(
  `mawk '{ for (i = 1; i <= NF; i++) n[$i]++ } END { for (w in n) print n[w], w }' "$1" > "$2"`,
);

/** Starting Python may take longer than counting: it tells its own time. */
const PYTHON = `
import sys, time
from collections import Counter
start = time.perf_counter()
counts = Counter()
with open(sys.argv[1], 'rb') as text:
    for line in text:
        counts.update(line.split())
with open(sys.argv[2], 'wb') as out:
    for word, count in counts.items():
        out.write(b'%d %s\\n' % (count, word))
print((time.perf_counter() - start) * 1000)
`;

/** Milliseconds, without the start of Python. */
export function countByPython({ text, out }: Desk): number {
  return Number(execFileSync('python3', ['-c', PYTHON, text, out], { encoding: 'utf8' }));
}
