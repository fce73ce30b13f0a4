/** `npm run compile [-- dist|addon]`: builds, whatever the stamps say. Exit code 1 if TypeScript does not compile. */
import { buildDist } from './lib/dist.mjs';
import { ensureModules } from './lib/modules.mjs';
import { buildAddon } from './lib/native.mjs';
import { say } from './lib/process.mjs';

const wanted = process.argv.slice(2);
const wants = (/** @type {string} */ part) => wanted.length === 0 || wanted.includes(part);
await ensureModules();
if (wants('addon')) {
  const reasons = buildAddon();
  say(reasons.length === 0 ? 'native engine built' : `no native engine (${reasons.join('; ')})`);
}
if (wants('dist')) {
  if (!(await buildDist())) process.exit(1);
  say('TypeScript compiled into dist');
}
