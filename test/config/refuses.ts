/** What the tests of settings share. */
import assert from 'node:assert/strict';
import { MeteError } from '../../src/base/errors.js';
import type { Kind } from '../../src/config/setting.js';

/** The kind refuses a value, naming the flag, with a reason and a mend like these. */
export function refuses<T>(kind: Kind<T>, value: unknown, reason: RegExp, mend = /./): void {
  assert.throws(
    () => kind.read(value, '--flag'),
    (error) => {
      assert.ok(error instanceof MeteError, String(error));
      assert.match(error.code, /^INVALID_(ARGUMENT|RESOURCES|ROLE)$/);
      assert.match(error.field, /--flag/);
      assert.match(error.reason, reason);
      assert.match(error.mend, mend);
      return true;
    },
    `for ${JSON.stringify(value)}`,
  );
}

/** The kind reads each of these as that. */
export function reads<T>(kind: Kind<T>, rows: readonly (readonly [unknown, T])[]): void {
  for (const [value, expected] of rows) {
    assert.deepEqual(kind.read(value, '--flag'), expected, `for ${JSON.stringify(value)}`);
  }
}
