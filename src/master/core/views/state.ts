/** The whole master as /state shows it. */
import { domainInfo } from '../../../protocol/common.js';
import { toV1Json } from '../../../protocol/v1-json.js';
import type { MasterState } from '../state.js';
import { printAgents, viewAgents } from './agents.js';
import { printFramework, viewFrameworks } from './frameworks.js';
import { type JsonObject, seconds } from './json.js';
import { printNested, printWithLists } from './print.js';

/** What Mesos says of its build. */
export const BUILD = { build_date: '', build_time: 0, build_user: '' } as const;

/** /state without its lists. Times are in seconds. */
function headOf(state: MasterState): JsonObject {
  const { masterInfo, startMs, cluster, flags } = state.settings;
  const agents = [...state.agents.values()];
  const active = agents.filter((agent) => agent.active).length;
  const domain = masterInfo.domain === undefined ? {} : { domain: toV1Json(domainInfo, masterInfo.domain) };
  const pid = masterInfo.pid ?? `master@${masterInfo.address?.ip ?? masterInfo.hostname ?? ''}:${masterInfo.port}`;
  const hostname = masterInfo.hostname ?? '';
  return {
    version: masterInfo.version ?? '',
    ...BUILD,
    start_time: seconds(startMs),
    ...(state.electedMs === null ? {} : { elected_time: seconds(state.electedMs) }),
    id: masterInfo.id,
    pid,
    hostname,
    capabilities: (masterInfo.capabilities ?? []).map((capability) => capability.type),
    activated_slaves: active,
    deactivated_slaves: agents.length - active,
    unreachable_slaves: state.unreachableAgents.size,
    ...domain,
    leader: pid,
    leader_info: { id: masterInfo.id, pid, port: masterInfo.port, hostname, ...domain },
    ...(cluster === undefined ? {} : { cluster }),
    flags: { ...flags },
    orphan_tasks: [],
  };
}

/** /state. */
export function viewState(state: MasterState): JsonObject {
  return { ...headOf(state), ...viewAgents(state), ...viewFrameworks(state) };
}

/** /state in pieces. */
export function printState(state: MasterState): Generator<string> {
  return printWithLists(() => JSON.stringify(headOf(state)), {
    ...printAgents(state),
    frameworks: printNested([...state.frameworks.values()].map(printFramework)),
    completed_frameworks: printNested([...state.completedFrameworks.values()].map(printFramework)),
    unregistered_frameworks: [],
  });
}
