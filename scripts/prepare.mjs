/** npm runs this before packing, and in a clone after an install: compiles dist/ where the compiler is installed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDist } from './lib/dist.mjs';
import { ROOT } from './lib/process.mjs';

if (existsSync(join(ROOT, 'node_modules/typescript'))) await ensureDist();
