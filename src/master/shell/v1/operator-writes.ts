/** Writes of the operator API as calls of the core. */
import type { OperatorRequest } from '../../../protocol/operator-json.js';
import type { Resource } from '../../../protocol/common.js';
import type { OperatorCall } from '../../core/events.js';
import { validateResourceList } from '../../core/validation/index.js';

type Body<T extends OperatorRequest['type']> = Extract<OperatorRequest, { readonly type: T; readonly body: unknown }>;

/** A call of the core, or Mesos' text for a call that is not valid. */
type Write<T extends OperatorRequest['type']> = (
  body: Body<T>['body'],
  by: { readonly principal?: string },
) => OperatorCall | string;

const ONLY_AGENTS = "Expecting 'agent_id' to be present; only agent default resources are supported right now";

function resourcesOr(resources: readonly Resource[] | undefined, make: (list: readonly Resource[]) => OperatorCall) {
  return validateResourceList(resources) ?? make(resources ?? []);
}

type Writes = { readonly [T in OperatorRequest['type']]?: Write<T> };

const WRITES: Writes = {
  UPDATE_WEIGHTS: ({ weightInfos = [] }) => ({
    type: 'UPDATE_WEIGHTS',
    weights: weightInfos.map(({ role = '', weight }) => ({ role, weight })),
  }),
  UPDATE_QUOTA: ({ force = false, quotaConfigs = [] }) => ({ type: 'UPDATE_QUOTA', configs: quotaConfigs, force }),
  SET_QUOTA: ({ quotaRequest: { role = '', force = false, guarantee } }, by) => ({
    type: 'SET_QUOTA',
    role,
    force,
    guarantee,
    ...by,
  }),
  REMOVE_QUOTA: ({ role }) => ({ type: 'REMOVE_QUOTA', role }),
  RESERVE_RESOURCES: ({ agentId, resources, source = [] }, by) =>
    resourcesOr(resources, (list) => ({ type: 'RESERVE_RESOURCES', agentId, resources: list, source, ...by })),
  UNRESERVE_RESOURCES: ({ agentId, resources }) =>
    resourcesOr(resources, (list) => ({ type: 'UNRESERVE_RESOURCES', agentId, resources: list })),
  CREATE_VOLUMES: ({ agentId, volumes = [] }, by) => ({ type: 'CREATE_VOLUMES', agentId, volumes, ...by }),
  DESTROY_VOLUMES: ({ agentId, volumes = [] }) => ({ type: 'DESTROY_VOLUMES', agentId, volumes }),
  GROW_VOLUME: ({ agentId, volume, addition }) =>
    agentId === undefined ? ONLY_AGENTS : { type: 'GROW_VOLUME', agentId, volume, addition },
  SHRINK_VOLUME: ({ agentId, volume, subtract }) =>
    agentId === undefined ? ONLY_AGENTS : { type: 'SHRINK_VOLUME', agentId, volume, subtract },
  UPDATE_MAINTENANCE_SCHEDULE: ({ schedule }) => ({ type: 'UPDATE_MAINTENANCE_SCHEDULE', schedule }),
  START_MAINTENANCE: ({ machines = [] }) => ({ type: 'START_MAINTENANCE', machines }),
  STOP_MAINTENANCE: ({ machines = [] }) => ({ type: 'STOP_MAINTENANCE', machines }),
  DRAIN_AGENT({ agentId, maxGracePeriod, markGone = false }) {
    if (maxGracePeriod === undefined) return { type: 'DRAIN_AGENT', agentId, markGone };
    const { seconds = 0, nanos = 0 } = maxGracePeriod;
    return { type: 'DRAIN_AGENT', agentId, markGone, maxGracePeriodMs: seconds * 1000 + nanos / 1e6 };
  },
  DEACTIVATE_AGENT: ({ agentId }) => ({ type: 'DEACTIVATE_AGENT', agentId }),
  REACTIVATE_AGENT: ({ agentId }) => ({ type: 'REACTIVATE_AGENT', agentId }),
  TEARDOWN: ({ frameworkId }) => ({ type: 'TEARDOWN', frameworkId }),
  MARK_AGENT_GONE: ({ agentId }) => ({ type: 'MARK_AGENT_GONE', agentId }),
};

/** The call of the core; a text if the request is not valid; null if it is no write. */
export function writeOf(request: OperatorRequest, principal: string | null): OperatorCall | string | null {
  const write = WRITES[request.type] as Write<'TEARDOWN'> | undefined;
  if (write === undefined || !('body' in request)) return null;
  const { body } = request as Body<'TEARDOWN'>;
  return write(body, principal === null ? {} : { principal });
}
