/**
 * Who may read which files of an agent: its log needs ACCESS_MESOS_LOG, a sandbox ACCESS_SANDBOX for the user of its
 * executor. Of sandboxes whose executor the agent does not remember nobody in particular is the user.
 */
import type { Authorizer, Subject } from '../../authorizer/authorizer.js';
import type { Exchange } from '../../base/exchange.js';
import { answerText } from '../../http/answers.js';
import { type Access, isAllowed, REFUSED } from '../../http/access.js';
import type { ExecutorId, FrameworkId } from '../../protocol/schema.js';
import type { AgentState } from '../core/state.js';
import { userOf } from './visible-state.js';

const LOG = /^\/(slave|agent)\/log$/;
const EXECUTOR = /^(?:\/slaves\/[^/]+)?\/frameworks\/([^/]+)\/executors\/([^/]+)\//;

function userOfPath(state: AgentState, workDir: string, path: string): string | undefined {
  const below = path.startsWith(workDir) ? path.slice(workDir.length) : path;
  const match = EXECUTOR.exec(`${below}/`);
  if (match === null) return undefined;
  const [frameworkId, executorId] = [match[1] as FrameworkId, match[2] as ExecutorId];
  const framework = state.frameworks.get(frameworkId) ?? state.completedFrameworks.get(frameworkId);
  const ended = framework?.completedExecutors.find(({ id }) => id === executorId);
  const executor = framework?.executors.get(executorId) ?? ended;
  return executor === undefined ? framework?.info.user : userOf(executor);
}

/** Whether somebody may read what is at a path. */
export function mayReadPath(
  authorizer: Authorizer | null,
  subject: Subject,
  { state, workDir }: { readonly state: AgentState; readonly workDir: string },
  path: string,
): boolean {
  if (authorizer === null) return true;
  if (LOG.test(path)) return authorizer.approves(subject, 'ACCESS_MESOS_LOG');
  return authorizer.approves(subject, 'ACCESS_SANDBOX', userOfPath(state, workDir, path));
}

/** For `/files/…`: whether the request may pass; it has been answered if not. */
export function fileGuard(
  access: Access,
  where: { readonly state: AgentState; readonly workDir: string },
): (exchange: Exchange) => boolean {
  return (exchange) => {
    const { path, query } = exchange.request;
    if (/\/debug\/?$/.test(path)) {
      return isAllowed(access, exchange, 'readonly', 'GET_ENDPOINT_WITH_PATH', '/files/debug');
    }
    const subject = access.authenticate(exchange, 'readonly');
    if (subject === REFUSED) return false;
    const wanted = new URLSearchParams(query).get('path') ?? '';
    if (mayReadPath(access.authorizer, subject, where, wanted)) return true;
    answerText(exchange, 403, '403 Forbidden.');
    return false;
  };
}
