/** A log line for people: `15:04:05.123 warn  master  text  key=value`. What is inside cannot break out of its line. */

const COLORS: Readonly<Record<string, string>> = { debug: '\x1b[2m', warn: '\x1b[33m', error: '\x1b[31m' };
const PLAIN = '\x1b[0m';

/** Control characters as `\x1b`; a line break goes on in the next line, indented. */
function printable(text: string): string {
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function fieldText(name: string, value: unknown): string {
  const text = typeof value === 'string' && /^[^\s"=\p{C}]+$/u.test(value) ? value : JSON.stringify(value);
  return `${name}=${text}`;
}

/** The line of one JSON line of the logger; something that is no such line is given back. */
export function prettyLine(line: string, inColor = false): string {
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return printable(line.trimEnd());
  }
  const { time, level, process, pid: _pid, text, ...fields } = parsed;
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  const rank = String(level).padEnd(5);
  const color = inColor ? (COLORS[String(level)] ?? '') : '';
  const message = printable(typeof text === 'string' ? text : '').replace(/\n/g, '\n    ');
  const parts = [`${clock} ${color}${rank}${color === '' ? '' : PLAIN} ${String(process)}`, message];
  for (const [name, value] of Object.entries(fields)) parts.push(fieldText(name, value));
  return parts.join('  ');
}
