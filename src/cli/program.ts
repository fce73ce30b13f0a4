/**
 * The commands of `mete`. This file declares them; what they do is in files of their own. Exit codes: 0 fine, 64 wrong
 * usage, 70 a defect in mete, 75 try again later.
 */
import { Command, CommanderError } from 'commander';
import { ERRORS, MeteError } from '../base/errors.js';
import { flagOf, loadConfig, variableOf } from '../config/config.js';
import { chooseEngine, type ChosenEngine } from '../engine/create-engine.js';
import { demonstrateCycle } from './demo-cycle.js';
import { demonstrateDrf } from './demo-drf.js';
import { SETTINGS } from './settings.js';
import { describeVersion } from './version.js';

export const ExitCode = { OK: 0, USAGE: 64, DEFECT: 70, TRY_AGAIN: 75 } as const;

/** Where a command writes, and what it is given from outside. */
export interface Surroundings {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Runs the benchmarks with their own arguments. */
  readonly bench: (args: string[]) => Promise<number>;
}

interface CommonFlags {
  engine?: string;
  config?: string;
}

function withCommonFlags(command: Command): Command {
  const { engine } = SETTINGS;
  const engineDoc = `${engine.doc} (default: ${engine.default}, or $${variableOf('engine')})`;
  return command
    .option(`${flagOf('engine')} <auto|native|typescript>`, engineDoc)
    .option('--config <file>', 'JSON file with settings, e.g. {"engine": "typescript"}');
}

/** The engine that flags, environment and file ask for; tells once why auto fell back. */
function engineOf(flags: CommonFlags, surroundings: Surroundings): ChosenEngine {
  const { engine } = loadConfig(SETTINGS, { engine: flags.engine }, surroundings.environment, flags.config);
  const chosen = chooseEngine(engine);
  if (chosen.name === 'typescript' && chosen.reasons.length > 0) {
    surroundings.err(`mete: no native engine (${chosen.reasons.join('; ')}); the TypeScript engine takes over`);
  }
  return chosen;
}

function start(flags: CommonFlags & { agents: number; frameworks: number }, surroundings: Surroundings): void {
  const { out } = surroundings;
  const chosen = engineOf(flags, surroundings);
  const engines = [chosen];
  if (chosen.name === 'native') engines.push(chooseEngine('typescript'));
  out('Dominant resource fairness, step by step: 9 CPUs and 18 GB for two users.\n');
  out(demonstrateDrf(chosen.factory));
  const { agents, frameworks } = flags;
  out(`\nOne allocation cycle: ${agents} agents offered to ${frameworks} frameworks, all declined, and again.\n`);
  out(demonstrateCycle(engines, { agents, frameworks }));
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= 100_000) return value;
  throw new MeteError('INVALID_ARGUMENT', {
    field: 'count',
    value: text,
    reason: 'it is not a whole number from 1 to 100000',
    mend: 'give one',
  });
}

function buildProgram(surroundings: Surroundings, done: (code: number) => void): Command {
  const program = new Command('mete')
    .description('A cluster resource manager: resource offers, fair sharing, quota; with a C++ allocation engine.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => surroundings.out(text.trimEnd()), writeErr: () => undefined });
  withCommonFlags(program.command('start'))
    .description('show the allocator at work: fair shares step by step, then a large cycle on both engines')
    .option('--agents <n>', 'agents of the large cycle', count, 10_000)
    .option('--frameworks <n>', 'frameworks of the large cycle', count, 1_000)
    .option('--once', 'end when the demonstration is over (it does so anyway)')
    .action((flags: CommonFlags & { agents: number; frameworks: number }) => {
      start(flags, surroundings);
    });
  withCommonFlags(program.command('version'))
    .description('print the version')
    .option('--verbose', 'also the engine that is chosen and why, Node and platform')
    .action((flags: CommonFlags & { verbose?: boolean }) => {
      surroundings.out(flags.verbose === true ? describeVersion(engineOf(flags, surroundings)) : describeVersion(null));
    });
  program
    .command('bench')
    .description('run the benchmarks; mete bench --help lists their own flags')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[args...]')
    .action(async (args: string[]) => {
      done(await surroundings.bench(args));
    });
  return program;
}

/** Prints an error in one line and tells the exit code. */
function explain(error: unknown, surroundings: Surroundings): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return ExitCode.OK;
    surroundings.err(`mete: ${error.message.replace(/^error: /, '')}; mete --help shows the commands`);
    return ExitCode.USAGE;
  }
  if (error instanceof MeteError) {
    surroundings.err(`mete: ${error.message}`);
    if (ERRORS[error.code].retry) return ExitCode.TRY_AGAIN;
    return ERRORS[error.code].httpStatus < 500 ? ExitCode.USAGE : ExitCode.DEFECT;
  }
  surroundings.err(`mete: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return ExitCode.DEFECT;
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
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    return explain(error, surroundings);
  }
  return code;
}
