/** The choice of an engine: by name, by environment, by what can be loaded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeteError } from '../../src/base/errors.js';
import { chooseEngine, createEngineFactory, type EngineChoice } from '../../src/engine/create-engine.js';
import { type AddonLoad, loadAddon, type NativeAddon } from '../../src/native/load-addon.js';

const OPTIONS = {
  kinds: 2,
  seed: 1,
  randomRoles: false,
  randomFrameworks: false,
  hierarchicalRoles: false,
  incremental: true,
};
const broken = (): AddonLoad => ({ reasons: ['no compiler', 'no prebuilt binary'] });
const loading = (): AddonLoad => ({ addon: {} as NativeAddon, path: 'here' });

test('auto takes the native engine where it loads, and else the other one, with the reasons', () => {
  const native = chooseEngine('auto', {}, loading);
  assert.deepEqual([native.name, native.reasons], ['native', []]);
  const fallback = chooseEngine('auto', {}, broken);
  assert.deepEqual([fallback.name, fallback.reasons], ['typescript', ['no compiler', 'no prebuilt binary']]);
  assert.equal(fallback.factory(OPTIONS).name, 'typescript');
});

test('a native engine that is wanted and missing is an error that tells why', () => {
  assert.throws(
    () => chooseEngine('native', {}, broken),
    (error) =>
      error instanceof MeteError &&
      error.code === 'ENGINE_UNAVAILABLE' &&
      /no compiler; no prebuilt binary/.test(error.message),
  );
});

test('the TypeScript engine is taken without a look at the addon', () => {
  const load = (): AddonLoad => assert.fail('nobody asked for it');
  assert.deepEqual(chooseEngine('typescript', { METE_ENGINE: 'native' }, load).reasons, []);
  assert.equal(createEngineFactory('typescript')(OPTIONS).name, 'typescript');
});

test('without a choice METE_ENGINE decides, and without that it is auto', () => {
  assert.equal(chooseEngine(undefined, { METE_ENGINE: 'typescript' }, loading).name, 'typescript');
  assert.equal(chooseEngine(undefined, { METE_ENGINE: '' }, loading).name, 'native');
  assert.equal(chooseEngine(undefined, {}, broken).name, 'typescript');
  const fast = { METE_ENGINE: 'fast' };
  assert.throws(() => chooseEngine(undefined, fast, loading), { code: 'INVALID_ARGUMENT', field: 'METE_ENGINE' });
  assert.throws(() => chooseEngine('fast' as EngineChoice, {}, loading), { code: 'INVALID_ARGUMENT', field: 'engine' });
});

test('the engine that loads here works', () => {
  const { name, factory } = chooseEngine('auto');
  const engine = factory(OPTIONS);
  assert.equal(name, 'addon' in loadAddon() ? 'native' : 'typescript');
  assert.equal(engine.name, name);
  assert.equal(engine.cycle(1, true), 0);
  engine.close();
});
