/** The fields of an object in v1 JSON: their names there, once for each schema. */
import type { Node } from './shape.js';

export interface V1Field {
  /** Our name. */
  readonly name: string;
  /** The name in v1 JSON. */
  readonly key: string;
  /** The key as it is printed, with its colon. */
  readonly prefix: string;
  readonly optional: boolean;
  readonly node: Node;
}

export type ObjectNode = Node & { readonly kind: 'object' };

const known = new WeakMap<ObjectNode, readonly V1Field[]>();

/** The fields of an object in v1 JSON. */
export function v1Fields(object: ObjectNode): readonly V1Field[] {
  const before = known.get(object);
  if (before !== undefined) return before;
  const fields = object.fields.map(({ name, optional, node }) => {
    const key = node.v1.name ?? snakeCase(name);
    return { name, key, prefix: `${JSON.stringify(key)}:`, optional, node };
  });
  known.set(object, fields);
  return fields;
}

/** `agentId` as `agent_id`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
