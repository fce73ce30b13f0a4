/**
 * `npm run test:native [-- --sanitize] [--required] [-- gtest options]`: the C++ tests, without Node. They need CMake,
 * a C++20 compiler and GoogleTest; where one is missing this says that they were not run, and with --required fails.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { toolchain } from './lib/native.mjs';
import { ROOT, capture, run, say } from './lib/process.mjs';

const args = process.argv.slice(2);
const sanitize = args.includes('--sanitize');
const required = args.includes('--required');
const rest = args.filter((arg) => arg !== '--sanitize' && arg !== '--required');
const folder = sanitize ? 'build-native-tests-sanitize' : 'build-native-tests';

/** @param {string} why @returns {never} */
function notRun(why) {
  say(`the C++ tests were NOT RUN: ${why}`);
  process.exit(required ? 1 : 0);
}

const { cmake, compiler } = toolchain();
if (cmake === null) notRun('no cmake in PATH');
if (compiler === null) notRun('no C++ compiler in PATH');
const flags = ['-DMETE_NATIVE_TESTS=ON', '-DMETE_WERROR=ON', `-DMETE_SANITIZE=${sanitize ? 'address,undefined' : ''}`];
const configured = capture('cmake', ['-S', '.', '-B', folder, ...flags]);
if (configured.code !== 0) {
  process.stderr.write(configured.text);
  notRun('cmake could not configure them');
}
if (configured.text.includes('GoogleTest not found')) notRun('no GoogleTest (Debian: apt-get install libgtest-dev)');
const built = capture('cmake', ['--build', folder, '--parallel', '2']);
if (built.code !== 0) {
  process.stderr.write(built.text);
  say('the C++ tests do not compile');
  process.exit(1);
}
const programs = [`${folder}/mete_native_tests`, `${folder}/Release/mete_native_tests.exe`];
const program = programs.find((path) => existsSync(join(ROOT, path)));
process.exit(await run(join(ROOT, program ?? 'mete_native_tests'), rest));
