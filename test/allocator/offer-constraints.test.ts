/**
 * Offer constraints: what every predicate says of text, of other values and of nothing; how groups combine; which input
 * is refused and how the refusal names it; where the bounds on regular expressions lie.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeteError } from '../../src/base/errors.js';
import { parseAttributes } from '../../src/resources/attributes.js';
import {
  compileOfferConstraints,
  type ConstrainedAgent,
  type OfferConstraintLimits,
} from '../../src/allocator/offer-constraints.js';

type Constraint = { selector: object; predicate: object };

const named = (name: string, predicate: object): Constraint => ({ selector: { attribute_name: name }, predicate });
const pseudo = (type: string, predicate: object): Constraint => ({
  selector: { pseudoattribute_type: type },
  predicate,
});
const forRole = (...groups: Constraint[][]): object => ({
  role_constraints: { eng: { groups: groups.map((attribute_constraints) => ({ attribute_constraints })) } },
});

function agent(attributes: string, about: Partial<ConstrainedAgent> = {}): ConstrainedAgent {
  return { hostname: 'host1', domain: null, ...about, attributes: parseAttributes(attributes) };
}

/** Whether an agent passes one constraint. */
function passes(constraint: Constraint, subject: ConstrainedAgent): boolean {
  return !compileOfferConstraints(forRole([constraint])).isAgentExcluded('eng', subject);
}

function refusal(json: unknown, limits?: OfferConstraintLimits): MeteError {
  try {
    compileOfferConstraints(json, limits);
  } catch (error) {
    assert.ok(error instanceof MeteError);
    assert.equal(error.code, 'INVALID_OFFER_CONSTRAINTS');
    return error;
  }
  return assert.fail(`accepted: ${JSON.stringify(json)}`);
}

test('[A96] a predicate judges text, other values, and absence', () => {
  //                        rack:abc, rack:zzz, rack:7, rack:[1-2], (absent)
  const table: [object, [boolean, boolean, boolean, boolean, boolean]][] = [
    [{ exists: {} }, [true, true, true, true, false]],
    [{ not_exists: {} }, [false, false, false, false, true]],
    [{ text_equals: { value: 'abc' } }, [true, false, true, true, false]],
    [{ text_not_equals: { value: 'abc' } }, [false, true, true, true, true]],
    [{ text_matches: { regex: '[a-c]+' } }, [true, false, true, true, false]],
    [{ text_not_matches: { regex: '[a-c]+' } }, [false, true, true, true, true]],
  ];
  const subjects = ['rack:abc', 'rack:zzz', 'rack:7', 'rack:[1-2]', 'other:abc'];
  for (const [predicate, expected] of table) {
    const seen = subjects.map((attributes) => passes(named('rack', predicate), agent(attributes)));
    assert.deepEqual(seen, expected, JSON.stringify(predicate));
  }
});

test('[A96] a regular expression must match the whole text', () => {
  const matches = (regex: string, text: string): boolean =>
    passes(named('rack', { text_matches: { regex } }), agent(`rack:${text}`));
  assert.equal(matches('b', 'abc'), false);
  assert.equal(matches('ab', 'abc'), false);
  assert.equal(matches('bc', 'abc'), false);
  assert.equal(matches('a|abc', 'abc'), true);
  assert.equal(matches('^a.c$', 'abc'), true);
  assert.equal(matches('(?i)ABC', 'abc'), true);
  assert.equal(matches('.', 'é'), true);
  assert.equal(matches('.', '😀'), true);
});

test('[A96] only the first attribute of a name counts', () => {
  const constraint = named('rack', { text_equals: { value: 'a' } });
  assert.equal(passes(constraint, agent('rack:a;rack:b')), true);
  assert.equal(passes(constraint, agent('rack:b;rack:a')), false);
  assert.equal(passes(constraint, agent('rack:5;rack:b')), true);
});

test('[A96] host name, region and zone can be selected; a region is absent without a domain', () => {
  const here = agent('', { hostname: 'h7', domain: { region: 'eu', zone: 'eu-1' } });
  const nowhere = agent('', { hostname: 'h7' });
  assert.equal(passes(pseudo('HOSTNAME', { text_equals: { value: 'h7' } }), here), true);
  assert.equal(passes(pseudo('HOSTNAME', { text_not_equals: { value: 'h7' } }), here), false);
  assert.equal(passes(pseudo('HOSTNAME', { not_exists: {} }), here), false);
  assert.equal(passes(pseudo('REGION', { text_matches: { regex: 'e.' } }), here), true);
  assert.equal(passes(pseudo('ZONE', { text_equals: { value: 'eu-2' } }), here), false);
  assert.equal(passes(pseudo('REGION', { exists: {} }), nowhere), false);
  assert.equal(passes(pseudo('ZONE', { not_exists: {} }), nowhere), true);
  assert.equal(passes(pseudo('ZONE', { text_not_matches: { regex: '.*' } }), nowhere), true);
});

test('[A96] groups are joined by or, the constraints of a group by and, roles are apart', () => {
  const a = named('a', { exists: {} });
  const b = named('b', { exists: {} });
  const c = named('c', { exists: {} });
  const filter = compileOfferConstraints({
    role_constraints: {
      eng: { groups: [{ attribute_constraints: [a, b] }, { attribute_constraints: [c] }] },
      'eng/ads': { groups: [{ attribute_constraints: [a] }] },
    },
  });
  assert.deepEqual(filter.roles, ['eng', 'eng/ads']);
  const excluded = (role: string, attributes: string): boolean => filter.isAgentExcluded(role, agent(attributes));
  assert.equal(excluded('eng', 'a:1'), true);
  assert.equal(excluded('eng', 'a:1;b:1'), false);
  assert.equal(excluded('eng', 'c:1'), false);
  assert.equal(excluded('eng', ''), true);
  assert.equal(excluded('eng/ads', 'a:1'), false);
  assert.equal(excluded('eng/ads', 'c:1'), true);
  assert.equal(excluded('other', ''), false);
});

test('[A96] no constraints exclude nothing', () => {
  for (const json of [{}, { role_constraints: {} }]) {
    const filter = compileOfferConstraints(json);
    assert.deepEqual(filter.roles, []);
    assert.equal(filter.isAgentExcluded('eng', agent('')), false);
  }
});

test('[A96] malformed constraints are refused by name of the field', () => {
  const exists = { exists: {} };
  const at = 'role_constraints.eng.groups[0].attribute_constraints[0]';
  const one = (constraint: object): object => forRole([constraint as Constraint]);
  const cases: [unknown, string][] = [
    [null, 'offer_constraints'],
    [[], 'offer_constraints'],
    [{ roles: {} }, 'offer_constraints.roles'],
    [{ role_constraints: [] }, 'role_constraints'],
    [{ role_constraints: { eng: {} } }, 'role_constraints.eng.groups'],
    [{ role_constraints: { eng: { groups: [] } } }, 'role_constraints.eng.groups'],
    [{ role_constraints: { eng: { groups: [{}] } } }, 'role_constraints.eng.groups[0].attribute_constraints'],
    [forRole([]), 'role_constraints.eng.groups[0].attribute_constraints'],
    [one({ predicate: exists }), `${at}.selector`],
    [one({ selector: {}, predicate: exists }), `${at}.selector`],
    [one({ selector: { attribute_name: 'a', pseudoattribute_type: 'ZONE' }, predicate: exists }), `${at}.selector`],
    [one({ selector: { attribute_name: 7 }, predicate: exists }), `${at}.selector.attribute_name`],
    [one({ selector: { name: 'a' }, predicate: exists }), `${at}.selector.name`],
    [one(pseudo('UNKNOWN', exists)), `${at}.selector.pseudoattribute_type`],
    [one(pseudo('PLANET', exists)), `${at}.selector.pseudoattribute_type`],
    [one({ selector: { attribute_name: 'a' } }), `${at}.predicate`],
    [one(named('a', {})), `${at}.predicate`],
    [one(named('a', { exists: {}, not_exists: {} })), `${at}.predicate`],
    [one(named('a', { text_like: {} })), `${at}.predicate.text_like`],
    [one(named('a', { text_equals: {} })), `${at}.predicate.text_equals.value`],
    [one(named('a', { text_equals: { value: 3 } })), `${at}.predicate.text_equals.value`],
    [one(named('a', { exists: { value: 3 } })), `${at}.predicate.exists.value`],
    [one({ ...named('a', exists), negate: true }), `${at}.negate`],
    [one(named('a', { text_matches: { regex: '[a-d' } })), `${at}.predicate.text_matches.regex`],
    [one(named('a', { text_not_matches: { regex: '(' } })), `${at}.predicate.text_not_matches.regex`],
    [one(named('a', { text_matches: { regex: 'a**(?=b)' } })), `${at}.predicate.text_matches.regex`],
  ];
  for (const [json, field] of cases) {
    const error = refusal(json);
    assert.equal(error.field, field);
    assert.notEqual(error.mend, '');
  }
});

test('[A97] by default an expression may need 4096 bytes in RE2 and make a program of 100', () => {
  const json = (regex: string): object => forRole([named('a', { text_not_matches: { regex } })]);
  for (const fine of ['(a+){10}', '(a+){24}', '[a-z]{90}', '.*', 'rack-[0-9]{1,4}']) {
    assert.deepEqual(compileOfferConstraints(json(fine)).roles, ['eng']);
  }
  for (const complex of ['(a+){25}', '(a+){50}', 'a{100}']) assert.match(refusal(json(complex)).reason, /too complex/);
  for (const large of ['(a+){72}', '(a+){500}', '\\pL']) assert.match(refusal(json(large)).reason, /within 4096 bytes/);
});

test('[A97] the bounds can be set, and are exact', () => {
  const json = forRole([named('a', { text_matches: { regex: '(a+){10}' } })]);
  compileOfferConstraints(json, { re2MaxMemBytes: 1152, re2MaxProgramSize: 44 });
  assert.match(refusal(json, { re2MaxMemBytes: 1151 }).reason, /within 1151 bytes/);
  assert.match(refusal(json, { re2MaxProgramSize: 43 }).reason, /program size 44 is larger than 43/);
  compileOfferConstraints(forRole([named('a', { text_matches: { regex: 'a{900}' } })]), {
    re2MaxMemBytes: 0,
    re2MaxProgramSize: 1000,
  });
});

test('[A97] judging a costly expression takes no more work than the bound allows', () => {
  const regex = '\\pL'.repeat(20_000);
  assert.match(refusal(forRole([named('a', { text_matches: { regex } })])).reason, /within 4096 bytes/);
});
