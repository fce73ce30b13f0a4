/**
 * `npm start`: installs and builds what is missing, then runs `mete start` in this very process, so that signals,
 * terminal and exit code are the program's own. The program itself tells which engine it uses and why.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureDist } from './lib/dist.mjs';
import { ensureModules } from './lib/modules.mjs';
import { ensureAddon } from './lib/native.mjs';
import { ROOT } from './lib/process.mjs';

await ensureModules();
await ensureDist();
ensureAddon({ quiet: true });
const program = join(ROOT, 'dist/bin/mete.js');
process.argv = [process.execPath, program, 'start', ...process.argv.slice(2)];
await import(pathToFileURL(program).href);
