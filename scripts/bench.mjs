/** `npm run bench -- [problem] [--json FILE] [--quick]`: the benchmarks; they name the engines they measure. */
import { ensureDist } from './lib/dist.mjs';
import { ensureModules } from './lib/modules.mjs';
import { ensureAddon } from './lib/native.mjs';
import { runTypeScript } from './lib/run-typescript.mjs';

await ensureModules();
await ensureDist();
ensureAddon();
await runTypeScript('bench/run.ts', process.argv.slice(2));
