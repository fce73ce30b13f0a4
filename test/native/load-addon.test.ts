/** The loader of the compiled engine: finds it, refuses what is not it, and says why. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { mix32 } from '../../src/base/mix32.js';
import { loadAddon } from '../../src/native/load-addon.js';
import { MIX32_DATA, mix32Lines } from './mix32-data.js';

const here = loadAddon();
const noAddon = 'addon' in here ? false : `no addon on this machine: ${here.reasons.join('; ')}`;

/** A package's folder with nothing but a manifest, gone after the callback. */
function inEmptyPackage(version: string, use: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), 'mete-loader-'));
  try {
    writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'mete', version }));
    use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function reasonsOf(load: ReturnType<typeof loadAddon>): string {
  assert.ok('reasons' in load, 'expected no addon');
  return load.reasons.join('; ');
}

test('the addon agrees with the TypeScript mix32', { skip: noAddon }, () => {
  assert.ok('addon' in here);
  for (const value of [0, 1, 7, 0x7fffffff, 0x80000000, 0xffffffff]) {
    assert.equal(here.addon.mix32(value), mix32(value));
  }
});

test('without any binary the reason names this platform', () => {
  inEmptyPackage('0.1.0', (root) => {
    assert.match(reasonsOf(loadAddon({ root })), new RegExp(`not built.*${process.platform}-${process.arch}`));
  });
});

test('a build that failed leaves its reasons', () => {
  inEmptyPackage('0.1.0', (root) => {
    mkdirSync(join(root, 'build'));
    writeFileSync(join(root, 'build/addon.json'), JSON.stringify({ reasons: ['no C++ compiler in PATH'] }));
    assert.equal(reasonsOf(loadAddon({ root })), 'no C++ compiler in PATH');
  });
});

test('a file that is no binary is a reason, not an exception', () => {
  inEmptyPackage('0.1.0', (root) => {
    mkdirSync(join(root, 'build/Release'), { recursive: true });
    writeFileSync(join(root, 'build/Release/mete_engine.node'), 'not a binary');
    assert.match(reasonsOf(loadAddon({ root })), /^build\/Release\/mete_engine\.node does not load: /);
  });
});

test('a binary of another version is refused', { skip: noAddon }, () => {
  assert.ok('addon' in here);
  const { path, addon } = here;
  inEmptyPackage('99.0.0', (root) => {
    assert.match(reasonsOf(loadAddon({ root, path })), new RegExp(`is of version ${addon.version}, not 99\\.0\\.0`));
  });
});

test('a prebuilt binary serves where nothing was built', { skip: noAddon }, () => {
  assert.ok('addon' in here);
  const { path, addon } = here;
  inEmptyPackage(addon.version, (root) => {
    const folder = join(root, `prebuilds/${process.platform}-${process.arch}`);
    mkdirSync(folder, { recursive: true });
    copyFileSync(path, join(folder, 'mete_engine.node'));
    const load = loadAddon({ root });
    assert.ok('addon' in load && load.path.startsWith(folder));
  });
});

test('the values that the C++ tests are held to are those of the TypeScript mix32', () => {
  assert.equal(readFileSync(MIX32_DATA, 'utf8'), mix32Lines(), 'run: npm run golden');
});
