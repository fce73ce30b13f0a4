/**
 * dist/: src and bench compiled for Node. The tree keeps its shape (dist/src, dist/bench), so that relative imports
 * mean the same compiled or not and `mete bench` works from the installed package; three small doors in front of it
 * (index.js, index.d.ts, bin/mete.js) are what package.json points to. Executors start from files of their own.
 */
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT, run, say } from './process.mjs';
import { hashOf, readJson, writeJson } from './stamp.mjs';

const SCRIPTS = ['scripts/lib/dist.mjs', 'scripts/lib/executor-files.mjs'];
const INPUTS = ['src', 'bench', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json', ...SCRIPTS];
const STAMP = 'dist/stamp.json';
const LIBRARY = "export * from './src/index.js';\n";
const PROGRAM = `#!/usr/bin/env node
const [, , command, ...rest] = process.argv;
const plain = command === 'executor' && rest.every((argument) => argument === '--jobs');
await import(plain ? '../executor/main.js' : '../src/bin/mete.js');
`;
const DOORS = [
  { path: 'index.js', target: 'src/index.js', text: LIBRARY },
  { path: 'index.d.ts', target: 'src/index.d.ts', text: LIBRARY },
  { path: 'bin/mete.js', target: 'src/bin/mete.js', text: PROGRAM },
];

/** Compiles src and bench into a fresh dist/, which takes the place of the old one only when it is complete.
 * @returns {Promise<boolean>} false if the compiler complained (it says what) */
export async function buildDist() {
  const hash = hashOf(INPUTS);
  const fresh = `build-dist-${process.pid}`;
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', fresh];
  try {
    if ((await run(process.execPath, tsc)) !== 0) return false;
    addDoors(join(ROOT, fresh));
    addBenchData(join(ROOT, fresh, 'bench'));
    // It needs esbuild, and this file is loaded before anything is installed.
    const { buildExecutorFiles } = await import('./executor-files.mjs');
    await buildExecutorFiles(join(ROOT, fresh, 'executor'));
    writeJson(`${fresh}/stamp.json`, { hash });
    rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
    renameSync(join(ROOT, fresh), join(ROOT, 'dist'));
    return true;
  } finally {
    rmSync(join(ROOT, fresh), { recursive: true, force: true });
  }
}

/** @param {string} folder the compiled tree */
function addDoors(folder) {
  for (const { path, target, text } of DOORS) {
    if (!existsSync(join(folder, target))) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
  }
}

/** What benchmarks read beside their code (budgets, workloads). @param {string} folder */
function addBenchData(folder) {
  if (!existsSync(join(ROOT, 'bench'))) return;
  const data = (/** @type {string} */ path) => !/\.[cm]?tsx?$/.test(path);
  cpSync(join(ROOT, 'bench'), folder, { recursive: true, filter: data });
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
