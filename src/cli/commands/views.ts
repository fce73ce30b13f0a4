/** `mete state|agents|frameworks|tasks|offers|roles`: tables of what a master knows. */
import type { Command } from 'commander';
import { CLIENT_ACCESS } from '../../config/access-settings.js';
import { loadConfig } from '../../config/config.js';
import { credentialOfClient } from '../../config/credentials.js';
import { createLive } from '../live.js';
import { type AskMaster, DEFAULT_MASTER, masterClient } from '../master-client.js';
import { untilStopped } from '../service.js';
import type { Surroundings } from '../surroundings.js';
import { printTable } from '../table.js';
import { type View, VIEWS } from '../views.js';

interface ViewFlags {
  readonly master?: string;
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly principal?: string;
  readonly secretFile?: string;
  readonly credential?: string;
}

const WATCH_MS = 1000;

export function addViewCommands(program: Command, surroundings: Surroundings): void {
  for (const view of VIEWS) {
    program
      .command(view.name)
      .description(`show ${view.summary}`)
      .option(
        '--master <host:port|zk://…|etcd://…>',
        `master to ask, or servers that elect it (default: $METE_MASTER, or ${DEFAULT_MASTER})`,
      )
      .option('--principal <name>', 'who asks ($METE_PRINCIPAL)')
      .option('--secret-file <path>', 'file with the secret of the principal ($METE_SECRET_FILE)')
      .option('--credential <path>', 'file with both ($METE_CREDENTIAL)')
      .option('--json', "print the master's answer as JSON")
      .option('--watch', 'show it anew every second until Ctrl-C')
      .action((flags: ViewFlags) => (flags.watch === true ? watch : show)(view, flags, surroundings));
  }
}

function clientOf({ master, ...flags }: ViewFlags, { environment, err }: Surroundings): AskMaster {
  const { principal, secretFile, credential } = loadConfig(CLIENT_ACCESS, flags, environment, undefined);
  const own = credentialOfClient({ principal, secretFile, credential }, (text) => err(`mete: ${text}`));
  return masterClient(master, environment, own);
}

async function textOf(view: View, ask: AskMaster, flags: ViewFlags, surroundings: Surroundings): Promise<string> {
  const answer = await ask(view.path);
  if (flags.json === true) return JSON.stringify(answer, null, 2);
  return printTable(view.columns, view.rows(answer as Readonly<Record<string, unknown>>), surroundings.terminal);
}

async function show(view: View, flags: ViewFlags, surroundings: Surroundings): Promise<void> {
  surroundings.out(await textOf(view, clientOf(flags, surroundings), flags, surroundings));
}

/** Redraws on a terminal; in a pipe prints again whatever has changed. */
async function watch(view: View, flags: ViewFlags, surroundings: Surroundings): Promise<void> {
  const ask = clientOf(flags, surroundings);
  const live = createLive(process.stdout);
  let last = '';
  const stopped = untilStopped().then(() => true);
  for (;;) {
    const text = await textOf(view, ask, flags, surroundings);
    if (live.redraws) live.show(text.split('\n'));
    else if (text !== last) surroundings.out(text);
    last = text;
    let timer: NodeJS.Timeout | undefined;
    const again = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), WATCH_MS)));
    const isStopped = await Promise.race([stopped, again]);
    clearTimeout(timer);
    if (isStopped) break;
  }
  live.close();
}
