/**
 * Executors that prove which they are: the agent gives each a token that names framework, executor and container, and
 * takes as an executor only who shows the token of its present container. Texts are those of Mesos' agent.
 */
import type { Subject } from '../../authorizer/authorizer.js';
import type { LinkId } from '../../base/core.js';
import type { LinkHandlers } from '../../base/link.js';
import { readToken, signToken } from '../../http/json-web-token.js';
import type { ExecutorCall, MessageOf } from '../../protocol/messages.js';
import type { ContainerId, ExecutorId, FrameworkId } from '../../protocol/schema.js';
import { createGuard, DEFAULT_PROOF_TIMEOUT_MS } from '../../transport/link-guard.js';
import type { LaunchExecutor } from '../core/events.js';
import type { AgentState } from '../core/state.js';

interface Named {
  readonly frameworkId: FrameworkId;
  readonly executorId: ExecutorId;
  readonly containerId: ContainerId;
}

/** Why claims are not those of an executor; null: they are. */
export function claimsRefusal(subject: Subject, { frameworkId, executorId, containerId }: Named): string | null {
  const claims = subject !== null && typeof subject === 'object' ? subject.claims : {};
  const who = typeof subject === 'string' ? subject : JSON.stringify({ claims });
  const lacks = `Authenticated principal '${who}' does not contain`;
  if (claims['fid'] !== frameworkId) {
    return `${lacks} an 'fid' claim with the framework ID ${frameworkId}, which is set in the call`;
  }
  if (claims['eid'] !== executorId) {
    return `${lacks} an 'eid' claim with the executor ID ${executorId}, which is set in the call`;
  }
  return claims['cid'] === containerId ? null : `${lacks} a 'cid' claim with the correct active ContainerID`;
}

export interface ExecutorProof {
  /** What an executor finds in its environment. */
  environment(effect: Pick<LaunchExecutor, 'frameworkId' | 'executorId' | 'containerId'>): Record<string, string>;
  /** Handlers of a link that an executor has opened. */
  guard(link: LinkId, inner: LinkHandlers): LinkHandlers;
  /** Why a message may not pass; null: it may. */
  refusal(link: LinkId, message: ExecutorCall): string | null;
}

export function createExecutorProof(
  state: AgentState,
  key: Uint8Array,
  onRefused: (remote: string, reason: string) => void,
): ExecutorProof {
  const subjects = new Map<LinkId, Subject>();
  const guard = createGuard({
    credentials: new Map(),
    timeoutMs: DEFAULT_PROOF_TIMEOUT_MS,
    onRefused,
    readToken(token) {
      const claims = readToken(token, key, Date.now());
      return typeof claims === 'string' ? { fault: `Invalid JWT: ${claims}` } : { claims };
    },
  });
  return {
    environment: ({ frameworkId, executorId, containerId }) => ({
      MESOS_EXECUTOR_AUTHENTICATION_TOKEN: signToken({ fid: frameworkId, eid: executorId, cid: containerId }, key),
    }),
    guard(link, inner) {
      const forgetting: LinkHandlers = {
        frame: (from, bytes) => inner.frame(from, bytes),
        drained: (from) => inner.drained?.(from),
        closed(from, reason) {
          subjects.delete(link);
          inner.closed(from, reason);
        },
      };
      return guard(forgetting, (subject) => subjects.set(link, subject));
    },
    refusal(link, message) {
      if (message.type !== 'EXECUTOR_SUBSCRIBE') return null;
      const subject = subjects.get(link) ?? null;
      if (subject === null) return 'Executor is not authenticated';
      const containerId = containerOf(state, message);
      if (containerId === null || claimsRefusal(subject, { ...message, containerId }) === null) return null;
      return 'the token is not that of this executor'; // the whole text is too long for the end of a link
    },
  };
}

function containerOf(state: AgentState, call: MessageOf<'EXECUTOR_SUBSCRIBE'>): ContainerId | null {
  return state.frameworks.get(call.frameworkId)?.executors.get(call.executorId)?.containerId ?? null;
}
