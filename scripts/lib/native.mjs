/**
 * The C++ engine: builds the addon, remembers what it was built from, and never fails a caller. Without a compiler, or
 * if the build breaks, the reasons are kept in build/addon.json for the loader, which tells them when it falls back on
 * the TypeScript engine. cmake-js builds into build/ without any download (headers come from node-api-headers);
 * node-gyp, for machines without CMake, into build-gyp/, because each of the two deletes the other's files.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT, capture, findProgram, say } from './process.mjs';
import { hashOf, readJson, writeJson } from './stamp.mjs';

const INPUTS = ['native/core', 'native/binding', 'native/sources.txt', 'CMakeLists.txt', 'binding.gyp'];
const STAMP = 'build/addon.json';
const LOG = 'build/addon.log';
const CMAKE_JS = 'node_modules/cmake-js/bin/cmake-js';
const CMAKE_OUTPUT = 'build/Release/mete_engine.node';
const GYP_OUTPUT = 'build-gyp/build/Release/mete_engine.node';

/** @typedef {{ output: string } | { reasons: string[] }} Built */

/** The programs a build needs, as found on this machine; null = missing. On Windows the builders find their own. */
export function toolchain() {
  const named = process.env['CXX']?.split(/\s+/)[0];
  const compilers = named ? [named] : ['c++', 'g++', 'clang++'];
  const compiler = process.platform === 'win32' ? 'Visual Studio' : findProgram(compilers);
  const maker = process.platform === 'win32' ? 'MSBuild' : findProgram(['ninja', 'make', 'gmake']);
  return { compilers, compiler, maker, cmake: findProgram(['cmake']) };
}

/** @param {{ version: string }} manifest */
function inputHash(manifest) {
  const tools = toolchain();
  const words = [manifest.version, process.platform, process.arch, String(tools.compiler), String(tools.cmake)];
  return hashOf(INPUTS, [...words, String(tools.maker)]);
}

/** The first line of a build's log that says what went wrong. @param {string} text @returns {string} */
export function gist(text) {
  const lines = text.split('\n').map((line) => line.trim());
  const found = lines.find((line) => /\berror\b|fatal|not found|not find|ERR!/i.test(line)) ?? lines.find(Boolean);
  return (found ?? 'no output').slice(0, 200);
}

/** Does Node load the file? In a process of its own: a broken addon may crash it.
 * @param {string} path relative to the project
 * @returns {string | null} why not, or null if it does */
export function loadFailure(path) {
  if (!existsSync(join(ROOT, path))) return `${path} is not there`;
  const script = 'process.stdout.write(String(require(process.argv[1]).version))';
  const { code, text } = capture(process.execPath, ['-e', script, join(ROOT, path)]);
  if (code !== 0) return `${path} does not load: ${gist(text)}`;
  const { version } = readJson('package.json');
  return text === version ? null : `${path} is of version ${text}, not ${version}`;
}

/** @returns {Built} */
export function buildWithCmake() {
  const { cmake, compiler, compilers, maker } = toolchain();
  if (compiler === null) return { reasons: [`no C++ compiler in PATH (looked for ${compilers.join(', ')})`] };
  if (cmake === null) return { reasons: ['no cmake in PATH'] };
  if (maker === null) return { reasons: ['neither ninja nor make in PATH'] };
  if (!existsSync(join(ROOT, CMAKE_JS))) return { reasons: ['cmake-js is not installed'] };
  const { code, text } = capture(process.execPath, [CMAKE_JS, 'compile']);
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  writeFileSync(join(ROOT, LOG), text);
  if (code !== 0) return { reasons: [`cmake-js failed: ${gist(text)} (all of it in ${LOG})`] };
  return { output: CMAKE_OUTPUT };
}

/** A folder in which node-gyp may have its `build`: the inputs of the addon and nothing else. */
export function gypFolder() {
  const folder = join(ROOT, 'build-gyp');
  mkdirSync(folder, { recursive: true });
  for (const name of ['binding.gyp', 'package.json']) copyFileSync(join(ROOT, name), join(folder, name));
  rmSync(join(folder, 'native'), { recursive: true, force: true });
  symlinkSync(join(ROOT, 'native'), join(folder, 'native'), 'junction');
  return folder;
}

/** npm's own node-gyp; called through npm so that npm's settings (nodedir, proxy) hold.
 * @returns {string | null} */
export function nodeGyp() {
  const npm = process.env['npm_execpath'];
  const candidates = [
    process.env['npm_config_node_gyp'],
    npm && join(dirname(npm), '../node_modules/node-gyp/bin/node-gyp.js'),
  ];
  return candidates.find((path) => path && existsSync(path)) ?? null;
}

/** @returns {Built} */
export function buildWithGyp() {
  const { compiler, compilers } = toolchain();
  if (compiler === null) return { reasons: [`no C++ compiler in PATH (looked for ${compilers.join(', ')})`] };
  const script = nodeGyp();
  if (script === null) return { reasons: ['node-gyp is not there (run this through npm)'] };
  const folder = gypFolder();
  const { code, text } = capture(process.execPath, [script, 'rebuild'], { cwd: folder });
  writeFileSync(join(folder, 'addon.log'), text);
  if (code !== 0) return { reasons: [`node-gyp failed: ${gist(text)} (all of it in build-gyp/addon.log)`] };
  return { output: GYP_OUTPUT };
}

/** Builds with cmake-js or, where CMake or cmake-js is missing, with node-gyp; loads the result once; remembers it.
 * @returns {string[]} reasons why there is no addon; empty if there is one */
export function buildAddon() {
  const hash = inputHash(readJson('package.json'));
  const withCmake = toolchain().cmake !== null && existsSync(join(ROOT, CMAKE_JS));
  const built = withCmake ? buildWithCmake() : buildWithGyp();
  const reasons = 'reasons' in built ? built.reasons : [loadFailure(built.output)].filter((why) => why !== null);
  writeJson(STAMP, { hash, reasons });
  return reasons;
}

/** Compiles the addon with warnings as errors, in a folder of its own; prints what the compiler says.
 * @returns {number} exit code; 0 also where nothing can be compiled, which is said */
export function compileWithoutWarnings() {
  const { cmake, compiler, maker } = toolchain();
  if (cmake === null || compiler === null || maker === null) {
    say('C++ was NOT CHECKED for warnings: no cmake, or no compiler, in PATH');
    return 0;
  }
  const { code, text } = capture(process.execPath, [CMAKE_JS, 'compile', '-O', 'build-check', '--CDMETE_WERROR=ON']);
  if (code !== 0) process.stderr.write(text);
  return code;
}

/** Is there a prebuilt addon of this version that loads? */
export function prebuiltLoads() {
  const folder = `prebuilds/${process.platform}-${process.arch}`;
  const names = existsSync(join(ROOT, folder)) ? readdirSync(join(ROOT, folder)) : [];
  return names.some((name) => name.endsWith('.node') && loadFailure(`${folder}/${name}`) === null);
}

/** Builds the addon if its inputs, or the tools of this machine, changed since the last attempt.
 * @param {{ quiet?: boolean }} [options] quiet: the program that follows tells by itself which engine it uses
 * @returns {boolean} whether there is an addon */
export function ensureAddon({ quiet = false } = {}) {
  const stamp = readJson(STAMP);
  const current = stamp?.hash === inputHash(readJson('package.json'));
  const present = [CMAKE_OUTPUT, GYP_OUTPUT].some((path) => existsSync(join(ROOT, path)));
  /** @type {string[]} */
  let reasons = stamp?.reasons ?? [];
  if (!current || (reasons.length === 0 && !present)) {
    say(`${stamp === null ? 'the native engine is missing' : 'C++ sources or tools changed'}: building it`);
    reasons = buildAddon();
  }
  if (reasons.length > 0 && !quiet) say(`no native engine (${reasons.join('; ')}); the TypeScript engine takes over`);
  return reasons.length === 0;
}
