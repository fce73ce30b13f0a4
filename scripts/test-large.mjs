/** `npm run test:large [-- MEGABYTES]`: counts the words of a text far larger than any process may be. */
import { ensureDist } from './lib/dist.mjs';
import { ensureModules } from './lib/modules.mjs';
import { ensureAddon } from './lib/native.mjs';
import { runTypeScript } from './lib/run-typescript.mjs';

await ensureModules();
await ensureDist();
ensureAddon();
await runTypeScript('test/e2e/large.ts', process.argv.slice(2));
