/**
 * dist/executor/: the executor and its worker threads as one file each, with all they import. Node spends most of the
 * start of a program on finding and reading many small files, and an agent starts many executors. Piscina looks for
 * its own worker beside itself, so that is a file of its own here too. What the licences of bundled packages ask for is
 * in LICENSES.txt beside them.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './process.mjs';

/** What modules in CommonJS expect to find. */
const FOR_COMMON_JS = [
  "import { createRequire as meteCreateRequire } from 'node:module';",
  "import { dirname as meteDirname } from 'node:path';",
  "import { fileURLToPath as meteFileURLToPath } from 'node:url';",
  'const require = meteCreateRequire(import.meta.url);',
  'const __filename = meteFileURLToPath(import.meta.url), __dirname = meteDirname(__filename);',
].join('\n');

/** Writes the files into a folder. @param {string} outdir */
export async function buildExecutorFiles(outdir) {
  const require = createRequire(join(ROOT, 'package.json'));
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: {
      main: 'src/bin/executor.ts',
      'job-worker': 'src/executor/job-worker.ts',
      worker: join(dirname(require.resolve('piscina')), 'worker.js'),
    },
    outdir,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    // Native helpers that packages use where they are installed, and do without elsewhere.
    external: ['bufferutil', 'utf-8-validate', 'msgpackr-extract', '@napi-rs/nice'],
    banner: { js: FOR_COMMON_JS },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(outdir, 'LICENSES.txt'), licencesOf(Object.keys(metafile.inputs)));
}

/** The licences of the packages that files come from. @param {readonly string[]} files @returns {string} */
function licencesOf(files) {
  const inPackage = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
  const packages = [...new Set(files.map((file) => inPackage.exec(file)?.[1] ?? '').filter(Boolean))].sort();
  const parts = packages.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
    const text = readdirSync(join(ROOT, folder)).find((file) => /^licen[cs]e/i.test(file));
    const path = join(ROOT, folder, text ?? '');
    const words = text !== undefined && existsSync(path) ? readFileSync(path, 'utf8').trim() : `License: ${license}`;
    return `${name} ${version}\n\n${words}\n`;
  });
  return `The files beside this one contain code of these packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
