/**
 * Are the packages of package-lock.json installed? Compares the lock with the one npm keeps inside node_modules, which
 * costs two file reads, and runs `npm ci` if they differ.
 */
import { npmCommand, run, say } from './process.mjs';
import { readJson } from './stamp.mjs';

/** @typedef {Record<string, { version: string, optional?: boolean }>} Packages */

/** Why the installed packages are not those of the lock, or null if they are. Optional ones may be absent.
 * @param {Packages} wanted @param {Packages | undefined} installed @returns {string | null} */
export function modulesMissing(wanted, installed) {
  if (installed === undefined) return 'node_modules is missing';
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = installed[path];
    if (found === undefined ? !entry.optional : found.version !== entry.version) {
      return `${path.replace(/^.*node_modules\//, '')} ${entry.version} is missing`;
    }
  }
  return null;
}

/** Installs the packages if they are not; ends the process if that fails. */
export async function ensureModules() {
  const installed = readJson('node_modules/.package-lock.json')?.packages;
  const why = modulesMissing(readJson('package-lock.json').packages, installed);
  if (why === null) return;
  say(`${why}: installing packages (npm ci)`);
  const [command, args] = npmCommand(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  const code = await run(command, args, { env: { METE_BOOTSTRAP: '1' } });
  if (code !== 0) {
    say(`npm ci failed with ${code}, and mete cannot be built without its packages; mend what npm says, then retry`);
    process.exit(code);
  }
}
