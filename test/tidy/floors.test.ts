/** The floors hold: tests each rule of check-floors.ts on a planted breach, then the project. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCycles, checkFloors, checkIncludes } from './check-floors.js';
import { assertTidy, projectFiles, show, type Breach, type TextFile } from './sources.js';

const breaks = (check: (files: readonly TextFile[]) => Breach[], path: string, text: string, reason: RegExp): void => {
  const breaches = check([{ path, text }]);
  assert.equal(breaches.length, 1, `expected one breach, found: ${show(breaches)}`);
  assert.match(breaches[0]?.reason ?? '', reason);
};
const passes = (check: (files: readonly TextFile[]) => Breach[], path: string, text: string): void => {
  assert.equal(show(check([{ path, text }])), '');
};

const PLANTED: readonly [path: string, text: string, reason: RegExp][] = [
  ['src/base/x.ts', "import { a } from '../resources/resources.js';", /base \(floor 0\) may not import resources/],
  ['src/base/x.ts', "export * from '../resources/resources.js';", /floor 2/],
  ['src/base/x.ts', "export type X = import('../allocator/x.js').X;", /floor 3/],
  ['src/resources/x.ts', "import type { J } from '../jobs/job.js';", /rooms of one floor \(2\)/],
  ['src/allocator/x.ts', "import { readFileSync } from 'node:fs';", /allocator is pure/],
  ['src/allocator/x.ts', "const fs = await import('node:fs');", /allocator is pure/],
  ['src/resources/x.ts', "import ws from 'ws';", /may not import the package ws/],
  ['src/allocator/x.ts', "import { RE2JS } from 're2js';", /only allocator\/offer-constraints\*/],
  ['src/runner/x.ts', "import { loadAddon } from '../native/load-addon.js';", /imported only by engine, bin/],
  ['src/cellar/x.ts', "import { a } from '../base/a.js';", /in no room/],
  ['src/engine/x.ts', "import { run } from '../../bench/run.js';", /leads to no room/],
  ['src/ui/x.ts', "import { validate } from '../protocol/offers.js';", /types only/],
  ['src/ui/x.ts', "import type { R } from '../resources/resources.js';", /ui may not import resources/],
  ['bench/x.ts', "import { oracle } from '../test/oracle/sorter.js';", /bench\/ may not import test/],
  ['scripts/x.mjs', "import fc from 'fast-check';", /scripts\/ may not import fast-check/],
];

for (const [path, text, reason] of PLANTED) {
  test(`a breach is found: ${path}: ${text}`, () => breaks(checkFloors, path, text, reason));
}

const ALLOWED: readonly [path: string, text: string][] = [
  ['src/allocator/x.ts', "import { a } from '../base/a.js'; import { b } from './b.js';"],
  ['src/allocator/offer-constraints-x.ts', "import { RE2JS } from 're2js';"],
  ['src/engine/x.ts', "import { loadAddon } from '../native/load-addon.js';"],
  ['src/native/x.ts', "import { existsSync } from 'node:fs';"],
  ['src/bin/x.ts', "import { run } from '../../bench/run.js';"],
  ['src/ui/x.ts', "import type { Offer } from '../protocol/offers.js';"],
  ['src/base/x.ts', "// import { a } from '../resources/resources.js';\nconst text = \"from 'node:fs'\";"],
];

for (const [path, text] of ALLOWED) {
  test(`no breach: ${path}: ${text}`, () => passes(checkFloors, path, text));
}

test('a circle of imports is found', () => {
  const circle = checkCycles([
    { path: 'src/base/a.ts', text: "import { b } from './b.js';" },
    { path: 'src/base/b.ts', text: "export { c } from './c.js';" },
    { path: 'src/base/c.ts', text: "import type { A } from './a.js';" },
  ]);
  assert.equal(circle.length, 1);
  assert.match(show(circle), /a\.ts -> src\/base\/b\.ts -> src\/base\/c\.ts -> src\/base\/a\.ts/);
});

test("Node's headers outside the binding, and includes past the core, are found", () => {
  breaks(checkIncludes, 'native/core/x.cc', '#include <node_api.h>', /node_api\.h/);
  breaks(checkIncludes, 'native/test/x.cc', '  #  include "napi.h"', /napi\.h/);
  breaks(checkIncludes, 'native/core/x.h', '#include "binding/y.h"', /binding\/y\.h/);
  breaks(checkIncludes, 'native/core/x.h', '#include "x.h"', /name headers from native/);
  breaks(checkIncludes, 'native/attic/x.h', '#include <vector>', /in no folder/);
  passes(checkIncludes, 'native/binding/x.cc', '#include <napi.h>\n#include "core/mix32.h"\n#include <vector>');
});

test('the project keeps to its floors', () => {
  assertTidy(checkFloors(projectFiles(/^(src|bench|scripts)\/.*\.(ts|mjs)$/)));
});

test('the project has no circles of imports', () => {
  assertTidy(checkCycles(projectFiles(/^(src|bench|scripts|test)\/.*\.(ts|mjs)$/)));
});

test('the C++ of the project includes what it may', () => {
  assertTidy(checkIncludes(projectFiles(/^native\/.*\.(cc|h)$/)));
});
