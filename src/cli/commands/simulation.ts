/** `mete sim` and `mete replay`: clusters in virtual time, and what a journal says once more. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { MeteError } from '../../base/errors.js';
import { ENGINE_SETTINGS } from '../../config/common-settings.js';
import type { MasterEvent } from '../../master/core/events.js';
import { engineOfFlags } from '../engine-flags.js';
import { withSettings } from '../settings-flags.js';
import { ExitCode, type Surroundings } from '../surroundings.js';

type Flags = Readonly<Record<string, unknown>>;
type SimFlags = Flags & {
  readonly seed: number;
  readonly runs: number;
  readonly rewrite?: boolean;
  readonly trace?: boolean;
};

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value;
  const mend = 'give one';
  throw new MeteError('INVALID_ARGUMENT', { field: 'number', value: text, reason: 'it is not a whole number', mend });
}

async function simulateSeeds(flags: SimFlags, surroundings: Surroundings): Promise<number> {
  const { describeBreach, playSeeds } = await import('../../sim/seeds.js');
  const { factory, name } = engineOfFlags(flags, surroundings);
  const startMs = performance.now();
  const result = playSeeds({ firstSeed: flags.seed, runs: flags.runs, engine: factory });
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const ends = Object.entries(result.ends).map(([state, count]) => `${count} ${state}`);
  surroundings.out(`${result.runs} plays from seed ${flags.seed} on the ${name} engine in ${seconds} s:`);
  surroundings.out(`${result.events} events in ${(result.virtualMs / 3_600_000).toFixed(1)} hours of virtual time`);
  surroundings.out(`${result.tasks} tasks: ${ends.join(', ')}`);
  if (result.breach === null) {
    surroundings.out('every law was kept');
    return ExitCode.OK;
  }
  surroundings.err(describeBreach(result.breach));
  return ExitCode.FAILED;
}

async function traceSeed(flags: SimFlags, surroundings: Surroundings): Promise<number> {
  const { tracePlay } = await import('../../sim/seeds.js');
  const breach = tracePlay(flags.seed, engineOfFlags(flags, surroundings).factory, surroundings.out);
  if (breach === null) return ExitCode.OK;
  surroundings.err(`seed ${flags.seed}: ${breach}`);
  return ExitCode.FAILED;
}

async function simulateScript(path: string, flags: SimFlags, surroundings: Surroundings): Promise<number> {
  const { runScript } = await import('../../sim/script.js');
  const { text } = runScript(textOf(path), { engine: engineOfFlags(flags, surroundings).factory });
  if (flags.rewrite === true) writeFileSync(path, text);
  else surroundings.write(text);
  return /^(BREACH|DEFECT|cannot) /m.test(text) ? ExitCode.FAILED : ExitCode.OK;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = `it cannot be read (${cause instanceof Error ? cause.message : String(cause)})`;
    const mend = 'name a scenario, such as those in test/scenarios';
    throw new MeteError('INVALID_ARGUMENT', { field: 'script', value: path, reason, mend, cause });
  }
}

async function replayJournal(path: string, flags: Flags, surroundings: Surroundings): Promise<number> {
  const { openJournal } = await import('../../runner/journal-reader.js');
  const { replay } = await import('../../runner/replay.js');
  const { masterTarget } = await import('../../sim/replay-cores.js');
  const { factory, name } = engineOfFlags(flags, surroundings);
  const reader = openJournal<MasterEvent>(path);
  try {
    const { core, engine, program } = reader.header;
    surroundings.out(`${path}: ${core} of mete ${program}, recorded with the ${engine} engine, replayed with ${name}`);
    const result = replay(reader, ({ config }) => masterTarget(config, factory));
    surroundings.out(`events   ${result.events}`);
    surroundings.out(`effects  ${result.effects}  ${result.effectsDigest}`);
    surroundings.out(`state    ${result.stateDigest}`);
    surroundings.out(`digest   ${result.digest}`);
    surroundings.out(`time     ${result.durationMs.toFixed(0)} ms`);
    if (result.torn !== null) {
      const { atByte, bytes, reason } = result.torn;
      surroundings.err(`mete: the last ${bytes} bytes, from ${atByte} on, were left out: ${reason}`);
    }
  } finally {
    reader.close();
  }
  return ExitCode.OK;
}

export function addSimulationCommands(
  program: Command,
  surroundings: Surroundings,
  done: (code: number) => void,
): void {
  withSettings(program.command('sim'), ENGINE_SETTINGS)
    .description('play clusters in virtual time: random ones with everything going wrong, or a scenario')
    .argument('[script]', 'a scenario to run; its output goes to the terminal')
    .option('--seed <n>', 'first seed of random plays', wholeNumber, 1)
    .option('--runs <n>', 'how many plays', wholeNumber, 100)
    .option('--trace', 'print every message of the first seed; of the shrunk play if it breaks a law')
    .option('--rewrite', 'write the output into the scenario')
    .action(async (script: string | undefined, flags: SimFlags) => {
      if (script !== undefined) done(await simulateScript(script, flags, surroundings));
      else if (flags.trace === true) done(await traceSeed(flags, surroundings));
      else done(await simulateSeeds(flags, surroundings));
    });
  withSettings(program.command('replay'), ENGINE_SETTINGS)
    .description('give a master the events of a journal again, and print the digests of what it did')
    .argument('<journal>', 'a file that mete master --journal has written')
    .action(async (journal: string, flags: Flags) => done(await replayJournal(journal, flags, surroundings)));
}
