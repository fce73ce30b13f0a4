/**
 * Are the packages of package-lock.json installed? Compares the lock with the one npm keeps inside node_modules, which
 * costs two file reads, and runs `npm ci` if they differ.
 */
import { npmCommand, run, say } from './process.mjs';
import { readJson } from './stamp.mjs';

/** Why the installed packages are not those of the lock, or null if they are. */
export function modulesMissing() {
  const installed = readJson('node_modules/.package-lock.json')?.packages;
  if (!installed) return 'node_modules is missing';
  const wanted = readJson('package-lock.json')?.packages ?? {};
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
  const why = modulesMissing();
  if (why === null) return;
  say(`${why}: installing packages (npm ci)`);
  const code = await run(...npmCommand(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']));
  if (code !== 0) {
    say(`npm ci failed with ${code}, and mete cannot be built without its packages; mend what npm says, then retry`);
    process.exit(code);
  }
}
