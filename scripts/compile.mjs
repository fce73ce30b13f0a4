/**
 * `npm run compile [-- dist|addon] [--required]`: builds, whatever the stamps say. Exit code 1 if TypeScript does not
 * compile or, with --required, if there is no native engine afterwards.
 */
import { buildDist } from './lib/dist.mjs';
import { ensureModules } from './lib/modules.mjs';
import { buildAddon } from './lib/native.mjs';
import { say } from './lib/process.mjs';

const wanted = process.argv.slice(2).filter((arg) => arg !== '--required');
const wants = (/** @type {string} */ part) => wanted.length === 0 || wanted.includes(part);
await ensureModules();
if (wants('addon')) {
  const reasons = buildAddon();
  say(reasons.length === 0 ? 'native engine built' : `no native engine (${reasons.join('; ')})`);
  if (reasons.length > 0 && process.argv.includes('--required')) process.exit(1);
}
if (wants('dist')) {
  if (!(await buildDist())) process.exit(1);
  say('TypeScript compiled into dist');
}
