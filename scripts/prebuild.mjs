/** `npm run prebuild`: a binary for this platform into prebuilds/, to be shipped in the package (one for all Nodes). */
import { ensureModules } from './lib/modules.mjs';
import { gypFolder, prebuiltLoads } from './lib/native.mjs';
import { ROOT, run, say } from './lib/process.mjs';

await ensureModules();
const options = ['--napi', '--strip', '--name', 'mete_engine', '--out', ROOT, '--cwd', gypFolder()];
const code = await run(process.execPath, ['node_modules/prebuildify/bin.js', ...options]);
if (code !== 0) process.exit(code);
const folder = `prebuilds/${process.platform}-${process.arch}`;
say(prebuiltLoads() ? `${folder} built and loaded` : `what is in ${folder} does not load`);
process.exit(prebuiltLoads() ? 0 : 1);
