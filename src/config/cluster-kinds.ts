/** Kinds of values that are about clusters: resources, attributes, quantities, weights, addresses, fault domains. */
import { type Attribute, attributesFromJson, parseAttributes } from '../resources/attributes.js';
import { parseResourcesJson } from '../resources/parse-json.js';
import { parseResources } from '../resources/parse-text.js';
import { printRanges } from '../resources/print-text.js';
import { type Quantities, quantitiesFromRecord, quantitiesToRecord } from '../resources/quantities.js';
import type { Resources } from '../resources/resources.js';
import { roleRefusal } from '../resources/role-name.js';
import { isEnsembleUrl, parseEnsembleUrl, printEnsembleUrl, printServer } from '../base/ensemble-url.js';
import type { EnsembleUrl, MasterPlace } from '../base/ensemble-url.js';
import { json, TEXT, textOrFile } from './kinds.js';
import { type Kind, refuseValue } from './setting.js';

function isJson(text: string): boolean {
  return /^\s*\[\s*[{\]]/.test(text);
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    return refuseValue(source, text, cause instanceof Error ? cause.message : String(cause), 'give JSON', cause);
  }
}

/** Resources as text (`cpus:4;mem(ads):512`), as a JSON array of Mesos v1 Resource objects, or a file of either. */
export const RESOURCES: Kind<Resources> = {
  form: '<resources|json|file://path>',
  read(value, source) {
    const options = { field: source };
    if (typeof value !== 'string') return parseResourcesJson(value, options);
    const text = textOrFile(TEXT.read(value, source), source);
    return isJson(text) ? parseResourcesJson(parseJson(text, source), options) : parseResources(text.trim(), options);
  },
  print: String,
};

/** Resources as above, with all names that were given: also those of kinds of which there are none (`cpus:0`). */
export const NAMED_RESOURCES: Kind<{ readonly value: Resources; readonly names: ReadonlySet<string> }> = {
  form: RESOURCES.form,
  read(given, source) {
    const value = RESOURCES.read(given, source);
    const text = typeof given === 'string' ? textOrFile(given, source) : undefined;
    const list = text === undefined ? given : isJson(text) ? parseJson(text, source) : null;
    const names = Array.isArray(list) ? (list as { name: string }[]).map(({ name }) => name) : namesIn(text ?? '');
    return { value, names: new Set(names) };
  },
  print: ({ value }) => String(value),
};

/** The names in a text of resources. */
function namesIn(text: string): string[] {
  const names = text.split(';').map((part) => /^\s*([^:(]+?)\s*[:(]/.exec(part)?.[1]);
  return names.filter((name) => name !== undefined);
}

/** Attributes as text (`rack:r1;cores:4`), as a JSON array of Mesos v1 Attribute objects, or a file of either. */
export const ATTRIBUTES: Kind<readonly Attribute[]> = {
  form: '<attributes|json|file://path>',
  read(value, source) {
    if (typeof value !== 'string') return attributesFromJson(value, source);
    const text = textOrFile(value, source);
    return isJson(text) ? attributesFromJson(parseJson(text, source), source) : parseAttributes(text, source);
  },
  print: (value) => value.map(printAttribute).join(';'),
};

function printAttribute(attribute: Attribute): string {
  if (attribute.type === 'TEXT') return `${attribute.name}:${attribute.text}`;
  const value = attribute.type === 'SCALAR' ? String(attribute.value) : printRanges(attribute.ranges);
  return `${attribute.name}:${value}`;
}

/** Alternatives of quantities: `cpus:0.01|mem:32`, each `name:amount;…`. */
export const QUANTITY_SETS: Kind<readonly Quantities[]> = {
  form: '<quantities|…>',
  read(value, source) {
    const sets = TEXT.read(value, source).split('|').filter((part) => part.trim() !== '');
    return sets.map((part) => quantitiesFromRecord(quantitiesOf(part, source), source));
  },
  print: (value) =>
    value
      .map((set) => Object.entries(quantitiesToRecord(set)).map(([name, amount]) => `${name}:${amount}`).join(';'))
      .join('|'),
};

function quantitiesOf(text: string, source: string): Record<string, number> {
  const out: Record<string, number> = {};
  for (const token of text.split(';')) {
    if (token.trim() === '') continue;
    const match = /^\s*([^:\s]+)\s*:\s*(\d+\.?\d*|\.\d+)\s*$/.exec(token);
    if (match === null) return refuseValue(source, token, 'it is not name:amount', "write 'cpus:0.01;mem:32'");
    const name = match[1]!;
    if (Object.hasOwn(out, name)) return refuseValue(source, token, 'the name is there twice', 'name it once');
    out[name] = Number(match[2]);
  }
  return out;
}

export interface RoleWeight {
  readonly role: string;
  readonly weight: number;
}

/** Weights of roles: `ads=2,web=0.5`. */
export const WEIGHTS: Kind<readonly RoleWeight[]> = {
  form: '<role=weight,…>',
  read(value, source) {
    const tokens = TEXT.read(value, source).split(',').filter((token) => token.trim() !== '');
    return tokens.map((token) => weightOf(token, source));
  },
  print: (value) => value.map(({ role, weight }) => `${role}=${weight}`).join(','),
};

function weightOf(token: string, source: string): RoleWeight {
  const [role = '', text = '', ...rest] = token.split('=').map((part) => part.trim());
  const weight = text === '' ? NaN : Number(text);
  const refusal = rest.length > 0 ? "it is not 'role=weight'" : roleRefusal(role);
  if (refusal !== null) return refuseValue(source, token, refusal, "write 'role=weight', joined by commas");
  if (weight > 0 && Number.isFinite(weight)) return { role, weight };
  return refuseValue(source, token, 'the weight is not a positive number', "write 'role=weight', as ads=2.5");
}

/** An address `host:port`; IPv6 addresses stand in brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export const DEFAULT_MASTER_PORT = 5050;

/**
 * Where masters are: `host:port` (port 5050 if none), several joined by commas; `zk://…/path` or `etcd://…/path` of the
 * servers that elect one; or a file (`file:///path`) of that.
 */
export const MASTERS: Kind<MasterPlace> = {
  form: '<host:port,…|zk://…|etcd://…|file://path>',
  read(value, source) {
    const text = textOrFile(TEXT.read(value, source), source).trim();
    if (isEnsembleUrl(text)) return { type: 'election', url: parseEnsembleUrl(text, source) };
    const tokens = text.split(',').map((token) => token.trim()).filter((token) => token !== '');
    if (tokens.length === 0) return refuseValue(source, text, 'it names no master', 'write host:port');
    return { type: 'addresses', addresses: tokens.map((token) => hostPortOf(token, source)) };
  },
  print: (value) =>
    value.type === 'election' ? printEnsembleUrl(value.url) : value.addresses.map(printHostPort).join(','),
};

/** The servers that elect a master: `zk://…/path` or `etcd://…/path`, or a file (`file:///path`) of that. */
export const ENSEMBLE: Kind<EnsembleUrl> = {
  form: '<zk://…|etcd://…|file://path>',
  read: (value, source) => parseEnsembleUrl(textOrFile(TEXT.read(value, source), source), source),
  print: printEnsembleUrl,
};

export const printHostPort = printServer;

function hostPortOf(token: string, source: string): HostPort {
  const mend = 'write host:port';
  if (/^[a-z]+:\/\//i.test(token)) return refuseValue(source, token, 'addresses of this kind are not known', mend);
  // A pid of Mesos, `master@ip:port`, names the same place.
  const address = token.replace(/^[a-z]+@/, '');
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:\s[\]]+))(?::(\d+))?$/i.exec(address);
  if (match === null) return refuseValue(source, token, 'it is not an address', mend);
  const port = match[3] === undefined ? DEFAULT_MASTER_PORT : Number(match[3]);
  if (port < 1 || port > 65_535) return refuseValue(source, token, 'the port is not from 1 to 65535', mend);
  return { host: match[1] ?? match[2]!, port };
}

/** Agents by host name or address; undefined: all. */
export type Whitelist = ReadonlySet<string> | undefined;

/** A file with one host a line; `*` means all. It is read when it is asked for, since it may change. */
export function readWhitelist(path: string, source = '--whitelist'): Whitelist {
  if (path === '*') return undefined;
  const lines = textOrFile(path.startsWith('file://') ? path : `file://${path}`, source).split('\n');
  return new Set(lines.map((line) => line.trim()).filter((line) => line !== ''));
}

/** Where a machine stands. */
export interface FaultDomain {
  readonly region: string;
  readonly zone: string;
}

/** A fault domain in Mesos' JSON: `{"fault_domain": {"region": {"name": …}, "zone": {"name": …}}}`. */
export const DOMAIN: Kind<FaultDomain> = {
  ...json((value, source) => {
    const fault = field(value, 'fault_domain');
    const region = field(field(fault, 'region'), 'name');
    const zone = field(field(fault, 'zone'), 'name');
    if (typeof region === 'string' && typeof zone === 'string') return { region, zone };
    const mend = 'give {"fault_domain": {"region": {"name": "…"}, "zone": {"name": "…"}}}';
    return refuseValue(source, value, 'it names no region and zone', mend);
  }),
  print: ({ region, zone }) => JSON.stringify({ fault_domain: { region: { name: region }, zone: { name: zone } } }),
};

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
