/** Writes docs/configuration.md from the tables of settings; with --check it only says whether it is out of date. */
import { ensureModules } from './lib/modules.mjs';
import { runTypeScript } from './lib/run-typescript.mjs';

await ensureModules();
await runTypeScript('test/config/write-page.ts', process.argv.slice(2));
