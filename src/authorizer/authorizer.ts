/**
 * Who may do what: a pure function of ACLs. The first rule that is about both the principal and the object decides; if
 * there is none, `permissive` does. Facts: `LocalAuthorizer` of Mesos.
 *
 * Whoever has no name is anybody: only rules about ANY allow him something, rules about NONE forbid it him. A request
 * about nothing in particular is treated likewise. An executor that proved itself by a token has claims instead of a
 * name: it may deal with the containers below its own and with nothing else.
 */
import type { Acls, Entity, Rule } from './acls.js';
import { type Action, ACTIONS } from './actions.js';

/** What a token says of who has it, instead of a name. */
export interface Claims {
  readonly claims: Readonly<Record<string, string>>;
}

/** Who asks; null: nobody in particular. */
export type Subject = string | Claims | null;

export interface Authorizer {
  /**
   * Whether someone may do this. `object` is what the list of the action is about (a role, a user, a principal, a
   * path); absent: nothing in particular. `container` is the outermost container that an action is about.
   */
  readonly approves: (subject: Subject, action: Action, object?: string, container?: string) => boolean;
}

/** A rule that is quick to ask. */
interface Quick {
  readonly principals: ReadonlySet<string> | 'ANY' | 'NONE';
  readonly objects: ReadonlySet<string> | 'ANY' | 'NONE';
  /** The start of the roles that it is about, as `a/` of `a/%`; null: `objects` says it. */
  readonly below: string | null;
}

const EXECUTORS_OWN: ReadonlySet<Action> = new Set([
  'LAUNCH_NESTED_CONTAINER',
  'LAUNCH_NESTED_CONTAINER_AS_USER',
  'LAUNCH_NESTED_CONTAINER_SESSION',
  'LAUNCH_NESTED_CONTAINER_SESSION_AS_USER',
  'WAIT_NESTED_CONTAINER',
  'KILL_NESTED_CONTAINER',
  'REMOVE_NESTED_CONTAINER',
  'ATTACH_CONTAINER_OUTPUT',
] satisfies Action[]);

/** Makes an authorizer of ACLs. */
export function createAuthorizer({ permissive, lists }: Acls): Authorizer {
  const rules = new Map<Action, readonly Quick[]>();
  for (const action of Object.keys(ACTIONS) as Action[]) {
    const { list, kind } = ACTIONS[action];
    rules.set(action, (lists[list] ?? []).flatMap((rule) => quickRules(rule, kind === 'role')));
  }
  return {
    approves(subject, action, object, container) {
      if (subject !== null && typeof subject !== 'string') return approvesExecutor(subject, action, container);
      const about = ACTIONS[action].kind === 'any' ? undefined : object;
      for (const rule of rules.get(action)!) {
        const { principals, objects, below } = rule;
        if (!isAbout(principals, subject ?? undefined)) continue;
        if (below === null) {
          if (isAbout(objects, about)) return principals !== 'NONE' && objects !== 'NONE';
        } else if (about !== undefined && about.startsWith(below)) return principals !== 'NONE';
      }
      return permissive;
    },
  };
}

function approvesExecutor({ claims }: Claims, action: Action, container: string | undefined): boolean {
  return EXECUTORS_OWN.has(action) && container !== undefined && claims['cid'] === container;
}

/** Whether a rule concerns someone or something; undefined: anyone or anything. ANY and NONE concern all. */
function isAbout(entity: Quick['objects'], value: string | undefined): boolean {
  if (typeof entity === 'string') return true;
  return value !== undefined && entity.has(value);
}

/** Roles that stand for all below them become rules of their own, before the rest of theirs. */
function quickRules({ principals, objects }: Rule, areRoles: boolean): Quick[] {
  const who = quickEntity(principals);
  if (!areRoles || objects.type !== 'SOME') return [{ principals: who, objects: quickEntity(objects), below: null }];
  const wide = objects.values.filter((role) => role.endsWith('/%'));
  const plain = objects.values.filter((role) => !role.endsWith('/%'));
  const quick: Quick[] = wide.map((role) => ({ principals: who, objects: new Set(), below: role.slice(0, -1) }));
  if (plain.length > 0) quick.push({ principals: who, objects: new Set(plain), below: null });
  return quick;
}

function quickEntity(entity: Entity): Quick['objects'] {
  return entity.type === 'SOME' ? new Set(entity.values) : entity.type;
}
