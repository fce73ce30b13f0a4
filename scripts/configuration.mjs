/**
 * `npm run configuration` writes docs/configuration.md from the tables of settings; with --check (a step of
 * `npm run check`) it only says whether the file is out of date.
 */
import { ensureModules } from './lib/modules.mjs';
import { runTypeScript } from './lib/run-typescript.mjs';

await ensureModules();
await runTypeScript('test/config/write-page.ts', process.argv.slice(2));
