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

/** What a text is made of: constant text, and expressions. */
type Piece = { readonly constant: string } | { readonly code: string };

const constant = (text: string): Piece => ({ constant: text });
const code = (expression: string): Piece => ({ code: expression });

/** One printer per node, in the order given. */
export function compilePrints(nodes: readonly Node[]): Print[] {
  const parts: Parts = { functions: [], names: new Map() };
  const printers = nodes.map((node) => `(v) => ${sum(wrapped(node, 'v', parts))}`);
  const source = `${HELPERS}\n${parts.functions.join('\n')}\nreturn [${printers.join(', ')}];`;
  return makeFunctions<Print>(source, { escape, double, wholeNanoseconds, toBase64 });
}

/** An expression that joins pieces; constants that meet become one, since every join costs. */
function sum(pieces: readonly Piece[]): string {
  const terms: string[] = [];
  let text = '';
  for (const piece of pieces) {
    if ('constant' in piece) {
      text += piece.constant;
      continue;
    }
    if (text !== '') terms.push(JSON.stringify(text));
    text = '';
    terms.push(piece.code);
  }
  if (text !== '' || terms.length === 0) terms.push(JSON.stringify(text));
  return terms.join(' + ');
}

/** The text of a node, which stands alone or under its wrapper. */
function wrapped(node: Node, v: string, parts: Parts): Piece[] {
  const { wrap } = node.v1;
  if (wrap === undefined) return bare(node, v, parts);
  const pieces = [constant(`{"${wrap}":`), ...bare(node, v, parts), constant('}')];
  if (node.kind === 'list') return [code(`(${v}.length === 0 ? '{}' : ${sum(pieces)})`)];
  return node.kind === 'map' ? [code(`(isEmpty(${v}) ? '{}' : ${sum(pieces)})`)] : pieces;
}

/** The text of the variable or field `v`. */
function bare(node: Node, v: string, parts: Parts): Piece[] {
  switch (node.kind) {
    case 'text':
      return [constant('"'), code(`escape(${v})`), constant('"')];
    case 'word':
      return [constant('"'), code(v), constant('"')];
    case 'number':
      return [code(node.v1.nanoseconds === true ? `wholeNanoseconds(${v})` : `double(${v})`)];
    case 'integer':
      return [code(`String(${v})`)];
    case 'flag':
      return [node.v1.presence === true ? constant('{}') : code(`String(${v})`)];
    case 'bytes':
      return [constant('"'), code(`toBase64(${v})`), constant('"')];
    default:
      return [code(`${functionFor(node, parts)}(${v})`)];
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
  let s = '[', x = null;
  if (v.length > 0) { x = v[0]; s += ${sum(wrapped(node.item, 'x', parts))}; }
  for (let i = 1; i < v.length; i++) { x = v[i]; s += ${sum([constant(','), ...wrapped(node.item, 'x', parts)])}; }
  return s + ']';
`;
    case 'map':
      return `
  let s = '';
  for (const k in v) {
    const x = v[k];
    s += (s === '' ? '"' : ',"') + escape(k) + ${sum([constant('":'), ...wrapped(node.value, 'x', parts)])};
  }
  return '{' + s + '}';
`;
    default:
      return ` return ${sum(bare(node, 'v', parts))}; `;
  }
}

function objectBody(node: ObjectNode, parts: Parts): string {
  const lines: string[] = [];
  // What is to be written next; fields that are always there go on in one expression.
  let pending: Piece[] = [constant('{')];
  // Whether a field has been written for certain, so that a comma follows.
  let hasField = false;
  const flush = (): void => {
    if (pending.length > 0) lines.push(`s += ${sum(pending)};`);
    pending = [];
  };
  v1Fields(node).forEach((field, i) => {
    const { name, prefix, node: inner } = field;
    if (!hasField && i > 0) flush();
    const comma = hasField ? constant(',') : i === 0 ? constant('') : code("(s.length === 1 ? '' : ',')");
    const when = conditionOf(field);
    if (when === null) {
      pending.push(comma, constant(prefix), ...wrapped(inner, valueOf(field), parts));
      hasField = true;
      return;
    }
    flush();
    const pieces = [comma, constant(prefix), ...wrapped(inner, 'x', parts)];
    lines.push(`x = v.${name}; if (${when}) s += ${sum(pieces)};`);
  });
  const end = sum([...pending, constant('}')]);
  return `\n  let s = '', x;\n  ${lines.join('\n  ')}\n  return s + ${end};\n`;
}

/** The value of a field that is always written. */
function valueOf({ name, node }: V1Field): string {
  const fallback = node.v1.default;
  return fallback === undefined ? `v.${name}` : `(v.${name} === undefined ? ${JSON.stringify(fallback)} : v.${name})`;
}

/** When the value `x` of a field is written; null: always. Empty lists and maps that stand by themselves are not. */
function conditionOf({ optional, node }: V1Field): string | null {
  const isThere = optional && node.v1.default === undefined ? ['x !== undefined'] : [];
  const conditions = [...isThere, ...fullness(node)];
  return conditions.length === 0 ? null : conditions.join(' && ');
}

function fullness(node: Node): string[] {
  if (node.v1.presence === true) return ['x === true'];
  if (node.v1.wrap !== undefined) return [];
  if (node.kind === 'list') return ['x.length > 0'];
  return node.kind === 'map' ? ['!isEmpty(x)'] : [];
}

const PLAIN = /^[ !#-[\]-~]*$/;
const NOT_ASCII = /[\u007f-\uffff]/g;

/** A text as it stands between quotes, in ASCII characters. */
function escape(text: string): string {
  if (PLAIN.test(text)) return text;
  const quoted = JSON.stringify(text).replace(NOT_ASCII, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return quoted.slice(1, -1);
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
