/** The program `mete executor` for tests: what the agent's launcher starts. */
import { runExecutor } from '../../src/executor/run-executor.js';

process.exit(await runExecutor(process.env));
