/** docs/configuration.md, made from the tables of settings. */
import { AGENT_SETTINGS } from '../../src/config/agent-settings.js';
import { EXECUTE_SETTINGS } from '../../src/config/execute-settings.js';
import { MASTER_SETTINGS } from '../../src/config/master-settings.js';
import { RUN_SETTINGS } from '../../src/config/run-settings.js';
import { flagOf, publicName, type Setting, type Settings, variableOf } from '../../src/config/setting.js';
import { UP_SETTINGS } from '../../src/config/up-settings.js';

const TABLES: readonly (readonly [command: string, settings: Settings])[] = [
  ['mete master', MASTER_SETTINGS],
  ['mete agent', AGENT_SETTINGS],
  ['mete run', RUN_SETTINGS],
  ['mete execute', EXECUTE_SETTINGS],
  ['mete up', UP_SETTINGS],
];

const INTRODUCTION = `# Configuration

<!-- Made by scripts/configuration.mjs from src/config; do not edit. -->

A value comes from a flag, else from the environment, else from the JSON file named with \`--config\`, else it is the
default. \`--agent-ping-timeout 15secs\`, \`METE_AGENT_PING_TIMEOUT=15secs\` and in the file
\`{"agent_ping_timeout": "15secs"}\` are the same. Flags that Mesos has, too, are called as there (marked M):
\`--agent_ping_timeout=15secs\` and \`MESOS_AGENT_PING_TIMEOUT\` work as well. A flag or a name in the file that is not
known is an error.

Durations have a unit: \`ns\`, \`us\`, \`ms\`, \`secs\`, \`mins\`, \`hrs\`, \`days\`, \`weeks\`; plain numbers are
milliseconds. Sizes are \`B\`, \`KB\`, \`MB\`, \`GB\`, \`TB\`, each 1024 times the one before; plain numbers are bytes.
Where a form says \`file://path\`, the value may stand in a file. Flags without a value have a second one that says no:
\`--no-switch-user\`.
`;

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function row(name: string, entry: Setting<unknown>): string {
  const known = publicName(name, entry);
  const form = entry.form === '' ? '' : ` ${entry.form}`;
  const fallback = entry.print(entry.default);
  const cells = [
    `\`${flagOf(known)}${cell(form)}\``,
    fallback === '' ? '' : `\`${cell(fallback)}\``,
    entry.mesos === undefined ? '' : 'M',
    cell(entry.doc),
    `\`${variableOf(known)}\``,
  ];
  return `| ${cells.join(' | ')} |`;
}

function section(command: string, settings: Settings): string {
  const head = ['| flag | default | | what it is | variable |', '| --- | --- | --- | --- | --- |'];
  const rows = Object.entries(settings).map(([name, entry]) => row(name, entry));
  return [`## \`${command}\``, '', ...head, ...rows, ''].join('\n');
}

/** The whole page. */
export function configurationPage(): string {
  return [INTRODUCTION, ...TABLES.map(([command, settings]) => section(command, settings))].join('\n');
}
