/** Runs scenario scripts: each block's commands one after the other, its output being what was shown meanwhile. */
import { MeteError } from '../base/errors.js';
import { Scenario, type ScenarioOptions } from './scenario.js';
import { COMMANDS } from './script-commands.js';
import { type Command, parseScript, printScript, wrong } from './script-parse.js';

export interface ScriptRun {
  /** The script with the outputs of this run. */
  readonly text: string;
  readonly scenario: Scenario;
}

/** Runs a script. A command that cannot be understood says so in the output and is passed over. */
export function runScript(text: string, options: ScenarioOptions): ScriptRun {
  const blocks = parseScript(text);
  const scenario = new Scenario(options);
  const outputs = blocks.map((block) => {
    for (const command of block.commands) runCommand(scenario, command);
    return scenario.takeOutput();
  });
  return { text: printScript(blocks, outputs), scenario };
}

function runCommand(scenario: Scenario, command: Command): void {
  try {
    const run = COMMANDS[command.name];
    if (run === undefined) throw wrong(command, 'there is no such command', `use ${Object.keys(COMMANDS).join(', ')}`);
    run(scenario, command);
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    scenario.print(`cannot ${command.name}: ${error.reason}; ${error.mend}`);
  }
}
