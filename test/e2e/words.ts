/** What word counts must be, by the tools of the system: `tr`, `sort`, `uniq`, in the C locale. */
import { spawnSync } from 'node:child_process';

/** Counts the words of each file; `times` is what each counts; highest first, ties by bytes. */
const SCRIPT = `
for file in "$@"; do tr -s '[:space:]' '\\n' < "$file"; echo; done |
  grep -v '^$' | sort | uniq -c | awk -v times="$TIMES" '{ print $2 "\\t" $1 * times }' |
  sort -t "$(printf '\\t')" -k2,2nr -k1,1`;

/** Lines `word<TAB>count` as bytes. Throws if the tools fail. */
export function countedBySystem(files: readonly string[], times = 1): Buffer {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', SCRIPT, 'sh', ...files], {
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TIMES: String(times) },
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`tr | sort | uniq: ${stderr.toString()}`);
  return stdout;
}

/** The same without regard to case, as Unicode has it. */
export function withoutCase(lines: Buffer): Buffer {
  const counts = new Map<string, number>();
  for (const line of lines.toString('utf8').trimEnd().split('\n')) {
    const [word = '', count] = line.split('\t');
    const lower = word.toLowerCase();
    counts.set(lower, (counts.get(lower) ?? 0) + Number(count));
  }
  const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || Buffer.compare(bytes(a[0]), bytes(b[0])));
  return bytes(sorted.map(([word, count]) => `${word}\t${count}\n`).join(''));
}
