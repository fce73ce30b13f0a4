/**
 * What of an agent's files can be read over HTTP: its log as `/slave/log`, each sandbox under its own path and as
 * `/frameworks/F/executors/E/runs/latest`. As in Mesos nothing above a sandbox can be seen; sandboxes stay readable for
 * as long as they are there, whether or not the agent still remembers their executors.
 */
import { join } from 'node:path';
import type { Root, Roots } from '../../http/virtual-files.js';
import type { AgentState, Executor } from '../core/state.js';

export interface SandboxRootsOptions {
  readonly state: AgentState;
  readonly workDir: string;
  /** The log as a file. */
  readonly logFile?: string | undefined;
}

const LOG_PATHS = ['/slave/log', '/agent/log'];

/** A sandbox below the work directory, and what is below it. */
const SANDBOX = /^\/slaves\/[^/]+\/frameworks\/[^/]+\/executors\/[^/]+\/runs\/[^/]+/;
const LATEST = /^\/frameworks\/([^/]+)\/executors\/([^/]+)\/runs\/latest/;

function virtualPath({ framework, id }: Executor): string {
  return `/frameworks/${framework.id}/executors/${id}/runs/latest`;
}

export function sandboxRoots({ state, workDir, logFile }: SandboxRootsOptions): Roots {
  const logs: Root[] = logFile === undefined ? [] : LOG_PATHS.map((path) => [path, logFile]);
  const latest = (frameworkId: string, executorId: string): string | null => {
    const agentId = state.info.id;
    if (agentId === undefined) return null;
    return join(workDir, 'slaves', agentId, 'frameworks', frameworkId, 'executors', executorId, 'runs', 'latest');
  };
  return {
    find(path) {
      const isBelow = (root: string): boolean => path === root || path.startsWith(`${root}/`);
      const log = logs.find(([virtual]) => isBelow(virtual));
      if (log !== undefined) return log;
      // Names of directories above lead out of these, and are no ids.
      if (path.split('/').includes('..')) return null;
      if (isBelow(workDir)) {
        const sandbox = SANDBOX.exec(path.slice(workDir.length))?.[0];
        return sandbox === undefined ? null : [`${workDir}${sandbox}`, `${workDir}${sandbox}`];
      }
      const match = LATEST.exec(path);
      if (match === null || !isBelow(match[0])) return null;
      const real = latest(match[1]!, match[2]!);
      return real === null ? null : [match[0], real];
    },
    *all() {
      yield* logs;
      const frameworks = [...state.frameworks.values(), ...state.completedFrameworks.values()];
      for (const { executors, completedExecutors } of frameworks) {
        for (const executor of completedExecutors) yield [executor.directory, executor.directory];
        for (const executor of executors.values()) {
          yield [executor.directory, executor.directory];
          yield [virtualPath(executor), executor.directory];
        }
      }
    },
  };
}
