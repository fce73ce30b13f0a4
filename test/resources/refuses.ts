/** Asserts that a call throws a MeteError, and what it says. */
import assert from 'node:assert/strict';
import { type ErrorCode, MeteError } from '../../src/base/errors.js';

/** `says` is a part of the message, or a pattern of it. Returns the error. */
export function refuses(code: ErrorCode, call: () => unknown, says: string | RegExp = ''): MeteError {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof MeteError, `not a MeteError: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    if (typeof says === 'string') assert.ok(error.message.includes(says), `${error.message}\nlacks: ${says}`);
    else assert.match(error.message, says);
    for (const part of [error.field, error.reason, error.mend]) assert.notEqual(part, '');
    return error;
  }
  throw new assert.AssertionError({ message: `nothing thrown; expected ${code} ${String(says)}` });
}
