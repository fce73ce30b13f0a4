/** Files with secrets: both forms, what is refused, and that no secret is ever told. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { MeteError } from '../../src/base/errors.js';
import { credentialOfClient, readCredential, readCredentials, readSecret } from '../../src/config/credentials.js';

/** A file that only its owner can read. */
function file(t: TestContext, text: string, mode = 0o600): string {
  const directory = mkdtempSync(join(tmpdir(), 'mete-secrets-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'secrets');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const silent = (text: string): never => assert.fail(text);
const JSON_TEXT = JSON.stringify({
  credentials: [
    { principal: 'ops', secret: 'a secret: with blanks' },
    { principal: 'dev', secret: 'ümlaut' },
  ],
});

test('[B90] credentials in JSON, and in lines as they were before', (t) => {
  const json = readCredentials(file(t, JSON_TEXT), '--credentials', silent);
  assert.deepEqual([...json], [['ops', 'a secret: with blanks'], ['dev', 'ümlaut']]);
  const lines = readCredentials(file(t, 'ops secret1\n\n  dev\tsecret2  \n'), '--credentials', silent);
  assert.deepEqual([...lines], [['ops', 'secret1'], ['dev', 'secret2']]);
});

test('[C13] one credential, in both forms, and as a principal with a file of its secret', (t) => {
  const expected = { principal: 'agent', secret: 'xyz' };
  const json = file(t, '{"principal":"agent","secret":"xyz"}');
  assert.deepEqual(readCredential(json, '--credential', silent), expected);
  assert.deepEqual(readCredential(file(t, 'agent xyz\n'), '--credential', silent), expected);
  const secretFile = file(t, 'xyz\n');
  assert.equal(readSecret(secretFile, '--secret-file', silent), 'xyz');
  assert.deepEqual(credentialOfClient({ principal: 'agent', secretFile }, silent), expected);
  assert.deepEqual(credentialOfClient({ credential: json }, silent), expected);
  assert.equal(credentialOfClient({ principal: 'agent' }, silent), null);
  assert.throws(() => credentialOfClient({ secretFile }, silent), /add --principal NAME/);
});

test('[B90] a file that others can read is warned of', (t) => {
  const warnings: string[] = [];
  for (const mode of [0o604, 0o602, 0o640]) {
    readCredentials(file(t, JSON_TEXT, mode), '--credentials', (text) => warnings.push(text));
  }
  assert.equal(warnings.length, 2);
  for (const text of warnings) assert.match(text, /\(--credentials\) is open to others: run chmod o-rwx/);
});

const BAD: readonly [text: string, reason: RegExp][] = [
  ['', /it has no credentials/],
  ['{', /it is not a list of credentials/],
  ['{"credentials":{}}', /it is not a list of credentials/],
  ['{"credentials":[{"secret":"hush"}]}', /credentials\[0\] has no principal/],
  ['{"credentials":[{"principal":"a","secret":"hush"},{"principal":"b"}]}', /credentials\[1\] has no secret/],
  ['{"credentials":[{"principal":"a","secret":"hush"},{"principal":"a","secret":"hush2"}]}', /"a" twice/],
  ['ops hush more', /line 1 is not a principal and a secret/],
];

test('[B90] bad files are refused with field, value and mend, and never with a secret', (t) => {
  for (const [text, reason] of BAD) {
    assert.throws(() => readCredentials(file(t, text), '--credentials', silent), (error) => {
      assert.ok(error instanceof MeteError);
      assert.match(error.message, reason);
      assert.match(error.message, /^INVALID_ARGUMENT: --credentials .*; (write|leave)/);
      assert.ok(!error.message.includes('hush'), error.message);
      return true;
    });
  }
  const missing = /ENOENT.*name a file that can be read/;
  assert.throws(() => readCredentials('/nowhere/at/all', '--credentials', silent), missing);
});
