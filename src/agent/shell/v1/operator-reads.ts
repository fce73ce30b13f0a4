/** Reads of the operator API of agents: views of the state as it is at that moment. */
import type { Access, Subject } from '../../../http/access.js';
import type { VirtualFiles } from '../../../http/virtual-files.js';
import type {
  AgentOperatorRequest, AgentOperatorResponseBody, AgentOperatorResponseType,
} from '../../../protocol/agent-operator.js';
import { MESOS_VERSION } from '../../../protocol/mesos-version.js';
import type { LoggingLevel } from '../../../telemetry/logging-level.js';
import { describeExecutors, describeFrameworks, describeOperations, describeTasks } from '../../core/operator-views.js';
import { describeContainers, type FiguresOptions } from '../container-figures.js';
import { visibleState } from '../visible-state.js';

export interface AgentReadContext extends FiguresOptions {
  /** All figures, by name. */
  readonly figures: () => Readonly<Record<string, number>>;
  readonly flags: () => Readonly<Record<string, string>>;
  readonly files: VirtualFiles;
  readonly level: LoggingLevel;
  readonly access: Access;
  readonly workDir: string;
}

/** The same with only what somebody may see. */
export function visibleTo(context: AgentReadContext, subject: Subject): AgentReadContext {
  const { state, access } = context;
  const seen = visibleState(state, access.authorizer, subject);
  return seen === state ? context : { ...context, state: seen };
}

type Body<T extends AgentOperatorResponseType> = AgentOperatorResponseBody<T>;
type Read<T extends AgentOperatorResponseType> = (
  context: AgentReadContext,
  request: AgentOperatorRequest,
) => Body<T> | Promise<Body<T>>;

/** Who reads with the body of another call has a defect. */
function mistaken(request: AgentOperatorRequest): never {
  throw new TypeError(`a read was asked with ${request.type}`);
}

/** What each read shows. FileRefusal if a file cannot be read. */
export const AGENT_READS: { readonly [T in AgentOperatorResponseType]: Read<T> } = {
  GET_HEALTH: () => ({ healthy: true }),
  GET_FLAGS: ({ flags }) => ({ flags: Object.entries(flags()).map(([name, value]) => ({ name, value })) }),
  GET_VERSION: () => ({ versionInfo: { version: MESOS_VERSION, buildDate: '', buildTime: 0, buildUser: '' } }),
  GET_METRICS: ({ figures }) => ({ metrics: Object.entries(figures()).map(([name, value]) => ({ name, value })) }),
  GET_LOGGING_LEVEL: ({ level }) => ({ level: level.current }),
  async LIST_FILES({ files }, request) {
    if (request.type !== 'LIST_FILES') return mistaken(request);
    return { fileInfos: await files.list(request.body.path) };
  },
  async READ_FILE({ files }, request) {
    if (request.type !== 'READ_FILE') return mistaken(request);
    const { path, offset, length } = request.body;
    return files.read(path, offset, length);
  },
  GET_STATE: ({ state }) => ({
    getTasks: describeTasks(state),
    getExecutors: describeExecutors(state),
    getFrameworks: describeFrameworks(state),
  }),
  GET_CONTAINERS: (context) => ({ containers: describeContainers(context) }),
  GET_FRAMEWORKS: ({ state }) => describeFrameworks(state),
  GET_EXECUTORS: ({ state }) => describeExecutors(state),
  GET_OPERATIONS: ({ state }) => ({ operations: describeOperations(state) }),
  GET_TASKS: ({ state }) => describeTasks(state),
  GET_AGENT: ({ state }) => ({ agentInfo: state.info }),
  GET_RESOURCE_PROVIDERS: () => ({ resourceProviders: [] }),
};
