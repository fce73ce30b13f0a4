/**
 * `mete executor` as a program of its own, for the build to make one file of: an agent starts many executors, and what
 * a job waits for first is that they are loaded. From sources the same is a command of `mete`.
 */
import { explainError } from '../cli/explain.js';
import { runExecutor } from '../executor/run-executor.js';

try {
  process.exitCode = await runExecutor(process.env, { forJobs: process.argv.includes('--jobs') });
} catch (error) {
  process.exitCode = explainError(error, (line) => process.stderr.write(`${line}\n`));
}
