/**
 * The arguments of `mete run` that belong to the job itself: `--top 20`, `--top=20`, `--ignore-case`. What a job takes
 * is known when its module is loaded, so here they are only taken apart; flags without a value are true.
 */
import { MeteError } from '../base/errors.js';

/** Values by camelCase name. Throws MeteError INVALID_ARGUMENT for what is no flag, and for flags given twice. */
export function jobArguments(args: readonly string[]): Record<string, string | true> {
  const values: Record<string, string | true> = {};
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const match = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(arg);
    if (match === null) {
      throw new MeteError('INVALID_ARGUMENT', {
        field: 'argument',
        value: arg,
        reason: 'it is not a flag',
        mend: 'write options as --name value; mete run --help lists those of every job',
      });
    }
    const name = match[1]!.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    if (Object.hasOwn(values, name)) {
      throw new MeteError('INVALID_ARGUMENT', {
        field: `--${match[1]!}`,
        value: arg,
        reason: 'it is given twice',
        mend: 'give it once',
      });
    }
    const next = args[i + 1];
    if (match[2] !== undefined) values[name] = match[2];
    else if (next === undefined || next.startsWith('--')) values[name] = true;
    else values[name] = args[++i]!;
  }
  return values;
}
