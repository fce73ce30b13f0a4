/**
 * `npm test`: every test of test/, by Node's own runner through tsx. Words without a dash choose test files whose path
 * contains one of them; options go to the runner (`npm test -- allocator --test-name-pattern=A27`).
 */
import { availableParallelism } from 'node:os';
import { ensureDist } from './lib/dist.mjs';
import { ensureModules } from './lib/modules.mjs';
import { ensureAddon } from './lib/native.mjs';
import { run, say } from './lib/process.mjs';
import { filesBelow } from './lib/stamp.mjs';

const WITH_VALUE = ['--test-name-pattern', '--test-reporter', '--test-reporter-destination', '--test-concurrency',
  '--test-timeout', '--test-shard'];

/** @type {string[]} */
const options = [];
/** @type {string[]} */
const words = [];
const args = process.argv.slice(2);
for (let i = 0; i < args.length; i++) {
  const arg = args[i] ?? '';
  if (!arg.startsWith('-')) words.push(arg.replace(/^\.\//, ''));
  else if (WITH_VALUE.includes(arg) && i + 1 < args.length) options.push(`${arg}=${args[++i]}`);
  else options.push(arg);
}

await ensureModules();
await ensureDist();
ensureAddon();

const all = filesBelow('test').filter((path) => path.endsWith('.test.ts'));
const files = words.length === 0 ? all : all.filter((path) => words.some((word) => path.includes(word)));
if (files.length === 0) {
  say(`no test file has ${words.join(' or ')} in its path; there are ${all.length} below test/`);
  process.exit(64);
}
const given = (/** @type {string} */ name) => options.some((option) => option.startsWith(name));
if (!given('--test-reporter')) options.unshift('--test-reporter=spec');
if (!given('--test-concurrency')) options.unshift(`--test-concurrency=${availableParallelism()}`);
process.exit(await run(process.execPath, ['--import', 'tsx', '--test', ...options, ...files]));
