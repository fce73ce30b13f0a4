/** SUPPRESS, REVIVE and REQUEST: what frameworks tell of the offers they want. */
import type { MessageOf } from '../../protocol/messages.js';
import { roleRefusal } from '../../resources/role-name.js';
import type { MasterEffect } from './events.js';
import { drop } from './send.js';
import type { Framework, MasterState } from './state.js';

/** Whether all roles are the framework's; otherwise the whole call is dropped. */
function areOwnRoles(
  framework: Framework,
  call: MessageOf<'SUPPRESS'> | MessageOf<'REVIVE'>,
  effects: MasterEffect[],
): boolean {
  const word = call.type === 'SUPPRESS' ? 'suppression' : 'revive';
  for (const role of call.roles ?? []) {
    const refusal = roleRefusal(role);
    if (refusal === null && framework.roles.has(role)) continue;
    const reason = refusal === null ? "not one of the frameworks's subscribed roles" : `invalid: ${refusal}`;
    drop(framework, call.type, `${word} role '${role}' is ${reason}`, effects);
    return false;
  }
  return true;
}

export function suppress(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'SUPPRESS'>,
  effects: MasterEffect[],
): void {
  state.counters.plain.messages_suppress_offers++;
  if (!areOwnRoles(framework, call, effects)) return;
  const roles = call.roles ?? [];
  state.allocator.suppressOffers(framework.id, roles);
  framework.suppressedRoles = roles.length === 0 ? framework.roles : new Set([...framework.suppressedRoles, ...roles]);
}

export function revive(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'REVIVE'>,
  effects: MasterEffect[],
): void {
  state.counters.plain.messages_revive_offers++;
  if (!areOwnRoles(framework, call, effects)) return;
  const roles = call.roles ?? [];
  state.allocator.reviveOffers(framework.id, roles);
  const revived = new Set(roles);
  const left = [...framework.suppressedRoles].filter((role) => roles.length > 0 && !revived.has(role));
  framework.suppressedRoles = new Set(left);
}

/** REQUEST: wishes, which the allocator ignores as Mesos' does; those for unknown agents are not even told. */
export function request(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'REQUEST'>,
  _effects: MasterEffect[],
): void {
  state.counters.plain.messages_resource_request++;
  const known = call.requests.flatMap(({ agentId }) =>
    agentId === undefined || !state.agents.has(agentId) ? [] : [{ agentId }],
  );
  state.allocator.requestResources(framework.id, known);
}
