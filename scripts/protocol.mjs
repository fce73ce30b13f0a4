/**
 * `npm run protocol` writes docs/protocol.md from the schemas; with --check (a step of `npm run check`) it only says
 * whether the file is out of date.
 */
import { ensureModules } from './lib/modules.mjs';
import { runTypeScript } from './lib/run-typescript.mjs';

await ensureModules();
await runTypeScript('test/protocol/write-document.ts', process.argv.slice(2));
