/** `npm run vectors -- DIR`: replays a folder of behaviour vectors against the allocator. */
import { ensureModules } from './lib/modules.mjs';
import { ensureAddon } from './lib/native.mjs';
import { runTypeScript } from './lib/run-typescript.mjs';

await ensureModules();
ensureAddon();
await runTypeScript('test/vectors/run.ts', process.argv.slice(2));
