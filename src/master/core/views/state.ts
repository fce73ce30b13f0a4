/** The whole master as /state shows it. */
import { domainInfo } from '../../../protocol/common.js';
import { toV1Json } from '../../../protocol/v1-json.js';
import type { MasterState } from '../state.js';
import { viewAgents } from './agents.js';
import { viewFrameworks } from './frameworks.js';
import { type JsonObject, seconds } from './json.js';

/** /state. Times are in seconds. */
export function viewState(state: MasterState): JsonObject {
  const { masterInfo, startMs, electedMs, cluster, flags } = state.settings;
  const agents = [...state.agents.values()];
  const active = agents.filter((agent) => agent.active).length;
  const domain = masterInfo.domain === undefined ? {} : { domain: toV1Json(domainInfo, masterInfo.domain) };
  const pid = masterInfo.pid ?? `master@${masterInfo.address?.ip ?? masterInfo.hostname ?? ''}:${masterInfo.port}`;
  const hostname = masterInfo.hostname ?? '';
  return {
    version: masterInfo.version ?? '',
    start_time: seconds(startMs),
    elected_time: seconds(electedMs),
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
    ...viewAgents(state),
    ...viewFrameworks(state),
    orphan_tasks: [],
  };
}
