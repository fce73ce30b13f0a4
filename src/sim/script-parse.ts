/**
 * The text of scenarios. A file is a row of blocks with empty lines between them; a block is some lines of commands, a
 * line `----`, and the output that they gave when it was recorded. Lines that start with `#` are comments. A command is
 * words; what stands in parentheses belongs to the word in front of it: `t1(cpus:1;mem:64 for:5s)`.
 */
import { MeteError } from '../base/errors.js';

export interface Command {
  readonly line: number;
  readonly name: string;
  /** Words that are not `key=value`. */
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

export interface Block {
  /** Comments and commands as they stand. */
  readonly source: readonly string[];
  readonly commands: readonly Command[];
  readonly output: readonly string[];
}

export function parseScript(text: string): Block[] {
  const blocks: Block[] = [];
  let source: string[] = [];
  let output: string[] | null = null;
  let commands: Command[] = [];
  const finish = (): void => {
    if (source.length > 0) blocks.push({ source, commands, output: output ?? [] });
    source = [];
    commands = [];
    output = null;
  };
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') finish();
    else if (output !== null) output.push(line);
    else if (line === '----') output = [];
    else {
      source.push(line);
      if (!line.startsWith('#')) commands.push(parseCommand(line, index + 1));
    }
  });
  finish();
  return blocks;
}

/** The text of a script with other outputs. */
export function printScript(blocks: readonly Block[], outputs: readonly (readonly string[])[]): string {
  const texts = blocks.map(({ source, commands }, i) =>
    (commands.length === 0 ? source : [...source, '----', ...outputs[i]!]).join('\n'),
  );
  return `${texts.join('\n\n')}\n`;
}

function parseCommand(line: string, number: number): Command {
  const [name = '', ...rest] = line.match(/[^\s(]*\([^)]*\)|\S+/g) ?? [];
  const options = new Map<string, string>();
  const words: string[] = [];
  for (const part of rest) {
    const at = part.indexOf('=');
    if (at > 0 && !part.includes('(')) options.set(part.slice(0, at), part.slice(at + 1));
    else words.push(part);
  }
  return { line: number, name, words, options };
}

/** A word of a command. Throws MeteError if it is not there. */
export function word(command: Command, index: number, what: string): string {
  const found = command.words[index];
  if (found !== undefined) return found;
  throw wrong(command, `it has no ${what}`, `name ${what} after ${command.name}`);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `5s`, `200ms`, `10m`, `1h` in milliseconds. Throws MeteError. */
export function parseMs(command: Command, text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  if (amount === undefined) throw wrong(command, `${text} is no time`, 'write 200ms, 5s, 10m or 1h');
  return Math.round(Number(amount) * UNITS[unit]!);
}

export function wrong(command: Command, reason: string, mend: string): MeteError {
  return new MeteError('INVALID_ARGUMENT', { field: `line ${command.line}`, value: command.name, reason, mend });
}
