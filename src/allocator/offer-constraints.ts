/**
 * Offer constraints: which agents a framework wants to be offered, per role.
 *
 * The JSON form is that of Mesos' v1 scheduler API: `role_constraints` maps a role to groups; an agent passes if at
 * least one group passes, and a group passes if all of its constraints do. A constraint is a predicate on an attribute
 * of the agent (the first one of that name) or on its host name, region or zone. Text predicates let through attributes
 * that are not text; what is absent fails `exists`, `text_equals`, `text_matches` and passes the negations. Regular
 * expressions are those of RE2, match the whole text in linear time, and are bounded as Mesos bounds them (see
 * offer-constraints-cost.ts). A role without constraints excludes nothing. A compiled filter never changes.
 */
import { RE2JS } from 're2js';
import { MeteError } from '../base/errors.js';
import type { Attribute } from '../resources/attributes.js';
import { instructionBudget, regexCost } from './offer-constraints-cost.js';

/** Bounds on the regular expressions, meaning what Mesos' flags `--offer_constraints_re2_max_…` mean. */
export interface OfferConstraintLimits {
  /** Memory in which RE2 could compile an expression, in bytes. Default 4096. */
  readonly re2MaxMemBytes?: number;
  /** Size of the program RE2 would make, in instructions. Default 100. */
  readonly re2MaxProgramSize?: number;
}

/** What constraints look at on an agent. */
export interface ConstrainedAgent {
  readonly hostname: string;
  readonly attributes: readonly Attribute[];
  readonly domain: { readonly region: string; readonly zone: string } | null;
}

/** Compiled offer constraints of one framework. */
export interface OfferConstraintsFilter {
  /** The roles that have constraints, in the order given. */
  readonly roles: readonly string[];
  /** Whether the constraints of `role` keep `agent` from being offered in it. */
  isAgentExcluded(role: string, agent: ConstrainedAgent): boolean;
}

export const DEFAULT_RE2_MAX_MEM_BYTES = 4096;
export const DEFAULT_RE2_MAX_PROGRAM_SIZE = 100;

/** A predicate on a text; ABSENT and OTHER stand for "there is none" and "it is not text". */
interface Predicate {
  readonly ofAbsent: boolean;
  readonly ofOther: boolean;
  readonly ofText: (text: string) => boolean;
}

type Constraint = (agent: ConstrainedAgent) => boolean;
type Group = readonly Constraint[];
type Fields = Readonly<Record<string, unknown>>;
type Bounds = Required<OfferConstraintLimits>;

/**
 * Compiles offer constraints from their JSON form (`{}` constrains nothing).
 * Throws MeteError INVALID_OFFER_CONSTRAINTS that names the offending field: a role without groups, a group without
 * constraints, a missing or unknown selector or predicate, an expression that is malformed or beyond the limits.
 */
export function compileOfferConstraints(json: unknown, limits: OfferConstraintLimits = {}): OfferConstraintsFilter {
  const bounds: Bounds = {
    re2MaxMemBytes: limits.re2MaxMemBytes ?? DEFAULT_RE2_MAX_MEM_BYTES,
    re2MaxProgramSize: limits.re2MaxProgramSize ?? DEFAULT_RE2_MAX_PROGRAM_SIZE,
  };
  const fields = objectOf(json, 'offer_constraints', ['role_constraints']);
  const byRole = new Map<string, readonly Group[]>();
  const roleConstraints = fields['role_constraints'];
  if (roleConstraints !== undefined) {
    for (const [role, value] of Object.entries(objectOf(roleConstraints, 'role_constraints'))) {
      byRole.set(role, compileRole(value, `role_constraints.${role}`, bounds));
    }
  }
  return {
    roles: [...byRole.keys()],
    isAgentExcluded: (role, agent) => {
      const groups = byRole.get(role);
      return groups !== undefined && !groups.some((group) => group.every((constraint) => constraint(agent)));
    },
  };
}

function compileRole(value: unknown, field: string, bounds: Bounds): Group[] {
  const groups = listOf(objectOf(value, field, ['groups'])['groups'], `${field}.groups`, 'leave the role out instead');
  return groups.map((group, i) => {
    const path = `${field}.groups[${i}]`;
    const constraints = listOf(
      objectOf(group, path, ['attribute_constraints'])['attribute_constraints'],
      `${path}.attribute_constraints`,
      'leave the group out, or the role if every agent will do',
    );
    return constraints.map((c, j) => compileConstraint(c, `${path}.attribute_constraints[${j}]`, bounds));
  });
}

function compileConstraint(value: unknown, field: string, bounds: Bounds): Constraint {
  const constraint = objectOf(value, field, ['selector', 'predicate']);
  const select = compileSelector(constraint['selector'], `${field}.selector`);
  const predicate = compilePredicate(constraint['predicate'], `${field}.predicate`, bounds);
  return (agent) => {
    const selected = select(agent);
    if (selected === ABSENT) return predicate.ofAbsent;
    return selected === OTHER ? predicate.ofOther : predicate.ofText(selected);
  };
}

const ABSENT = Symbol('absent');
const OTHER = Symbol('not text');
type Selected = string | typeof ABSENT | typeof OTHER;
type Selector = (agent: ConstrainedAgent) => Selected;

const PSEUDO_ATTRIBUTES: ReadonlyMap<unknown, Selector> = new Map<unknown, Selector>([
  ['HOSTNAME', (agent) => agent.hostname],
  ['REGION', (agent) => agent.domain?.region ?? ABSENT],
  ['ZONE', (agent) => agent.domain?.zone ?? ABSENT],
]);

function compileSelector(value: unknown, field: string): Selector {
  const [kind, argument] = onlyField(value, field, ['attribute_name', 'pseudoattribute_type']);
  if (kind === 'pseudoattribute_type') {
    const pseudo = PSEUDO_ATTRIBUTES.get(argument);
    if (pseudo !== undefined) return pseudo;
    throw invalid(`${field}.${kind}`, argument, 'it is no known pseudo-attribute', 'use HOSTNAME, REGION or ZONE');
  }
  const name = textOf(argument, `${field}.${kind}`);
  return (agent) => {
    const attribute = agent.attributes.find((a) => a.name === name);
    if (attribute === undefined) return ABSENT;
    return attribute.type === 'TEXT' ? attribute.text : OTHER;
  };
}

type Compile = (argument: unknown, field: string, bounds: Bounds) => Predicate;

/** The predicates: each with what it says of the absent, of other than text, and of a text. */
const PREDICATES: Readonly<Record<string, Compile>> = {
  exists: (argument, field) => {
    objectOf(argument, field, []);
    return { ofAbsent: false, ofOther: true, ofText: () => true };
  },
  not_exists: (argument, field) => {
    objectOf(argument, field, []);
    return { ofAbsent: true, ofOther: false, ofText: () => false };
  },
  text_equals: (argument, field) => {
    const value = parameter(argument, field, 'value');
    return { ofAbsent: false, ofOther: true, ofText: (text) => text === value };
  },
  text_not_equals: (argument, field) => {
    const value = parameter(argument, field, 'value');
    return { ofAbsent: true, ofOther: true, ofText: (text) => text !== value };
  },
  text_matches: (argument, field, bounds) => {
    const matches = compileRegex(parameter(argument, field, 'regex'), `${field}.regex`, bounds);
    return { ofAbsent: false, ofOther: true, ofText: matches };
  },
  text_not_matches: (argument, field, bounds) => {
    const matches = compileRegex(parameter(argument, field, 'regex'), `${field}.regex`, bounds);
    return { ofAbsent: true, ofOther: true, ofText: (text) => !matches(text) };
  },
};

function compilePredicate(value: unknown, field: string, bounds: Bounds): Predicate {
  const [kind, argument] = onlyField(value, field, Object.keys(PREDICATES));
  return PREDICATES[kind]!(argument, `${field}.${kind}`, bounds);
}

/** Compiles a regular expression that must match the whole text, within the bounds. */
function compileRegex(regex: string, field: string, bounds: Bounds): (text: string) => boolean {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(regex);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'it does not compile';
    throw invalid(field, regex, `not a regular expression of RE2: ${why}`, 'use the syntax of RE2', cause);
  }
  const { re2MaxMemBytes, re2MaxProgramSize } = bounds;
  const cost = regexCost(compiled, instructionBudget(re2MaxMemBytes));
  if (cost.instructions === null) {
    const reason = `RE2 could not compile it within ${re2MaxMemBytes} bytes`;
    throw invalid(field, regex, reason, 'use a shorter expression or fewer repetitions');
  }
  if (cost.programSize > re2MaxProgramSize) {
    const reason = `too complex: program size ${cost.programSize} is larger than ${re2MaxProgramSize}`;
    throw invalid(field, regex, reason, 'use a shorter expression or fewer repetitions');
  }
  return (text) => compiled.testExact(text);
}

/** The one text parameter of a predicate. */
function parameter(argument: unknown, field: string, name: string): string {
  return textOf(objectOf(argument, field, [name])[name], `${field}.${name}`);
}

function textOf(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw invalid(field, value, value === undefined ? 'it is missing' : 'it is not a string', 'give a string');
}

/** The name and value of the only field of an object, which must be one of `known`. */
function onlyField(value: unknown, field: string, known: readonly string[]): [string, unknown] {
  const mend = `give exactly one of ${known.join(', ')}`;
  if (value === undefined) throw invalid(field, value, 'it is missing', mend);
  const entries = Object.entries(objectOf(value, field)).filter(([, v]) => v !== undefined);
  const unknown = entries.find(([name]) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`${field}.${unknown[0]}`, unknown[1], 'no such field is known', mend);
  if (entries.length !== 1) throw invalid(field, value, `${entries.length} fields are set`, mend);
  return entries[0]!;
}

/** A non-empty list. */
function listOf(value: unknown, field: string, mendEmpty: string): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw invalid(field, value, value === undefined ? 'it is missing' : 'it is not a list', 'give a list');
  }
  if (value.length === 0) throw invalid(field, value, 'it is empty and would exclude every agent', mendEmpty);
  return value as readonly unknown[];
}

/** A JSON object, with no fields but `known` if that is given. */
function objectOf(value: unknown, field: string, known?: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(field, value, value === undefined ? 'it is missing' : 'it is not an object', 'give a JSON object');
  }
  const fields = value as Fields;
  const unknown = known === undefined ? undefined : Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const mend = known!.length === 0 ? 'leave it out' : `only ${known!.join(', ')} may be set`;
    throw invalid(`${field}.${unknown}`, fields[unknown], 'no such field is known', mend);
  }
  return fields;
}

function invalid(field: string, value: unknown, reason: string, mend: string, cause?: unknown): MeteError {
  return new MeteError('INVALID_OFFER_CONSTRAINTS', { field, value, reason, mend, cause });
}
