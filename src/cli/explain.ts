/** Exit codes, and errors in one line each. */
import { ERRORS, MeteError } from '../base/errors.js';

export const ExitCode = { OK: 0, FAILED: 1, USAGE: 64, DEFECT: 70, TRY_AGAIN: 75, CANCELLED: 130 } as const;

/** Prints an error and tells the exit code. */
export function explainError(error: unknown, print: (line: string) => void): number {
  if (error instanceof MeteError) {
    print(`mete: ${error.message}`);
    if (ERRORS[error.code].retry) return ExitCode.TRY_AGAIN;
    return ERRORS[error.code].httpStatus < 500 ? ExitCode.USAGE : ExitCode.DEFECT;
  }
  print(`mete: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return ExitCode.DEFECT;
}
