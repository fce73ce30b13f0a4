/** `npm run build:gyp`: the addon by node-gyp, as on a machine without CMake; proves that both builds work. */
import { buildWithGyp, loadFailure } from './lib/native.mjs';
import { say } from './lib/process.mjs';

const built = buildWithGyp();
const failure = 'reasons' in built ? built.reasons.join('; ') : loadFailure(built.output);
say(failure ?? `${'output' in built ? built.output : ''} built and loaded`);
process.exit(failure === null ? 0 : 1);
