/** Authorizers as vectors describe them: answers in a row, or lists of who may do what. */
import type { Action, Authorizer } from '../../src/http/access.js';
import { listOf, Reader, SchemaError } from './reader.js';

/** Answers in the order of the questions, then yes; 'allow': always yes. */
export function answersOf(value: unknown, where: string): Authorizer {
  if (value === 'allow') return { approves: () => true };
  const answers = [...listOf(value, where)];
  if (answers.some((answer) => typeof answer !== 'boolean')) throw new SchemaError(where, value, 'flags are needed');
  return { approves: () => answers.shift() !== false };
}

const LISTS: Partial<Record<Action, string>> = {
  UPDATE_WEIGHT: 'update_weights',
  VIEW_ROLE: 'view_roles',
  UPDATE_QUOTA: 'update_quotas',
  GET_QUOTA: 'get_quotas',
};

interface Rule {
  readonly principals: readonly string[];
  readonly roles: readonly string[];
}

/** Who is in a list of an action may do it to the roles there, others may not; without a list `permissive` decides. */
export function aclsOf(acls: Reader): Authorizer {
  const isPermissive = acls.optional('permissive', (name) => acls.flag(name), true);
  const rules = new Map<string, Rule[]>();
  for (const name of Object.values(LISTS)) {
    if (!acls.has(name)) continue;
    const list = acls.list(name).map((item, i) => Reader.of(item, `${acls.path(name)}[${i}]`));
    rules.set(name, list.map((rule) => ({ principals: rule.texts('principals'), roles: rule.texts('roles') })));
  }
  return {
    approves(principal, action, object = '') {
      const own = rules.get(LISTS[action] ?? '');
      if (own === undefined) return isPermissive;
      const name = typeof principal === 'string' ? principal : '';
      return own.some(({ principals, roles }) => principals.includes(name) && roles.includes(object));
    },
  };
}
