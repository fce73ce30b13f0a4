/**
 * Compiles nodes to functions that print values of them in Mesos' v1 JSON: names of fields, their order, wrappers and
 * defaults are in the code. Several times faster than a walk along the schema; what is printed is the same as the tree
 * of v1-json.ts says, with numbers as Mesos prints them and in ASCII characters only, so that a text has as many bytes
 * as characters. Values are taken to be of the schema.
 */
import { toBase64 } from './base64.js';
import { makeFunctions } from './make-functions.js';
import type { Node } from './shape.js';
import { type ObjectNode, type V1Field, v1Fields } from './v1-fields.js';

export type Print = (value: unknown) => string;

interface Parts {
  readonly functions: string[];
  readonly names: Map<Node, string>;
}

const HELPERS = 'function isEmpty(map) { for (const _ in map) return false; return true; }';

/** One printer per node, in the order given. */
export function compilePrints(nodes: readonly Node[]): Print[] {
  const parts: Parts = { functions: [], names: new Map() };
  const printers = nodes.map((node) => `(v) => ${wrapped(node, 'v', parts)}`);
  const source = `${parts.functions.join('\n')}\nreturn [${printers.join(', ')}];`;
  return makeFunctions<Print>(`${HELPERS}\n${source}`, { quote, double, wholeNanoseconds, toBase64 });
}

/** The text of a node, which stands alone or under its wrapper. */
function wrapped(node: Node, v: string, parts: Parts): string {
  const { wrap } = node.v1;
  if (wrap === undefined) return bare(node, v, parts);
  const text = `'{"${wrap}":' + ${bare(node, v, parts)} + '}'`;
  if (node.kind === 'list') return `(${v}.length === 0 ? '{}' : ${text})`;
  return node.kind === 'map' ? `(isEmpty(${v}) ? '{}' : ${text})` : text;
}

/** An expression for the text of the variable `v`. */
function bare(node: Node, v: string, parts: Parts): string {
  switch (node.kind) {
    case 'text':
      return `quote(${v})`;
    case 'word':
      return `'"' + ${v} + '"'`;
    case 'number':
      return node.v1.nanoseconds === true ? `wholeNanoseconds(${v})` : `double(${v})`;
    case 'integer':
      return `${v}`;
    case 'flag':
      return node.v1.presence === true ? "'{}'" : v;
    case 'bytes':
      return `'"' + toBase64(${v}) + '"'`;
    default:
      return `${functionFor(node, parts)}(${v})`;
  }
}

function functionFor(node: Node, parts: Parts): string {
  const before = parts.names.get(node);
  if (before !== undefined) return before;
  const name = `p${parts.names.size}`;
  parts.names.set(node, name);
  parts.functions.push(`function ${name}(v) {${body(node, parts)}}`);
  return name;
}

function body(node: Node, parts: Parts): string {
  switch (node.kind) {
    case 'object':
      return objectBody(node, parts);
    case 'list':
      return `
  let s = '[';
  for (let i = 0; i < v.length; i++) { const x = v[i]; if (i > 0) s += ','; s += ${wrapped(node.item, 'x', parts)}; }
  return s + ']';
`;
    case 'map':
      return `
  let s = '';
  for (const k in v) {
    const x = v[k];
    s += (s === '' ? '' : ',') + quote(k) + ':' + ${wrapped(node.value, 'x', parts)};
  }
  return '{' + s + '}';
`;
    default:
      return ` return ${bare(node, 'v', parts)}; `;
  }
}

function objectBody(node: ObjectNode, parts: Parts): string {
  const fields = v1Fields(node);
  // Once a field has been written for certain, all that follow have a comma before them.
  const firstSure = fields.findIndex((field) => isAlwaysThere(field));
  const lines = fields.map((field, i) => {
    const before = i === 0 ? "''" : firstSure >= 0 && i > firstSure ? "','" : "(s === '' ? '' : ',')";
    return fieldLine(field, before, parts);
  });
  return `\n  let s = '', x;\n  ${lines.join('\n  ')}\n  return '{' + s + '}';\n`;
}

function isAlwaysThere({ optional, node }: V1Field): boolean {
  return (!optional || node.v1.default !== undefined) && condition(node) === null;
}

function fieldLine({ name, prefix, optional, node }: V1Field, before: string, parts: Parts): string {
  const start = `s += ${before} + ${JSON.stringify(prefix)} + `;
  const read = `x = v.${name};`;
  const print = `${start}${wrapped(node, 'x', parts)};`;
  const extra = condition(node);
  const fallback = node.v1.default;
  if (fallback !== undefined) return `${read} if (x === undefined) x = ${JSON.stringify(fallback)}; ${print}`;
  const conditions = [...(optional ? ['x !== undefined'] : []), ...(extra === null ? [] : [extra])];
  return conditions.length === 0 ? `${read} ${print}` : `${read} if (${conditions.join(' && ')}) ${print}`;
}

/** When a field that has a value is written: lists and maps that stand by themselves if they are not empty. */
function condition(node: Node): string | null {
  if (node.v1.presence === true) return 'x === true';
  if (node.v1.wrap !== undefined) return null;
  if (node.kind === 'list') return 'x.length > 0';
  return node.kind === 'map' ? '!isEmpty(x)' : null;
}

const PLAIN = /^[ !#-[\]-~]*$/;
const NOT_ASCII = /[\u007f-\uffff]/g;

/** A text in quotes, in ASCII characters. */
function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(NOT_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A double: the shortest digits that read back as it, always with a fraction or an exponent. */
function double(value: number): string {
  if (Number.isInteger(value) && value < 1e21 && value > -1e21) return Object.is(value, -0) ? '-0.0' : `${value}.0`;
  if (!Number.isFinite(value)) return `"${value}"`;
  const text = String(value);
  return text.includes('e') ? text.replace('e+', 'e') : text;
}

/** Milliseconds as whole nanoseconds; beyond 2^53, where a double has no nanoseconds, as whole microseconds. */
export function wholeNanoseconds(ms: number): string {
  const exact = Math.round(ms * 1e6);
  return Number.isSafeInteger(exact) ? String(exact + 0) : `${BigInt(Math.round(ms * 1e3))}000`;
}
