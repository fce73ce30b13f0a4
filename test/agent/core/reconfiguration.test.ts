/** What may change between two runs of an agent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reconfigurationRefusal } from '../../../src/agent/core/reconfiguration.js';
import type { AgentInfo } from '../../../src/protocol/framework.js';
import { attributesToMessages, resourcesToMessages } from '../../../src/resources/message-form.js';
import { parseAttributes } from '../../../src/resources/attributes.js';
import { parseResources } from '../../../src/resources/parse-text.js';

const domain = (zone: string): NonNullable<AgentInfo['domain']> => ({
  faultDomain: { region: { name: 'r' }, zone: { name: zone } },
});

function info(resources: string, attributes = '', more: Partial<AgentInfo> = {}): AgentInfo {
  return {
    hostname: 'h',
    port: 1,
    resources: resourcesToMessages(parseResources(resources)),
    attributes: attributesToMessages(parseAttributes(attributes)),
    ...more,
  };
}

const BEFORE = info('cpus:4;ports:[1-9];racks:{a}', 'rack:x;n:2;r:[1-3]', { domain: domain('z') });

test('[C15] equal: nothing may change, but the order of resources does not matter', () => {
  assert.equal(reconfigurationRefusal('equal', BEFORE, BEFORE), null);
  const again = info('racks:{a};cpus:3;cpus:1;ports:[1-4,5-9]', 'rack:x;n:2;r:[1-3]', { domain: domain('z') });
  assert.equal(reconfigurationRefusal('equal', BEFORE, again), null);
  for (const other of [
    info('cpus:5', 'a:b'),
    { ...BEFORE, hostname: 'g' },
    { ...BEFORE, port: 2 },
    { ...BEFORE, domain: domain('y') },
    { ...BEFORE, attributes: [] },
  ]) {
    assert.match(reconfigurationRefusal('equal', BEFORE, other) ?? '', /^Incompatible agent info detected\./);
  }
});

test('[C15] additive: more is accepted, less and other is not, and the reason names what', () => {
  const prefix = "Configuration change not permitted under 'additive' policy: ";
  const refusal = (resources: string, attributes: string, more: Partial<AgentInfo> = {}): string | null => {
    const current = info(resources, attributes, { domain: domain('z'), ...more });
    return reconfigurationRefusal('additive', BEFORE, current)?.replace(prefix, '') ?? null;
  };
  const resources = 'cpus:4;ports:[1-9];racks:{a}';
  const attributes = 'rack:x;n:2;r:[1-3]';
  assert.equal(refusal('cpus:8;gpus:1;ports:[0-9];racks:{a,b}', `${attributes};new:1`), null);
  assert.equal(refusal(resources, 'rack:x;n:2;r:[1-5]'), null);
  const cases: [string | null, string][] = [
    [
      refusal('cpus:3;ports:[1-9];racks:{a}', attributes),
      "Value of scalar resource 'cpus' decreased from cpus:4 to cpus:3",
    ],
    [refusal('cpus:4;racks:{a}', attributes), 'Resource not found: ports:[1-9]'],
    [
      refusal('cpus:4;ports:[1-8];racks:{a}', attributes),
      "Previous value of range resource 'ports' (ports:[1-9]) not included in current ports:[1-8]",
    ],
    [
      refusal('cpus:4;ports:[1-9];racks:{b}', attributes),
      "Previous value of set resource 'racks' (racks:{a}) not included in current racks:{b}",
    ],
    [refusal(resources, 'rack:x;n:2'), "Couldn't find attribute r"],
    [refusal(resources, 'rack:x;n:two;r:[1-3]'), "Type of attribute 'n' changed from SCALAR to TEXT"],
    [refusal(resources, 'rack:y;n:2;r:[1-3]'), "Value of attribute 'rack' changed"],
    [refusal(resources, 'rack:x;n:3;r:[1-3]'), "Value of attribute 'n' changed"],
    [refusal(resources, 'rack:x;n:2;r:[2-3]'), "Value of attribute 'r' changed"],
    [refusal(resources, attributes, { hostname: 'g' }), 'Hostname changed from h to g'],
    [refusal(resources, attributes, { port: 2 }), 'Port changed from 1 to 2'],
    [refusal(resources, attributes, { domain: domain('y') }), 'Domain changed from r/z to r/y'],
  ];
  for (const [actual, expected] of cases) assert.equal(actual, expected);
});
