/** Resources and attributes in the form of messages: the way there and back, the older forms, refusals. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ErrorCode } from '../../src/base/errors.js';
import type { AttributeMessage, Resource } from '../../src/protocol/common.js';
import { compileChecks } from '../../src/protocol/check-compiler.js';
import { resourceList } from '../../src/protocol/common.js';
import { nodeOf } from '../../src/protocol/shape.js';
import {
  attributesFromMessages,
  attributesToMessages,
  resourcesFromMessages,
  resourcesToMessages,
} from '../../src/resources/message-form.js';
import { parseAttributes } from '../../src/resources/attributes.js';
import { parseResourcesJson } from '../../src/resources/parse-json.js';
import { Resources } from '../../src/resources/resources.js';
import { ranges, scalar } from '../../src/resources/lot.js';
import { anyResources } from './arbitraries.js';
import { refuses } from './refuses.js';

const [isList] = compileChecks([nodeOf(resourceList)]);

test('resources come back from messages as they were, and the messages are of their schema', () => {
  fc.assert(
    fc.property(anyResources, fc.option(fc.constantFrom('eng', 'a/b'), { nil: undefined }), (resources, role) => {
      const messages = resourcesToMessages(resources, role);
      assert.equal(isList?.(messages), true);
      assert.ok(messages.every((message) => message.allocationInfo?.role === role));
      const back = resourcesFromMessages(messages);
      assert.deepEqual(back.lots, resources.lots);
    }),
  );
});

test('messages say what the JSON form says', () => {
  fc.assert(
    fc.property(anyResources, (resources) => {
      const viaJson = parseResourcesJson(JSON.parse(JSON.stringify(resources.toJSON())));
      assert.ok(viaJson.equals(resourcesFromMessages(resourcesToMessages(resources))));
    }),
  );
});

test('the list of a value and role is made once', () => {
  const resources = Resources.of([scalar('cpus', 4), ranges('ports', [[1, 5]])]);
  const list = resourcesToMessages(resources, 'eng');
  assert.equal(resourcesToMessages(resources, 'eng'), list);
  assert.notEqual(resourcesToMessages(resources, 'ops'), list);
  assert.deepEqual(resourcesToMessages(resources)[0], { name: 'cpus', type: 'SCALAR', scalar: 4 });
  assert.equal(resourcesToMessages(resources), resourcesToMessages(resources));
});

test('an absent list is nothing', () => {
  assert.equal(resourcesFromMessages(undefined), Resources.EMPTY);
  assert.equal(resourcesFromMessages([]), Resources.EMPTY);
  assert.deepEqual(attributesFromMessages(undefined), []);
});

test('both older forms of reservations are read', () => {
  const cpus = { name: 'cpus', type: 'SCALAR', scalar: 1 } as const;
  const read = (message: Resource) => resourcesFromMessages([message]).lots[0]?.descriptor.reservations;
  assert.deepEqual(read({ ...cpus, role: '*' }), []);
  assert.deepEqual(read({ ...cpus, role: 'eng' }), [{ type: 'STATIC', role: 'eng' }]);
  const dynamic = [{ type: 'DYNAMIC', role: 'eng', principal: 'p' }];
  assert.deepEqual(read({ ...cpus, role: 'eng', reservation: { principal: 'p' } }), dynamic);
  assert.deepEqual(read({ ...cpus, role: 'eng', reservations: [{ type: 'STATIC', role: 'eng' }] }), [
    { type: 'STATIC', role: 'eng' },
  ]);
});

test('what is no resource is refused with its field', () => {
  const bad = (message: Partial<Resource>, field: string, code: ErrorCode = 'INVALID_RESOURCES') =>
    refuses(code, () => resourcesFromMessages([{ name: 'cpus', type: 'SCALAR', ...message }]), field);
  bad({}, 'resources[0].scalar');
  bad({ scalar: -1 }, 'resources[0].scalar');
  bad({ scalar: 0.0001 }, 'resources[0].scalar');
  bad({ scalar: 1, set: ['a'] }, 'resources[0].set');
  bad({ type: 'RANGES', scalar: 1 }, 'resources[0].scalar');
  bad({ type: 'RANGES', ranges: [{ begin: 3, end: 1 }] }, 'resources[0].ranges[0]');
  bad({ type: 'RANGES', ranges: [{ begin: 1, end: 3 }, { begin: 3, end: 4 }] }, 'resources[0].ranges');
  bad({ type: 'SET', set: ['a', 'a'] }, 'resources[0].set');
  bad({ type: 'SET', set: [''] }, 'resources[0].set');
  bad({ name: '', scalar: 1 }, 'resources[0].name');
  bad({ scalar: 1, shared: true }, 'resources[0].shared');
  bad({ scalar: 1, role: 'a', reservations: [{ type: 'STATIC', role: 'b' }] }, 'resources[0].role');
  bad({ scalar: 1, reservation: {} }, 'resources[0].role');
  bad({ name: 'disk', scalar: 1, disk: { source: { type: 'UNKNOWN' } } }, 'resources[0].disk.source.type');
});

test('attributes come back from messages as they were', () => {
  const attributes = parseAttributes('rack:abc;level:2.5;ports:[1-5,9-9]');
  assert.deepEqual(attributesFromMessages(attributesToMessages(attributes)), attributes);
});

test('what is no attribute is refused with its field', () => {
  const bad = (message: AttributeMessage, field: string) =>
    refuses('INVALID_ARGUMENT', () => attributesFromMessages([message]), field);
  bad({ name: '', type: 'TEXT', text: 'x' }, 'attributes[0].name');
  bad({ name: 'a', type: 'TEXT' }, 'attributes[0].text');
  bad({ name: 'a', type: 'SET' }, 'attributes[0].type');
});
