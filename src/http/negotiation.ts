/**
 * Which form a body has and which form an answer may have, by the rules of Mesos (libprocess): types compare without
 * case, `Accept` knows wildcards and `q=0`, other weights count for nothing. Mesos wants Content-Type to be exactly a
 * type; parameters behind it are put up with here.
 */

/** The Content-Type of a body without its parameters, in lower case; null if there is none. */
export function contentTypeOf(headers: Readonly<Record<string, string>>): string | null {
  const given = headers['content-type'];
  return given === undefined ? null : given.split(';', 1)[0]!.trim().toLowerCase();
}

/**
 * Whether an `Accept` header allows a type (in lower case); an absent header allows all. What names the type itself
 * counts before `application/*`, and that before any.
 */
export function accepts(accept: string | undefined, type: string): boolean {
  if (accept === undefined) return true;
  const items = accept.replace(/[ \t]/g, '').toLowerCase().split(',').map((item) => item.split(';'));
  for (const range of [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*']) {
    const item = items.find(([name]) => name === range);
    if (item !== undefined) return !item.some(isExcluding);
  }
  return false;
}

/** A weight that is zero, or no number. */
function isExcluding(parameter: string): boolean {
  return /^q=./.test(parameter) && !(Number(parameter.slice(2)) > 0);
}

/** The first of the types that is allowed; null if none is. */
export function negotiate<T extends string>(accept: string | undefined, types: readonly T[]): T | null {
  return types.find((type) => accepts(accept, type)) ?? null;
}
