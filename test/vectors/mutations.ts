/**
 * Wrong expectations: variants of an expectation that must not hold where it does. With them one can see that the
 * runner looks at everything an expectation says.
 */
type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

/** Fields that say which thing is looked at, not what is expected of it; and remarks. */
const NOT_EXPECTED = new Set(
  ['after', 'type', 'note', 'tolerance', 'role', 'client', 'agent', 'attributes', 'hostname'],
);
/** Lists in which the order counts. */
const ORDERED = new Set(['order']);
/** Lists of names that must not be there: another such name is as good. */
const FREE_NAMES = new Set(['absent', 'roles']);

/** All wrong variants of an expectation that differ in one place; alternatives are made wrong all at once. */
export function wrongVariants(expectation: JsonObject): JsonObject[] {
  switch (expectation['type']) {
    case 'no_offers':
      return [{ ...expectation, type: 'offers', offers: { f: { r: { a: [{ scalars: { cpus: 1 } }] } } } }];
    case 'roles_present':
      return [{ ...expectation, type: 'roles_absent' }];
    case 'roles_absent':
      return [{ ...expectation, type: 'roles_present' }];
    case 'offers_any_of':
      return [{ ...expectation, alternatives: bumpAll(expectation['alternatives']!) }];
    case 'offers':
    case 'inverse_offers':
      return [...fieldVariants(expectation), ...withoutFirst(expectation, 'offers')];
    default:
      return fieldVariants(expectation);
  }
}

/** The expectation without the first entry of one of its objects. */
function withoutFirst(expectation: JsonObject, name: string): JsonObject[] {
  const [first, ...rest] = Object.entries(expectation[name] as JsonObject);
  return first === undefined ? [] : [{ ...expectation, [name]: Object.fromEntries(rest) }];
}

function fieldVariants(expectation: JsonObject): JsonObject[] {
  return Object.entries(expectation).flatMap(([name, value]) => {
    if (NOT_EXPECTED.has(name) || FREE_NAMES.has(name)) return [];
    return variantsOf(value, ORDERED.has(name)).map((wrong) => ({ ...expectation, [name]: wrong }));
  });
}

/** Variants of a value with one leaf or one entry changed. */
function variantsOf(value: Json, ordered: boolean): Json[] {
  if (typeof value === 'number') return [value + 1];
  if (typeof value === 'boolean') return [!value];
  if (Array.isArray(value)) return listVariants(value, ordered);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    variantsOf(inner, false).map((wrong) => ({ ...value, [name]: wrong })),
  );
}

function listVariants(list: Json[], ordered: boolean): Json[] {
  const inner = list.flatMap((item, i) => variantsOf(item, false).map((wrong) => list.with(i, wrong)));
  if (!list.every((item) => typeof item === 'string')) return inner;
  const longer: Json[] = [...list, 'nobody'];
  const turned: Json[][] = ordered && list.length > 1 ? [[...list].reverse(), list.slice(1)] : [];
  return [...inner, longer, ...turned];
}

function bumpAll(value: Json): Json {
  if (typeof value === 'number') return value + 1;
  if (Array.isArray(value)) return value.length === 0 ? value : value.map(bumpAll);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, bumpAll(inner)]));
}
