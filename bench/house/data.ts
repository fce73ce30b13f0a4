/** Where the data beside a scenario lies, compiled or not. */
import { fileURLToPath } from 'node:url';
import type { Problem } from './problem.js';

/** The path of a file in a problem's folder. */
export function dataOf(problem: Problem, file: string): string {
  return fileURLToPath(new URL(`../${problem.name}/${file}`, import.meta.url));
}
