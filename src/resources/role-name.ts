/**
 * Role names: paths like `eng/ads/batch`, their rules and their ancestors.
 *
 * The rules and the wording of refusals are those of Mesos, on which clients may match. `*` alone is the default role:
 * resources of it are unreserved.
 */
import { MeteError } from '../base/errors.js';

/** Tab, line feed, vertical tab, form feed, carriage return, blank, delete. */
const FORBIDDEN = '\x09\x0a\x0b\x0c\x0d\x20\x7f';

/** Deepest role: what sorters walk must be bounded. Mesos has no such rule. */
const MAX_COMPONENTS = 256;

/** Throws MeteError (INVALID_ROLE) unless `role` is a role name. `field` names it in the error. */
export function validateRole(role: string, field = 'role'): void {
  const reason = typeof role === 'string' ? roleRefusal(role) : 'Role names must be strings';
  if (reason === null) return;
  throw new MeteError('INVALID_ROLE', {
    field,
    value: role,
    reason,
    mend: "use '*', or components joined by '/' that are not '.', '..' or '*', have no blanks and no leading '-'",
  });
}

/** Why `role` is no role name, in the words of Mesos; null if it is one. */
export function roleRefusal(role: string): string | null {
  if (role === '*') return null;
  if (role === '') return 'Role names cannot be the empty string';
  if (role.startsWith('/')) return `Role '${role}' cannot start with a slash`;
  if (role.endsWith('/')) return `Role '${role}' cannot end with a slash`;
  if (role.includes('//')) return `Role '${role}' cannot contain two adjacent slashes`;
  const components = role.split('/');
  if (components.length > MAX_COMPONENTS) return `Role names cannot have more than ${MAX_COMPONENTS} components`;
  for (const component of components) {
    if (component === '.' || component === '..' || component === '*') {
      return `Role '${role}' cannot include '${component}' as a component`;
    }
    if (component.startsWith('-')) return `Role component '${component}' is invalid because it starts with a dash`;
    if (hasForbidden(component)) {
      return `Role component '${component}' is invalid because it contains backspace or whitespace`;
    }
  }
  return null;
}

function hasForbidden(component: string): boolean {
  for (let i = 0; i < component.length; i++) if (FORBIDDEN.includes(component[i]!)) return true;
  return false;
}

/** The ancestors of a role, nearest first: `a/b/c` has `a/b` and `a`. */
export function ancestors(role: string): string[] {
  const out: string[] = [];
  for (let i = role.lastIndexOf('/'); i > 0; i = role.lastIndexOf('/', i - 1)) out.push(role.slice(0, i));
  return out;
}

/** Whether `role` is a proper descendant of `ancestor`. */
export function isStrictSubrole(role: string, ancestor: string): boolean {
  return (
    role.length > ancestor.length &&
    role.charCodeAt(ancestor.length) === 47 && // '/'
    role.startsWith(ancestor)
  );
}

/** Whether `ancestor` is `role` itself or one of its ancestors. */
export function isSelfOrAncestor(ancestor: string, role: string): boolean {
  return ancestor === role || isStrictSubrole(role, ancestor);
}

/** The first component of a role: `a` of `a/b/c`. */
export function topLevelRole(role: string): string {
  const slash = role.indexOf('/');
  return slash < 0 ? role : role.slice(0, slash);
}
