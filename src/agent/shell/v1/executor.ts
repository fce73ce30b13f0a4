/**
 * `POST /api/v1/executor`: the door of executors that speak Mesos' v1 API. Checks come in Mesos' order, with its
 * statuses and texts; a SUBSCRIBE becomes a link of the core, other calls are messages on the link of their executor.
 * Facts: `Http::executor` of Mesos' agent.
 */
import type { LinkId } from '../../../base/core.js';
import { type Access, REFUSED } from '../../../http/access.js';
import { answerText } from '../../../http/answers.js';
import { accepts } from '../../../http/negotiation.js';
import type { RouteHandler } from '../../../http/router.js';
import { type CallRules, NOT_ACCEPTABLE, readCall } from '../../../http/v1-call.js';
import { validateExecutorStatus } from '../../../master/core/validation/index.js';
import type { ExecutorCall } from '../../../protocol/messages.js';
import type { V1Call } from '../../../protocol/v1-calls.js';
import type { AgentState, Executor } from '../../core/state.js';
import type { AgentDriver, LogFunction } from '../drive-agent.js';
import { claimsRefusal } from '../executor-proof.js';
import { EXECUTOR_CODECS } from './executor-codec.js';
import { openExecutorStream } from './executor-stream.js';

export interface ExecutorDoorOptions {
  readonly state: AgentState;
  readonly driver: AgentDriver;
  readonly access: Access;
  readonly log: LogFunction;
  /** What may wait to be sent to one executor; default 32 MiB. */
  readonly maxBufferedBytes?: number;
  /** Between the heartbeats of a stream; default half an hour. */
  readonly heartbeatMs?: number;
}

const MIB = 2 ** 20;

/** Statuses and messages may carry megabytes, and base64 makes a third more of them. */
const MAX_CALL_BYTES = 32 * MIB;

const HEARTBEAT_MS = 1_800_000;

const RULES: CallRules<V1Call<ExecutorCall>> = {
  codecs: EXECUTOR_CODECS,
  maxBytes: MAX_CALL_BYTES,
  callName: 'Executor::Call',
};

const RECOVERING = 'Agent has not finished recovery';

/** Handles all requests for the executor endpoint, whatever their method. */
export function executorDoor(options: ExecutorDoorOptions): RouteHandler {
  const { state, driver, access, log, maxBufferedBytes = 32 * MIB, heartbeatMs = HEARTBEAT_MS } = options;
  const streamOptions = { driver, log, maxBufferedBytes, heartbeatMs };
  return async (exchange) => {
    const subject = access.authenticate(exchange, 'executor');
    if (subject === REFUSED) return;
    const call = await readCall(exchange, RULES);
    if (call === null) return;
    const refuse = (status: number, text: string): void => answerText(exchange, status, text);
    const { message } = call;
    const invalid = invalidity(call);
    if (invalid !== null) return refuse(400, `Failed to validate Executor::Call: ${invalid}`);
    const { accept } = exchange.request.headers;
    const codec = EXECUTOR_CODECS.find(({ contentType }) => accepts(accept, contentType));
    if (message?.type === 'EXECUTOR_HEARTBEAT') return refuse(202, '');
    if (message?.type === 'EXECUTOR_SUBSCRIBE') {
      if (codec === undefined) return refuse(406, NOT_ACCEPTABLE);
    } else if (state.phase === 'RECOVERING') {
      return refuse(503, RECOVERING);
    }
    const executor = executorOf(state, call);
    if (typeof executor === 'string') return refuse(400, executor);
    const impostor = subject === null ? null : claimsRefusal(subject, namesOf(executor));
    if (impostor !== null) return refuse(403, impostor);
    if (message?.type === 'EXECUTOR_SUBSCRIBE') {
      driver.receive(openExecutorStream(exchange, codec!, streamOptions), message);
      return;
    }
    const link = linkOf(executor);
    if (executor.state === 'REGISTERING' || link === null) return refuse(403, 'Executor is not subscribed');
    if (message === null) return refuse(501, '');
    if (driver.receive(link, message) === 'refused') return refuse(503, 'Too many calls wait');
    return refuse(202, '');
  };
}

function namesOf({ framework, id, containerId }: Executor): Parameters<typeof claimsRefusal>[1] {
  return { frameworkId: framework.id, executorId: id, containerId };
}

/** What is wrong with a call that no schema says. */
function invalidity({ message, frameworkId, executorId }: V1Call<ExecutorCall>): string | null {
  if (message?.type !== 'EXECUTOR_UPDATE') return null;
  return validateExecutorStatus(message.status, executorId ?? '', frameworkId ?? '');
}

/** The executor a call is from, or why there is none. */
function executorOf(state: AgentState, { frameworkId, executorId }: V1Call<ExecutorCall>): Executor | string {
  const framework = state.frameworks.get(frameworkId!);
  if (framework === undefined) return 'Framework cannot be found';
  return framework.executors.get(executorId!) ?? 'Executor cannot be found';
}

/** The stream of an executor, or its last one: what it says counts also while it has none. */
function linkOf(executor: Executor): LinkId | null {
  return executor.link ?? executor.formerLink;
}
