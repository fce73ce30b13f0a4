/** The authorizer against Mesos' two matrices, written down as tables; every action; every kind of bad ACLs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Entity, readAcls, type Rule } from '../../src/authorizer/acls.js';
import { type Action, ACTIONS } from '../../src/authorizer/actions.js';
import { createAuthorizer } from '../../src/authorizer/authorizer.js';
import { MeteError } from '../../src/base/errors.js';

const ALL = Object.keys(ACTIONS) as Action[];
const ANYBODY = { type: 'ANY' } as const;
const NOBODY = { type: 'NONE' } as const;
const some = (...values: string[]): Entity => ({ type: 'SOME', values });

/** The JSON of one list with these rules. */
function aclsOf(action: Action, rules: readonly Rule[], permissive: boolean): object {
  const { list, objects } = ACTIONS[action];
  return { permissive, [list]: rules.map((rule) => ({ principals: rule.principals, [objects]: rule.objects })) };
}

/** Mesos' matrices: rows are requests (some name, any), columns rules (SOME with or without the name, NONE, ANY). */
const MATCHES = {
  some: { has: true, lacks: false, NONE: true, ANY: true },
  any: { SOME: false, NONE: true, ANY: true },
};
const ALLOWS = {
  some: { has: true, lacks: false, NONE: false, ANY: true },
  any: { SOME: false, NONE: false, ANY: true },
};

function look(matrix: typeof MATCHES, request: string | undefined, entity: Entity): boolean {
  if (request === undefined) return matrix.any[entity.type];
  if (entity.type !== 'SOME') return matrix.some[entity.type];
  return matrix.some[entity.values.includes(request) ? 'has' : 'lacks'];
}

/** What Mesos' local authorizer says, slowly. */
function oracle(
  rules: readonly Rule[],
  permissive: boolean,
  areRoles: boolean,
  principal: string | undefined,
  object: string | undefined,
): boolean {
  const split = rules.flatMap((rule) => {
    if (!areRoles || rule.objects.type !== 'SOME') return [rule];
    const { values } = rule.objects;
    const plain = values.filter((value) => !value.endsWith('/%'));
    const wide = values.filter((value) => value.endsWith('/%')).map((value) => ({ ...rule, objects: some(value) }));
    return plain.length === 0 ? wide : [...wide, { ...rule, objects: some(...plain) }];
  });
  for (const { principals, objects } of split) {
    if (!look(MATCHES, principal, principals)) continue;
    const role = areRoles && objects.type === 'SOME' && objects.values[0]!.endsWith('/%') ? objects.values[0]! : null;
    if (role === null) {
      if (look(MATCHES, object, objects)) return look(ALLOWS, principal, principals) && look(ALLOWS, object, objects);
    } else if (object?.startsWith(role.slice(0, -1)) === true) return look(ALLOWS, principal, principals);
  }
  return permissive;
}

const NAMES = ['a', 'b', 'a/x', 'a/x/y', 'ab'];
const name = fc.constantFrom(...NAMES);
const object = fc.constantFrom(...NAMES, 'a/%', 'a/x/%');
const entityOf = (value: fc.Arbitrary<string>): fc.Arbitrary<Entity> => {
  const named = fc.array(value, { minLength: 1, maxLength: 3 }).map((values) => some(...values));
  return fc.oneof(fc.constant(ANYBODY), fc.constant(NOBODY), named);
};
const rule = fc.record({ principals: entityOf(name), objects: entityOf(object) });

test('[B91] the first rule that matches decides, else permissive, exactly as Mesos says', () => {
  const action = fc.constantFrom<Action>('RUN_TASK', 'REGISTER_FRAMEWORK', 'RESERVE_RESOURCES', 'UNRESERVE_RESOURCES');
  const asked = fc.option(name, { nil: undefined });
  const about = fc.option(fc.constantFrom(...NAMES), { nil: undefined });
  const rulesOf = fc.array(rule, { maxLength: 5 });
  fc.assert(
    fc.property(action, rulesOf, fc.boolean(), asked, about, (of, rules, permissive, who, what) => {
      const authorizer = createAuthorizer(readAcls(aclsOf(of, rules, permissive)));
      const expected = oracle(rules, permissive, ACTIONS[of].kind === 'role', who, what);
      assert.equal(authorizer.approves(who ?? null, of, what), expected);
    }),
    { numRuns: 2000 },
  );
});

test('[B91] without ACLs for an action permissive decides; it is true unless it is said', () => {
  for (const action of ALL) {
    assert.equal(createAuthorizer(readAcls({})).approves('ops', action, 'x'), true);
    assert.equal(createAuthorizer(readAcls({ permissive: false })).approves('ops', action, 'x'), false);
  }
});

test('[B92] every action has a list of its own, and its rules count for it alone', () => {
  assert.equal(new Set(ALL.map((action) => ACTIONS[action].list)).size, ALL.length);
  assert.equal(ALL.length, 54);
  for (const action of ALL) {
    const { kind } = ACTIONS[action];
    const what = kind === 'path' ? '/metrics/snapshot' : 'x';
    const objects = kind === 'any' ? ANYBODY : some(what);
    const others = kind === 'any' ? NOBODY : ANYBODY;
    const allowing = createAuthorizer(readAcls(aclsOf(action, [{ principals: some('ops'), objects }], false)));
    assert.deepEqual(ALL.filter((asked) => allowing.approves('ops', asked, what)), [action]);
    assert.equal(allowing.approves('dev', action, what), false);
    assert.equal(allowing.approves(null, action, what), false);
    const forbidding = createAuthorizer(
      readAcls(aclsOf(action, [{ principals: some('ops'), objects }, { principals: NOBODY, objects: others }], true)),
    );
    assert.equal(forbidding.approves('ops', action, what), true, action);
    assert.equal(forbidding.approves('dev', action, what), false, action);
    assert.equal(forbidding.approves(null, action, what), false, action);
  }
});

test('[B92] a/% stands for roles below a, whatever their depth, not for a itself', () => {
  const roles = ALL.filter((action) => ACTIONS[action].kind === 'role');
  assert.equal(roles.length, 13);
  for (const action of roles) {
    const rules = [{ principals: some('ops'), objects: some('eng/%') }];
    const { approves } = createAuthorizer(readAcls(aclsOf(action, rules, false)));
    const seen = ['eng', 'eng/a', 'eng/a/b', 'engine', 'other'].filter((role) => approves('ops', action, role));
    assert.deepEqual(seen, ['eng/a', 'eng/a/b'], action);
  }
});

test('[B92] an executor that proved itself by a token may deal with what is below its own container', () => {
  const { approves } = createAuthorizer(readAcls({}));
  const executor = { claims: { fid: 'f', eid: 'e', cid: 'c1' } };
  for (const action of ALL) {
    const isOwn = /NESTED|ATTACH_CONTAINER_OUTPUT/.test(action);
    assert.equal(approves(executor, action, 'root', 'c1'), isOwn, action);
    assert.equal(approves(executor, action, 'root', 'c2'), false, action);
    assert.equal(approves(executor, action, 'root'), false, action);
    assert.equal(approves({ claims: {} }, action, 'root', 'c1'), false, action);
  }
});

const RUN = { principals: { values: ['a'] }, users: { values: ['root'] } };
const BAD: readonly [what: string, acls: unknown, message: RegExp][] = [
  ['no object', [], /acls \[\]: it is not a JSON object/],
  ['a misspelled list', { run_task: [RUN] }, /acls "run_task": there is no such list; did you mean run_tasks\?/],
  ['permissive as text', { permissive: 'no' }, /acls\.permissive "no": it is neither true nor false/],
  ['one rule without a list', { run_tasks: RUN }, /acls\.run_tasks .*: it is not a list/],
  ['a rule without principals', { run_tasks: [{ users: { type: 'ANY' } }] }, /run_tasks\[0\]\.principals .*missing/],
  ['a rule without objects', { run_tasks: [{ principals: { type: 'ANY' } }] }, /run_tasks\[0\]\.users .*missing/],
  ['objects of another list', { run_tasks: [{ ...RUN, roles: {} }] }, /\[0\] "roles": .*use principals and users/],
  ['an unknown type', { run_tasks: [RUN, { ...RUN, users: { type: 'ALL' } }] }, /run_tasks\[1\]\.users\.type "ALL"/],
  ['a name without a list', { run_tasks: [{ ...RUN, users: { values: 'root' } }] }, /values "root": .*list of texts/],
  ['nobody', { run_tasks: [{ ...RUN, principals: {} }] }, /principals \{\}: it names nobody/],
  ['a misspelled field', { run_tasks: [{ ...RUN, users: { value: ['x'] } }] }, /users "value": there is no such field/],
  [
    'objects where there are none',
    { view_flags: [{ principals: { type: 'ANY' }, flags: { values: ['port'] } }] },
    /view_flags\[0\]\.flags .*no objects that could be named; write \{"type": "ANY"\}/,
  ],
  [
    'a path that nobody asks about',
    { get_endpoints: [{ principals: { type: 'ANY' }, paths: { values: ['/state'] } }] },
    /Path: '\/state' is not an authorizable path/,
  ],
];

for (const [what, acls, message] of BAD) {
  test(`[B91] bad ACLs are refused with what is wrong and how to mend it: ${what}`, () => {
    assert.throws(() => readAcls(acls), (error) => {
      assert.ok(error instanceof MeteError);
      assert.equal(error.code, 'INVALID_ARGUMENT');
      assert.match(error.message, message);
      return true;
    });
  });
}
