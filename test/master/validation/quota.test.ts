/** Quotas and weights: what is refused, and with which text. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type QuotaConfig,
  validateCapacity,
  validateConsumption,
  validateQuota,
  validateWeight,
} from '../../../src/master/core/validation/index.js';
import { limitsFromRecord } from '../../../src/resources/limits.js';
import { quantitiesFromRecord } from '../../../src/resources/quantities.js';
import { expectTexts } from './fixtures.js';

test('quotas are refused with these texts', () => {
  const invalid = 'Invalid QuotaConfig: ';
  const check = (config: QuotaConfig): string | null => validateQuota(config, new Set(['ads', 'a/b', '.']));
  expectTexts(check, [
    [{ role: 'ads' }, null],
    [{ role: 'ads', guarantees: { cpus: 1 }, limits: { cpus: 1, mem: 5 } }, null],
    [{ role: 'ads', limits: { cpus: 0 } }, null],
    [{ role: 'web' }, `${invalid}'web' is not on the roles whitelist`],
    [{ role: 'a/b' }, "Updating quota on nested role 'a/b' is not supported yet"],
    [{ role: '.' }, `${invalid}Invalid 'QuotaConfig.role': Role '.' cannot include '.' as a component`],
    [
      { role: 'ads', guarantees: { mem: 2 ** 41 } },
      `${invalid}Invalid 'QuotaConfig.guarantees': {'mem': 2199023255552} is invalid: values greater than 1 exabyte ` +
        '(1099511627776) are not supported',
    ],
    [
      { role: 'ads', limits: { cpus: 2e12 } },
      `${invalid}Invalid 'QuotaConfig.limits': {'cpus': 2000000000000} is invalid: values greater than 1 trillion ` +
        '(1000000000000) are not supported',
    ],
    [
      { role: 'ads', guarantees: { cpus: -1 } },
      `${invalid}Invalid guarantee configuration {'cpus': -1}: Negative values not supported`,
    ],
    [
      { role: 'ads', limits: { cpus: NaN } },
      `${invalid}Invalid limit configuration {'cpus': nan}: NaN not supported`,
    ],
    [
      { role: 'ads', guarantees: { cpus: 2, mem: 1 }, limits: { cpus: 1 } },
      `${invalid}'QuotaConfig.guarantees' { cpus: 2, mem: 1 } is not contained within the 'QuotaConfig.limits' ` +
        '{ cpus: 1 }',
    ],
  ]);
  assert.equal(validateQuota({}), `${invalid}'QuotaConfig.role' must be set`);
});

test('a quota must hold what its role uses, and the cluster what is guaranteed', () => {
  const used = quantitiesFromRecord({ cpus: 3, mem: 10 });
  const most = limitsFromRecord({ cpus: 2 });
  assert.equal(validateConsumption('ads', used, limitsFromRecord({ cpus: 3 })), null);
  assert.equal(
    validateConsumption('ads', used, most),
    "Invalid QuotaConfig: Role 'ads' is already consuming 'cpus:3; mem:10'; this is more than the requested limits " +
      "'cpus:2' (use 'force' flag to bypass this check)",
  );
  assert.equal(validateCapacity(used, used), null);
  assert.equal(
    validateCapacity(used, quantitiesFromRecord({})),
    "Invalid QuotaConfig: total quota guarantees 'cpus:3; mem:10' exceed cluster capacity '{}' (use 'force' flag to " +
      'bypass this check)',
  );
});

test('weights are refused with these texts', () => {
  const failed = 'Failed to validate update weights request JSON';
  const check = ([role, weight]: readonly [string, number]): string | null =>
    validateWeight(role, weight, new Set(['ads']));
  const positive = (weight: string): string =>
    `${failed} for role 'ads': Invalid weight '${weight}': Weights must be positive`;
  expectTexts(check, [
    [['ads', 2.5], null],
    [[' ads ', 1], null],
    [
      ['a b', 1],
      `${failed}: Invalid role 'a b': Role component 'a b' is invalid because it contains backspace or whitespace`,
    ],
    [['web', 1], `${failed}: Unknown role 'web'`],
    [['ads', 0], positive('0')],
    [['ads', -1.5], positive('-1.5')],
    [['ads', NaN], positive('nan')],
  ]);
  assert.equal(validateWeight('any', 1), null);
});
