#!/usr/bin/env node
/** The `mete` program: connects the commands with the process. */
import { runCli } from '../cli/program.js';

/** The benchmarks lie beside src/ and are loaded only when asked for. */
async function bench(args: string[]): Promise<number> {
  const { runBench } = (await import('../../bench/run.js')) as { runBench: (args: string[]) => Promise<number> };
  return runBench(args);
}

// A reader that has seen enough (`mete tasks | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  write: (piece) => process.stdout.write(piece),
  terminal: { isTerminal: process.stdout.isTTY, columns: process.stdout.columns || 80 },
  environment: process.env,
  self: { execPath: process.execPath, args: [...process.execArgv, process.argv[1]!] },
  bench,
});
