/**
 * `npm run check`: everything about the code that needs no running of it: types, lint, tidy, generated documents, and
 * C++ without a warning. All steps run, also after a failure; each says how long it took.
 */
import { ensureModules } from './lib/modules.mjs';
import { compileWithoutWarnings, ensureAddon } from './lib/native.mjs';
import { capture, run, say } from './lib/process.mjs';
import { filesBelow } from './lib/stamp.mjs';

const node = (/** @type {string[]} */ ...args) => run(process.execPath, args);

/** The tidy tests; silent unless one fails. */
function tidy() {
  const files = filesBelow('test/tidy').filter((path) => path.endsWith('.test.ts'));
  const { code, text } = capture(process.execPath, ['--import', 'tsx', '--test', '--test-reporter=spec', ...files]);
  if (code !== 0) process.stdout.write(text.slice(text.indexOf('failing tests:')));
  return code;
}

/** @type {{ name: string, step: () => Promise<number> | number }[]} */
const STEPS = [
  { name: 'types', step: () => node('node_modules/typescript/bin/tsc', '--noEmit') },
  { name: 'lint', step: () => node('node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.') },
  { name: 'tidy', step: tidy },
  { name: 'features', step: () => node('scripts/features.mjs', '--check') },
  { name: 'protocol', step: () => node('scripts/protocol.mjs', '--check') },
  { name: 'configuration', step: () => node('scripts/configuration.mjs', '--check') },
  { name: 'C++ warnings', step: compileWithoutWarnings },
];

await ensureModules();
ensureAddon();
const lines = [];
let failed = 0;
for (const { name, step } of STEPS) {
  const start = performance.now();
  const ok = (await step()) === 0;
  if (!ok) failed += 1;
  lines.push(`${ok ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}
for (const line of lines) say(line);
process.exit(failed === 0 ? 0 : 1);
