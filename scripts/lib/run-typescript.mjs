/** Runs a TypeScript program of the project through tsx, with this terminal; ends this process with its exit code. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run, say } from './process.mjs';

/** @param {string} program relative to the project @param {readonly string[]} args @returns {Promise<never>} */
export async function runTypeScript(program, args) {
  if (!existsSync(join(ROOT, program))) {
    say(`${program} is not there; this checkout is not complete`);
    process.exit(70);
  }
  process.exit(await run(process.execPath, ['--import', 'tsx', program, ...args]));
}
