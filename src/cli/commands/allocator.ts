/** `mete demo`, `mete version`, `mete bench`: the allocator by itself, and what works on this machine. */
import type { Command } from 'commander';
import { MeteError } from '../../base/errors.js';
import { chooseEngine } from '../../engine/create-engine.js';
import { demonstrateCycle } from '../demo-cycle.js';
import { demonstrateDrf } from '../demo-drf.js';
import { ENGINE_SETTINGS } from '../../config/common-settings.js';
import { engineOfFlags } from '../engine-flags.js';
import { withSettings } from '../settings-flags.js';
import type { Surroundings } from '../surroundings.js';
import { describeVersion } from '../version.js';

type Flags = Readonly<Record<string, unknown>>;
type DemoFlags = Flags & { agents: number; frameworks: number };

function demonstrate(flags: DemoFlags, surroundings: Surroundings): void {
  const { out } = surroundings;
  const chosen = engineOfFlags(flags, surroundings);
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

export function addAllocatorCommands(program: Command, surroundings: Surroundings, done: (code: number) => void): void {
  withSettings(program.command('demo'), ENGINE_SETTINGS)
    .description('show the allocator at work: fair shares step by step, then a large cycle on both engines')
    .option('--agents <n>', 'agents of the large cycle', count, 10_000)
    .option('--frameworks <n>', 'frameworks of the large cycle', count, 1_000)
    .action((flags: DemoFlags) => {
      demonstrate(flags, surroundings);
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
  withSettings(program.command('version'), ENGINE_SETTINGS)
    .description('print the version')
    .option('--verbose', 'also the engine that is chosen and why, Node and platform')
    .action((flags: Flags & { verbose?: boolean }) => {
      const engine = flags.verbose === true ? engineOfFlags(flags, surroundings) : null;
      surroundings.out(describeVersion(engine));
    });
}
