/**
 * dist/: src and bench compiled for Node. The tree keeps its shape (dist/src, dist/bench), so that relative imports
 * mean the same compiled or not and `mete bench` works from the installed package; three small doors in front of it
 * (index.js, index.d.ts, bin/mete.js) are what package.json points to.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run, say } from './process.mjs';
import { hashOf, readJson, writeJson } from './stamp.mjs';

const INPUTS = ['src', 'bench', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/lib/dist.mjs'];
const STAMP = 'dist/stamp.json';
const LIBRARY = "export * from './src/index.js';\n";
const PROGRAM = "#!/usr/bin/env node\nimport '../src/bin/mete.js';\n";
const DOORS = [
  { path: 'dist/index.js', target: 'dist/src/index.js', text: LIBRARY },
  { path: 'dist/index.d.ts', target: 'dist/src/index.d.ts', text: LIBRARY },
  { path: 'dist/bin/mete.js', target: 'dist/src/bin/mete.js', text: PROGRAM },
];

/** Compiles src and bench into a fresh dist/.
 * @returns {Promise<boolean>} false if the compiler complained (it says what) */
export async function buildDist() {
  const hash = hashOf(INPUTS);
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  const code = await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']);
  if (code !== 0) return false;
  for (const { path, target, text } of DOORS) {
    if (!existsSync(join(ROOT, target))) continue;
    mkdirSync(join(ROOT, path, '..'), { recursive: true });
    writeFileSync(join(ROOT, path), text);
    if (text.startsWith('#!')) chmodSync(join(ROOT, path), 0o755);
  }
  if (existsSync(join(ROOT, 'bench'))) {
    const data = (/** @type {string} */ path) => !/\.[cm]?tsx?$/.test(path);
    cpSync(join(ROOT, 'bench'), join(ROOT, 'dist/bench'), { recursive: true, filter: data });
  }
  writeJson(STAMP, { hash });
  return true;
}

/** Builds dist/ if its inputs changed; ends the process if they do not compile. */
export async function ensureDist() {
  const stamp = readJson(STAMP);
  if (stamp?.hash === hashOf(INPUTS)) return;
  say(`${stamp === null ? 'dist is missing' : 'sources changed'}: compiling TypeScript into dist`);
  if (await buildDist()) return;
  say('TypeScript did not compile; mend what it says above, then try again');
  process.exit(1);
}
