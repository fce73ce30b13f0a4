/**
 * The commands of `mete`. This file puts them together; each is declared and done in a file of its own. Exit codes: 0
 * fine, 1 the job failed, 64 wrong usage, 70 a defect in mete, 75 try again later.
 */
import { Command } from 'commander';
import { kebabArguments } from '../config/config.js';
import { addAllocatorCommands } from './commands/allocator.js';
import { addJobCommands } from './commands/jobs.js';
import { addRegistryCommands } from './commands/registry.js';
import { addServiceCommands } from './commands/services.js';
import { addSimulationCommands } from './commands/simulation.js';
import { addViewCommands } from './commands/views.js';
import { ExitCode, explain, type Surroundings } from './surroundings.js';
import { describeVersion } from './version.js';

/** Adds commands to a program; `done` takes the exit code of the one that runs. */
export type AddCommands = (program: Command, surroundings: Surroundings, done: (code: number) => void) => void;

const COMMANDS: readonly AddCommands[] = [
  addJobCommands,
  addServiceCommands,
  addViewCommands,
  addRegistryCommands,
  addAllocatorCommands,
  addSimulationCommands,
];

function buildProgram(surroundings: Surroundings, done: (code: number) => void): Command {
  const program = new Command('mete')
    .description('A cluster resource manager: resource offers, fair sharing, quota; with a C++ allocation engine.')
    .version(describeVersion(null), '--version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => surroundings.out(text.trimEnd()), writeErr: () => undefined });
  for (const add of COMMANDS) add(program, surroundings, done);
  return program;
}

/** Flags that are true or false take the next word only if it says which: `run --local pi` names a job. */
function plainFlags(program: Command, args: readonly string[]): string[] {
  const flags = program.commands.flatMap(({ options }) => options.filter((option) => option.optional));
  const names = new Set(flags.map((option) => option.long));
  return args.map((arg, i) => (names.has(arg) && !/^(?:true|false)$/.test(args[i + 1] ?? '') ? `${arg}=true` : arg));
}

/** Runs `mete` with arguments (without node and script) and returns the exit code. */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<number> {
  let code: number = ExitCode.OK;
  const program = buildProgram(surroundings, (given) => (code = given));
  if (args.length === 0) {
    program.outputHelp();
    return ExitCode.OK;
  }
  try {
    await program.parseAsync(plainFlags(program, kebabArguments(args)), { from: 'user' });
  } catch (error) {
    return explain(error, surroundings);
  }
  return code;
}
