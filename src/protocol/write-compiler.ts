/**
 * Compiles nodes to functions that write values of them as msgpack: names of fields and their order are in the code, so
 * an object costs one look at each of its fields. Fields that are required come first, then the optional ones that
 * are there; an undefined field is not there, and one that the schema does not name is not written. Values are taken to
 * be of the schema.
 */
import { FrameWriter } from './frame-writer.js';
import { makeFunctions } from './make-functions.js';
import type { Field, Node } from './shape.js';

export type Write = (writer: FrameWriter, value: unknown) => void;

/** Bits of a mask. */
const MOST_OPTIONAL = 31;

interface Parts {
  readonly functions: string[];
  readonly names: Map<Node, string>;
  /** The fields of each kind of object, by its number. */
  readonly schemas: { readonly required: readonly Field[]; readonly optional: readonly Field[] }[];
}

/** One function per node, in the order given, and the writer that they write with. */
export function compileWrites(nodes: readonly Node[]): { readonly writer: FrameWriter; readonly writes: Write[] } {
  const parts: Parts = { functions: [], names: new Map(), schemas: [] };
  const names = nodes.map((node) => functionFor(node, parts));
  const writes = makeFunctions<Write>(`${parts.functions.join('\n')}\nreturn [${names.join(', ')}];`, {});
  const writer = new FrameWriter((schema, mask) => {
    const { required, optional } = parts.schemas[schema]!;
    return [...required, ...optional.filter((_field, bit) => (mask & (1 << bit)) !== 0)].map((field) => field.name);
  });
  return { writer, writes };
}

function functionFor(node: Node, parts: Parts): string {
  const before = parts.names.get(node);
  if (before !== undefined) return before;
  const name = `w${parts.names.size}`;
  parts.names.set(node, name);
  parts.functions.push(`function ${name}(w, v) {${body(node, parts)}}`);
  return name;
}

function body(node: Node, parts: Parts): string {
  switch (node.kind) {
    case 'object':
      return objectBody(node.fields, parts);
    case 'list':
      return `
  w.list(v.length);
  for (let i = 0; i < v.length; i++) { const x = v[i]; ${statement(node.item, 'x', parts)} }
`;
    case 'map':
      return `
  const keys = Object.keys(v).filter((k) => v[k] !== undefined);
  w.map(keys.length);
  for (let i = 0; i < keys.length; i++) { const x = v[keys[i]]; w.text(keys[i]); ${statement(node.value, 'x', parts)} }
`;
    default:
      return ` ${statement(node, 'v', parts)} `;
  }
}

function objectBody(fields: readonly Field[], parts: Parts): string {
  const required = fields.filter((field) => !field.optional);
  const optional = fields.filter((field) => field.optional);
  if (optional.length > MOST_OPTIONAL) throw new RangeError(`more than ${MOST_OPTIONAL} optional fields`);
  const schema = parts.schemas.push({ required, optional }) - 1;
  const reads = optional.map(({ name }, i) => `const o${i} = v.${name}; if (o${i} !== undefined) m |= ${1 << i};`);
  const write = ({ name, node }: Field, v: string) => `if (named) w.text('${name}'); ${statement(node, v, parts)}`;
  const musts = required.map((field) => `{ const x = v.${field.name}; ${write(field, 'x')} }`);
  const mays = optional.map((field, i) => `if (o${i} !== undefined) { ${write(field, `o${i}`)} }`);
  return ['', 'let m = 0;', ...reads, `const named = w.object(${schema}, m);`, ...musts, ...mays, ''].join('\n  ');
}

/** A statement that writes the variable `v`. */
function statement(node: Node, v: string, parts: Parts): string {
  switch (node.kind) {
    case 'text':
    case 'word':
      return `w.text(${v});`;
    case 'number':
    case 'integer':
      return `w.number(${v});`;
    case 'flag':
      return `w.flag(${v});`;
    case 'bytes':
      return `w.bytes(${v});`;
    default:
      return `${functionFor(node, parts)}(w, ${v});`;
  }
}
