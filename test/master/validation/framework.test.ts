/** Frameworks: what is refused, with which text, and in which order. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { FrameworkInfo, OfferConstraintsMessage } from '../../../src/protocol/framework.js';
import {
  frameworkRoles,
  keepImmutable,
  validateAdmission,
  validateFramework,
  validatePrincipal,
  validateRolesOfOptions,
  validateUpdateFramework,
} from '../../../src/master/core/validation/index.js';
import type { FrameworkId } from '../../../src/protocol/schema.js';
import { expectOrder, expectTexts, frameworkInfo } from './fixtures.js';

const MULTI_ROLE = { capabilities: [{ type: 'MULTI_ROLE' }] };
const check = (more: Partial<FrameworkInfo>): string | null => validateFramework(frameworkInfo(more));

function filters(quantities: Record<string, number>): Partial<FrameworkInfo> {
  return { offerFilters: { ads: { minAllocatableResources: [{ quantities }] } } };
}

const WITH_MULTI_ROLE = "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable";
const WITHOUT = "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable";
const TWICE = "'FrameworkInfo.roles' contains duplicate items: { a }";

test('[B173] what frameworks say of themselves is refused with these texts', () => {
  const quantity = "Invalid resource quantity for 'cpus':";
  expectTexts(check, [
    [{}, null],
    [{ role: 'ads' }, null],
    [{ ...MULTI_ROLE }, null],
    [{ ...MULTI_ROLE, roles: ['a', '*', 'b/c'] }, null],
    [{ roles: [] }, null],
    [{ ...MULTI_ROLE, role: 'ads' }, WITH_MULTI_ROLE],
    [{ roles: ['ads'] }, WITHOUT],
    [{ ...MULTI_ROLE, roles: ['a', 'b', 'a'] }, TWICE],
    [
      { ...MULTI_ROLE, roles: ['a', '/b'] },
      "'FrameworkInfo.roles' contains invalid role: Role '/b' cannot start with a slash",
    ],
    [{ role: '' }, "'FrameworkInfo.role' is not a valid role: Role names cannot be the empty string"],
    [
      { role: 'a/*' },
      "'FrameworkInfo.role' is not a valid role: Role 'a/*' cannot include '*' as a component",
    ],
    [{ id: '' as FrameworkId }, null],
    [{ id: 'a/b' as FrameworkId }, "'a/b' contains invalid characters"],
    [filters({ cpus: 1, mem: 0 }), null],
    [filters({}), 'Resource quantities must contain at least one quantity'],
    [filters({ cpus: -1 }), `${quantity} Negative values not supported`],
    [filters({ cpus: NaN }), `${quantity} NaN not supported`],
    [filters({ cpus: Infinity }), `${quantity} Infinite values not supported`],
    [filters({ cpus: 1e-310 }), `${quantity} Subnormal values not supported`],
    [{ failoverTimeoutSeconds: 3600 }, null],
    [{ failoverTimeoutSeconds: 9.3e9 }, 'The framework failover_timeout (9.3e+09) is invalid'],
    [{ failoverTimeoutSeconds: Infinity }, 'The framework failover_timeout (inf) is invalid'],
    [{ failoverTimeoutSeconds: NaN }, 'The framework failover_timeout (nan) is invalid'],
  ]);
});

test('[B173] the first fault of a framework is the one told', () => {
  expectOrder<FrameworkInfo>(check, [
    [{ roles: ['ads'] }, WITHOUT],
    [{ id: '.' as FrameworkId }, "'.' is disallowed"],
    [filters({}), 'Resource quantities must contain at least one quantity'],
    [{ failoverTimeoutSeconds: 1e300 }, 'The framework failover_timeout (1e+300) is invalid'],
  ]);
});

test('[B173] a master may allow some roles only, forbid root, and remembers who is gone', () => {
  const admission = {
    allowedRoles: new Set(['ads']),
    rootSubmissions: false,
    isCompleted: (id: string) => id === 'gone',
  };
  const admit = (more: Partial<FrameworkInfo>): string | null => validateAdmission(frameworkInfo(more), admission);
  expectTexts(admit, [
    [{}, null],
    [{ role: 'ads' }, null],
    [{ role: 'web' }, "Roles { web } are not present in the master's --roles"],
    [{ ...MULTI_ROLE, roles: ['ads', 'x', 'y'] }, "Roles { x, y } are not present in the master's --roles"],
    [{ user: 'root' }, "User 'root' is not allowed to run frameworks without --root_submissions set"],
    [{ id: 'gone' as FrameworkId }, 'Framework has been removed'],
    [{ id: 'here' as FrameworkId }, null],
  ]);
  expectOrder<FrameworkInfo>(admit, [
    [{ role: 'web' }, "Roles { web } are not present in the master's --roles"],
    [{ user: 'root' }, "User 'root' is not allowed to run frameworks without --root_submissions set"],
    [{ id: 'gone' as FrameworkId }, 'Framework has been removed'],
  ]);
  assert.equal(validateAdmission(frameworkInfo({ role: 'web', user: 'root' }), { isCompleted: () => false }), null);
});

test('[B173] an update may not change principal, user or checkpoint; coming back keeps the latter two', () => {
  const old = frameworkInfo({ principal: 'p', checkpoint: true });
  const update = (more: Partial<FrameworkInfo>): string | null => validateUpdateFramework(old, { ...old, ...more });
  const principal = "Changing framework's principal is not allowed.";
  const user = "Updating 'FrameworkInfo.user' is unsupported; attempted to update from 'me' to 'you'";
  const checkpoint = "Updating 'FrameworkInfo.checkpoint' is unsupported; attempted to update from 'true' to 'false'";
  expectTexts(update, [
    [{}, null],
    [{ name: 'other', roles: ['a'], failoverTimeoutSeconds: 7 }, null],
    [{ principal: 'q' }, principal],
    [{ user: 'you' }, user],
    [{ checkpoint: false }, checkpoint],
    [{ principal: 'q', user: 'you', checkpoint: false }, principal],
    [{ user: 'you', checkpoint: false }, user],
  ]);
  assert.equal(validateUpdateFramework(frameworkInfo(), frameworkInfo({ checkpoint: false })), null);
  assert.equal(validatePrincipal(old, { ...old, user: 'you' }), null);
  assert.equal(validatePrincipal(old, frameworkInfo()), principal);
  assert.equal(keepImmutable(old, old), old);
  const kept = keepImmutable(old, { ...old, user: 'you', checkpoint: false, name: 'new' });
  assert.deepEqual(kept, { ...old, name: 'new' });
});

test('[B173] suppressed roles and offer constraints are about roles of the framework', () => {
  const constraints = (role: string): OfferConstraintsMessage => ({ roleConstraints: { [role]: { groups: [] } } });
  const roles = ['a', 'b'];
  assert.equal(validateRolesOfOptions(roles, undefined, undefined), null);
  assert.equal(validateRolesOfOptions(roles, ['b'], constraints('a')), null);
  assert.equal(
    validateRolesOfOptions(roles, ['z', 'b', 'c'], constraints('z')),
    'Suppressed roles { c, z } are not contained in the set of roles',
  );
  assert.equal(
    validateRolesOfOptions(roles, [], constraints('z')),
    "Offer constraints specify `role_constraints` for a role 'z'not contained in the set of roles",
  );
});

test('[B173] the roles of a framework depend on MULTI_ROLE', () => {
  assert.deepEqual(frameworkRoles(frameworkInfo()), ['*']);
  assert.deepEqual(frameworkRoles(frameworkInfo({ role: 'a' })), ['a']);
  assert.deepEqual(frameworkRoles(frameworkInfo(MULTI_ROLE)), []);
  assert.deepEqual(frameworkRoles(frameworkInfo({ ...MULTI_ROLE, roles: ['a', 'b'] })), ['a', 'b']);
});
