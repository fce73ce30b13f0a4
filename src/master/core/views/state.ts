/** The whole master as /state shows it. */
import { domainInfo } from '../../../protocol/common.js';
import { toV1Json } from '../../../protocol/v1-json.js';
import type { Framework, MasterState } from '../state.js';
import { printAgents, viewAgents } from './agents.js';
import { printFramework, viewFrameworks } from './frameworks.js';
import { type JsonObject, seconds } from './json.js';
import { printNested, printWithLists } from './print.js';
import { type Seen, seenOf } from './sight.js';

/** What Mesos says of its build. */
export const BUILD = { build_date: '', build_time: 0, build_user: '' } as const;

/** /state without its lists. Times are in seconds. */
function headOf(state: MasterState, seen: Seen): JsonObject {
  const seesFlags = seen === null || seen.flags;
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
    ...(cluster === undefined || !seesFlags ? {} : { cluster }),
    ...(seesFlags ? { flags: { ...flags } } : {}),
    orphan_tasks: [],
  };
}

/** /state. */
export function viewState(state: MasterState): JsonObject {
  return { ...headOf(state, null), ...viewAgents(state), ...viewFrameworks(state) };
}

/** /state in pieces. */
export function printState(state: MasterState, seen: Seen = null): Generator<string> {
  const frameworks = (all: Iterable<Framework>): Generator<string> =>
    printNested(seenOf(seen, 'framework', all).map((framework) => printFramework(framework, seen)));
  return printWithLists(() => JSON.stringify(headOf(state, seen)), {
    ...printAgents(state, undefined, seen),
    frameworks: frameworks(state.frameworks.values()),
    completed_frameworks: frameworks(state.completedFrameworks.values()),
    unregistered_frameworks: [],
  });
}
