/** What commands are given from outside: where to write, the environment, how to start this program again. */
import { CommanderError } from 'commander';
import { ExitCode, explainError } from './explain.js';

export { ExitCode };

export interface Surroundings {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Writes a piece of output as it is, without a line end. */
  readonly write: (piece: string | Uint8Array) => void;
  /** Whether `out` is a terminal, that is, may be redrawn; and how wide it is. */
  readonly terminal: { readonly isTerminal: boolean; readonly columns: number };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The program itself: what to execute, and the arguments that come before a command. */
  readonly self: { readonly execPath: string; readonly args: readonly string[] };
  /** Runs the benchmarks with their own arguments. */
  readonly bench: (args: string[]) => Promise<number>;
}

/** Prints an error in one line and tells the exit code. */
export function explain(error: unknown, surroundings: Surroundings): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return ExitCode.OK;
    surroundings.err(`mete: ${error.message.replace(/^error: /, '')}; mete --help shows the commands`);
    return ExitCode.USAGE;
  }
  return explainError(error, surroundings.err);
}
