/**
 * Access control lists as Mesos' JSON: for each action a list of rules, each with `principals` and with objects, and
 * `permissive`, which decides where no rule does. Misspelled names are refused, since a rule that is not read forbids
 * nothing. What is read is plain data.
 */
import { MeteError } from '../base/errors.js';
import { ACTIONS, AUTHORIZABLE_PATHS, type ListName, type ObjectKind } from './actions.js';

/** Those that a rule is about: all, none, or some by their names. */
export type Entity = { readonly type: 'ANY' | 'NONE' } | { readonly type: 'SOME'; readonly values: readonly string[] };

export interface Rule {
  readonly principals: Entity;
  readonly objects: Entity;
}

export interface Acls {
  readonly permissive: boolean;
  readonly lists: { readonly [L in ListName]?: readonly Rule[] };
}

interface ListForm {
  readonly objects: string;
  readonly kind: ObjectKind;
}

const LISTS: ReadonlyMap<string, ListForm> = new Map(Object.values(ACTIONS).map((row) => [row.list, row]));

type Fields = Readonly<Record<string, unknown>>;

function refuse(field: string, value: unknown, reason: string, mend: string): never {
  throw new MeteError('INVALID_ARGUMENT', { field, value, reason, mend });
}

function fieldsOf(value: unknown, field: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  return refuse(field, value, 'it is not a JSON object', 'write {"name": value, …}');
}

/** The name in the list that looks most like another, for hints. */
function nearest(name: string, names: Iterable<string>): string | null {
  const wanted = new Set(name);
  let best: string | null = null;
  let most = 0;
  for (const candidate of names) {
    const shared = [...wanted].filter((letter) => candidate.includes(letter)).length;
    const start = candidate.startsWith(name.slice(0, 4)) ? 4 : 0;
    const likeness = start + shared - Math.abs(candidate.length - name.length);
    if (likeness > most) [best, most] = [candidate, likeness];
  }
  return best;
}

function readEntity(value: unknown, field: string, kind: ObjectKind | 'principal'): Entity {
  const fields = fieldsOf(value, field);
  for (const name of Object.keys(fields)) {
    if (name !== 'type' && name !== 'values') refuse(field, name, 'there is no such field', 'use type and values');
  }
  const { type = 'SOME', values = [] } = fields;
  if (type === 'ANY' || type === 'NONE') return { type };
  if (type !== 'SOME') return refuse(`${field}.type`, type, 'it is no type', 'write "ANY", "NONE" or "SOME"');
  const mend = 'write {"values": ["a", "b"]}, {"type": "ANY"} or {"type": "NONE"}';
  if (kind === 'any') {
    const reason = 'this action has no objects that could be named';
    return refuse(field, value, reason, 'write {"type": "ANY"} or {"type": "NONE"}');
  }
  if (!Array.isArray(values) || !values.every((entry) => typeof entry === 'string')) {
    return refuse(`${field}.values`, values, 'it is not a list of texts', mend);
  }
  if (values.length === 0) return refuse(field, value, 'it names nobody', mend);
  const stranger = kind === 'path' ? (values).find((path) => !AUTHORIZABLE_PATHS.includes(path)) : undefined;
  if (stranger !== undefined) {
    const reason = `Path: '${stranger}' is not an authorizable path`;
    refuse(`${field}.values`, stranger, reason, `use ${AUTHORIZABLE_PATHS.join(', ')}`);
  }
  return { type, values };
}

function readRule(value: unknown, field: string, { objects, kind }: ListForm): Rule {
  const fields = fieldsOf(value, field);
  const names = ['principals', objects];
  for (const name of Object.keys(fields)) {
    if (!names.includes(name)) refuse(field, name, 'there is no such field', `use ${names.join(' and ')}`);
  }
  for (const name of names) {
    if (fields[name] !== undefined) continue;
    refuse(`${field}.${name}`, undefined, 'it is missing', `a rule has ${names.join(' and ')}`);
  }
  return {
    principals: readEntity(fields['principals'], `${field}.principals`, 'principal'),
    objects: readEntity(fields[objects], `${field}.${objects}`, kind),
  };
}

/** Reads ACLs. `source` names them in errors. Throws MeteError (INVALID_ARGUMENT). */
export function readAcls(json: unknown, source = 'acls'): Acls {
  const fields = fieldsOf(json, source);
  const lists: Record<string, Rule[]> = {};
  let permissive = true;
  for (const [name, value] of Object.entries(fields)) {
    const field = `${source}.${name}`;
    if (name === 'permissive') {
      if (typeof value !== 'boolean') refuse(field, value, 'it is neither true nor false', 'write true or false');
      permissive = value;
      continue;
    }
    const form = LISTS.get(name);
    if (form === undefined) {
      const like = nearest(name, LISTS.keys());
      const mend = like === null ? 'leave it out' : `did you mean ${like}?`;
      refuse(source, name, 'there is no such list', mend);
    } else if (Array.isArray(value)) {
      lists[name] = value.map((rule, i) => readRule(rule, `${field}[${i}]`, form));
    } else refuse(field, value, 'it is not a list', 'write [{"principals": …}, …]');
  }
  return { permissive, lists };
}

function entityJson(entity: Entity): object {
  return entity.type === 'SOME' ? { values: entity.values } : { type: entity.type };
}

/** ACLs as the JSON they were read from, more or less. */
export function aclsToJson({ permissive, lists }: Acls): object {
  const all = Object.entries(lists).map(([name, rules = []]) => {
    const { objects } = LISTS.get(name)!;
    const json = (rule: Rule): object => {
      return { principals: entityJson(rule.principals), [objects]: entityJson(rule.objects) };
    };
    return [name, rules.map(json)];
  });
  return { permissive, ...(Object.fromEntries(all) as object) };
}
