/** `mete run`, `mete execute` and `mete start`: jobs and commands on a cluster. */
import type { Command } from 'commander';
import { EXECUTE_SETTINGS } from '../../config/execute-settings.js';
import { RUN_SETTINGS } from '../../config/run-settings.js';
import { UP_SETTINGS } from '../../config/up-settings.js';
import { withSettings } from '../settings-flags.js';
import type { Surroundings } from '../surroundings.js';

type Flags = Readonly<Record<string, unknown>>;

/** Adds a value of a flag that may be given several times. */
function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

export function addJobCommands(program: Command, surroundings: Surroundings, done: (code: number) => void): void {
  withSettings(program.command('start'), UP_SETTINGS)
    .description('start a cluster on this machine and run π and word count on it; it stays up until Ctrl-C')
    .option('--once', 'end when the jobs are done')
    .action(async (flags: Flags) => {
      const { startDemonstration } = await import('../start-demonstration.js');
      done(await startDemonstration(flags, surroundings));
    });
  withSettings(program.command('run'), RUN_SETTINGS)
    .description('run a job on a cluster; its own options follow, as --tasks 20 for pi')
    .argument('<job>', 'pi, wordcount, or the path of a module (docs/jobs.md)')
    .argument('[options...]', "the job's own options")
    .option('--input <path>', 'file, directory or pattern to work on; may be given several times', collect)
    .option('--copies <n>', 'work on each input as if it were there n times')
    .option('--out <file>', 'also write the whole result to this file')
    .option('--agents <n>', 'with --local: agents to start')
    .option('--resources <text>', 'with --local: what each agent offers')
    .allowUnknownOption()
    .addHelpText('after', () => `\n${HELP}`)
    .action(async (job: string, rest: string[], flags: Flags) => {
      const { runCommand } = await import('../run-command.js');
      done(await runCommand(job, rest, flags, surroundings));
    });
  withSettings(program.command('execute'), EXECUTE_SETTINGS)
    .description('run one shell command on a cluster, and wait for its end')
    .option('--env <NAME=value>', 'a variable of its environment; may be given several times', collect)
    .action(async (flags: Flags) => {
      const { runExecute } = await import('../execute-command.js');
      done(await runExecute(flags, surroundings));
    });
}

const HELP = `Jobs:
  pi         --tasks 20 --points 2000000 --seed 0     π by throwing points
  wordcount  --input FILE [--top 20] [--ignore-case]  how often each word occurs
  mete run <job> --describe                           what a job's own options are

Examples:
  mete run pi --local
  mete run wordcount --input book.txt --copies 50 --out counts.tsv
  mete run ./my-job.js --input 'logs/*.gz' --master 10.0.0.1:5050`;
