/**
 * Compiles nodes to functions that say whether a value is of their form. They are three times faster than closures and
 * than what TypeBox' own compiler makes, whose closed objects list and match the names of all fields. What is said of a
 * bad value is the matter of refusal.ts.
 *
 * Optional fields may be there with the value undefined, as objects made by hand may have them.
 */
import { makeFunctions } from './make-functions.js';
import { FORBIDDEN_KEYS, MAP_ENTRIES, type Node } from './shape.js';

export type Check = (value: unknown) => boolean;

/** Words are compared one after the other up to this number, beyond it they are looked up. */
const COMPARED_WORDS = 4;

/** What compiled code uses besides itself. */
interface Parts {
  readonly functions: string[];
  readonly names: Map<Node, string>;
  readonly sets: ReadonlySet<string>[];
}

/** One check per node, in the order given. */
export function compileChecks(nodes: readonly Node[]): Check[] {
  const parts: Parts = { functions: [], names: new Map(), sets: [] };
  const names = nodes.map((node) => functionFor(node, parts));
  const source = `${HELPERS}\n${parts.functions.join('\n')}\nreturn [${names.join(', ')}];`;
  return makeFunctions<Check>(source, { sets: parts.sets, forbidden: FORBIDDEN_KEYS });
}

/** `only` is the slow way, for objects in which optional fields are undefined: is there a field of another name? */
const HELPERS = `
const plain = Object.prototype, proto = Object.getPrototypeOf, isArray = Array.isArray;
const isInteger = Number.isSafeInteger, isFinite = Number.isFinite;
function only(v, names) { for (const k in v) if (v[k] !== undefined && !names.has(k)) return false; return true; }`;

function functionFor(node: Node, parts: Parts): string {
  const before = parts.names.get(node);
  if (before !== undefined) return before;
  const name = `f${parts.names.size}`;
  parts.names.set(node, name);
  parts.functions.push(`function ${name}(v) {${body(node, parts)}}`);
  return name;
}

function body(node: Node, parts: Parts): string {
  switch (node.kind) {
    case 'object': {
      const names = `sets[${parts.sets.push(new Set(node.fields.map((field) => field.name))) - 1}]`;
      const lines = node.fields.map(({ name, optional, node: field }) => {
        const test = `if (!(${expression(field, 'x', parts)})) return false;`;
        const read = `x = v.${name};`;
        return optional ? `${read} if (x !== undefined) { n++; ${test} }` : `${read} ${test}`;
      });
      const required = node.fields.filter((field) => !field.optional).length;
      return `
  if (typeof v !== 'object' || v === null || proto(v) !== plain) return false;
  let n = ${required}, x;
  ${lines.join('\n  ')}
  for (const k in v) n--;
  return n === 0 || only(v, ${names});
`;
    }
    case 'list':
      return `
  if (!isArray(v) || v.length > ${node.maxLength}) return false;
  for (let i = 0; i < v.length; i++) { const x = v[i]; if (!(${expression(node.item, 'x', parts)})) return false; }
  return true;
`;
    case 'map':
      return `
  if (typeof v !== 'object' || v === null || proto(v) !== plain) return false;
  let n = 0;
  for (const k in v) {
    const x = v[k];
    if (++n > ${MAP_ENTRIES} || k.length > ${node.maxKeyLength} || forbidden.has(k)) return false;
    if (!(${expression(node.value, 'x', parts)})) return false;
  }
  return true;
`;
    default:
      return ` return ${expression(node, 'v', parts)}; `;
  }
}

/** An expression that is true if the variable `v` has the form of the node. */
function expression(node: Node, v: string, parts: Parts): string {
  switch (node.kind) {
    case 'text':
      return `typeof ${v} === 'string' && ${v}.length <= ${node.maxLength}`;
    case 'number':
      if (node.infinite) return `typeof ${v} === 'number' && ${v} === ${v}`;
      return `isFinite(${v})`;
    case 'integer':
      return `isInteger(${v})`;
    case 'flag':
      return `typeof ${v} === 'boolean'`;
    case 'bytes':
      return `${v} instanceof Uint8Array && ${v}.length <= ${node.maxLength}`;
    case 'word':
      if (node.words.length > COMPARED_WORDS) return `sets[${parts.sets.push(new Set(node.words)) - 1}].has(${v})`;
      return node.words.map((word) => `${v} === ${JSON.stringify(word)}`).join(' || ');
    default:
      return `${functionFor(node, parts)}(${v})`;
  }
}
