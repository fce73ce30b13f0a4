/**
 * What a build was made from: a hash over the contents of its inputs, kept beside the outputs. Contents rather than
 * times, because git gives files the time of the checkout; a few hundred small files hash in some milliseconds.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './process.mjs';

/** Every file below a path of the project (or the path itself, if a file), sorted; a missing path has none.
 * @param {string} path relative to the project
 * @returns {string[]} */
export function filesBelow(path) {
  const stat = statSync(join(ROOT, path), { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (stat.isFile()) return [path];
  const names = readdirSync(join(ROOT, path)).sort();
  return names.flatMap((name) => filesBelow(`${path}/${name}`));
}

/** Hash of the contents and names of all files below the given paths, and of some further words.
 * @param {readonly string[]} paths relative to the project
 * @param {readonly string[]} [words]
 * @returns {string} */
export function hashOf(paths, words = []) {
  const hash = createHash('sha256').update(words.join('\n'));
  for (const file of paths.flatMap(filesBelow)) hash.update(`\n${file}\n`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}

/** A JSON file of the project, or null if it is missing or broken.
 * @param {string} path relative to the project
 * @returns {any} */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
  } catch {
    return null;
  }
}

/** @param {string} path relative to the project @param {unknown} value */
export function writeJson(path, value) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), `${JSON.stringify(value, null, 2)}\n`);
}
