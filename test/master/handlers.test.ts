/** The messages that Mesos' master handles are handled here, each as docs/protocol.md says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENT_CALLS } from '../../src/protocol/agent.js';
import { AUTHENTICATION_CALLS } from '../../src/protocol/authentication.js';
import { SCHEDULER_CALLS } from '../../src/protocol/scheduler.js';
import { MASTER_HANDLERS } from '../protocol/mesos-names.js';

test('[B8] every handler of the master of Mesos has its messages here, or says why not', () => {
  assert.equal(Object.keys(MASTER_HANDLERS).length, 20);
  const calls = new Set([SCHEDULER_CALLS, AGENT_CALLS, AUTHENTICATION_CALLS].flatMap((table) => Object.keys(table)));
  for (const [name, handler] of Object.entries(MASTER_HANDLERS)) {
    assert.ok(handler.messages.length > 0 || (handler.note ?? '').length > 20, name);
    for (const message of handler.messages) assert.ok(calls.has(message), `${name}: ${message} is its call`);
  }
});
