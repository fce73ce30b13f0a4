/**
 * The command line of the vectors runner: `run.ts DIR [--engine NAME] [--only NAME] [--verbose]`. Ends with a line
 * `N passed, M failed`; exit code 0 if nothing failed, 1 if something did or there are no vector files, 64 for a wrong
 * command line.
 */
import { parseArgs } from 'node:util';
import { ENGINE_CHOICES, openEngine } from './engines.js';
import { runVectors } from './runner.js';
import { messageOf } from './schema.js';

const ENGINES = Object.keys(ENGINE_CHOICES).join('|');

const USAGE = `usage: npm run vectors -- DIR [--engine ${ENGINES}] [--only NAME] [--verbose]

Replays every *.json file of vectors in DIR.

  --engine NAME   the engine to replay on (default: both, that is native and typescript)
  --only NAME     only vectors whose name contains NAME
  --verbose       name the vectors that pass, too
  --help          this text`;

const EXIT_FAILED = 1;
const EXIT_USAGE = 64;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        engine: { type: 'string', default: 'both' },
        only: { type: 'string' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return refuse(messageOf(error));
  }
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const names = Object.hasOwn(ENGINE_CHOICES, values.engine) ? ENGINE_CHOICES[values.engine]! : null;
  if (names === null) return refuse(`--engine ${values.engine}: no such engine`);
  if (positionals.length !== 1) return refuse(`one folder is needed, ${positionals.length} were given`);
  const { good } = await runVectors({
    folder: positionals[0]!,
    engines: names.map(openEngine),
    only: values.only ?? null,
    verbose: values.verbose,
    print: (line) => console.log(line),
  });
  return good ? 0 : EXIT_FAILED;
}

function refuse(message: string): number {
  console.error(`${message}\n\n${USAGE}`);
  return EXIT_USAGE;
}
