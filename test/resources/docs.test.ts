/** The examples of docs/resources.md do what the page says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { MeteError } from '../../src/base/errors.js';
import * as attributes from '../../src/resources/attributes.js';
import * as limits from '../../src/resources/limits.js';
import * as lot from '../../src/resources/lot.js';
import * as operations from '../../src/resources/operations.js';
import { parseResourcesJson } from '../../src/resources/parse-json.js';
import { parseResources } from '../../src/resources/parse-text.js';
import * as quantities from '../../src/resources/quantities.js';
import { Resources } from '../../src/resources/resources.js';
import * as transform from '../../src/resources/transform.js';

const page = readFileSync(new URL('../../docs/resources.md', import.meta.url), 'utf8');
const blocks = (tag: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${tag}\\n(.*?)^\`\`\`$`, 'gms'))].map((match) => match[1] ?? '');

/** What a call gives, printed, or the message of its refusal after `!! `. */
function outcome(call: () => unknown): string {
  try {
    return `=> ${String(call())}`;
  } catch (error) {
    assert.ok(error instanceof MeteError, String(error));
    return `!! ${error.message}`;
  }
}

test('[C16] the texts of the page are read and refused as it says', () => {
  const lines = blocks('text').flatMap((block) => block.trimEnd().split('\n'));
  assert.ok(lines.length >= 12);
  for (const line of lines) {
    const parts = /^(.*?)\s+(=>|!!)\s+(.*)$/.exec(line);
    assert.ok(parts !== null, line);
    assert.equal(outcome(() => parseResources(parts[1] ?? '')), `${parts[2]} ${parts[3]}`);
  }
});

test('[C17] the code of the page does what its comments say', () => {
  const scope = { Resources, parseResources, parseResourcesJson, ...lot, ...quantities, ...limits };
  const context = createContext({ ...scope, ...attributes, ...operations, ...transform });
  let checked = 0;
  for (const line of blocks('js').flatMap((block) => block.split('\n'))) {
    const parts = /^(.*); \/\/ ((?:=>|!!) .*)$/.exec(line);
    if (parts === null) runInContext(line, context);
    else {
      assert.equal(outcome(() => runInContext(parts[1] ?? '', context) as unknown), parts[2], line);
      checked++;
    }
  }
  assert.ok(checked >= 25, `${checked} examples`);
});
