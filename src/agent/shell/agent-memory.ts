/**
 * What an agent remembers from run to run: who it is, in `meta/agent.json` of its work directory. It is written when a
 * master has taken the agent in, as a whole and durably, and forgotten when it leaves for good. A restarted agent
 * comes back under its id if it is what it was, or may be what it is now (see the reconfiguration policy); after a
 * restart of the machine an agent that has changed is a new one. Facts: `Slave::recover` of Mesos' agent.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MeteError } from '../../base/errors.js';
import { agentInfo, type AgentInfo } from '../../protocol/framework.js';
import { fromV1Json, toV1Json } from '../../protocol/v1-json.js';
import type { ReconfigurationPolicy } from '../core/config.js';
import { reconfigurationRefusal } from '../core/reconfiguration.js';

const FILE = 'agent.json';

/** Of the form of the file; a file of another version is refused. */
const VERSION = 1;

export interface AgentMemory {
  readonly directory: string;
  readonly path: string;
  /** Who this agent was; null if it is new here. Throws MeteError INVALID_ARGUMENT for a file that cannot be read. */
  recall(): Memory | null;
  /** Writes down who this agent is. Throws errors of files. */
  remember(info: AgentInfo): void;
  forget(): void;
}

export interface Memory {
  readonly info: AgentInfo;
  /** Whether the machine has been running since. */
  readonly sameBoot: boolean;
}

/** The id of this run of the machine; '' where the system has none. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function unreadable(path: string, reason: string, cause?: unknown): MeteError {
  const mend = 'remove it; the agent then registers as a new one, and the old one is held for lost';
  return new MeteError('INVALID_ARGUMENT', { field: 'file', value: path, reason, mend, cause });
}

function parse(path: string, text: string): Memory {
  let content: Record<string, unknown> | null;
  try {
    content = JSON.parse(text) as Record<string, unknown> | null;
  } catch (cause) {
    throw unreadable(path, `it is no JSON: ${(cause as Error).message}`, cause);
  }
  if (content?.['version'] !== VERSION) throw unreadable(path, `it is not of version ${VERSION}`);
  const { boot_id: boot, agent_info: json } = content;
  let info: AgentInfo;
  try {
    info = fromV1Json(agentInfo, json);
  } catch (cause) {
    if (!(cause instanceof MeteError)) throw cause;
    throw unreadable(path, `agent_info: ${cause.reason}`, cause);
  }
  if (info.id === undefined) throw unreadable(path, 'agent_info has no id');
  return { info, sameBoot: boot === bootId() };
}

/** Replaces a file as a whole; it is on disk afterwards. */
function writeDurably(path: string, text: string): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, text, { mode: 0o644, flush: true });
  renameSync(fresh, path);
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export function openAgentMemory(workDir: string): AgentMemory {
  const directory = join(workDir, 'meta');
  const path = join(directory, FILE);
  mkdirSync(directory, { recursive: true });
  return {
    directory,
    path,
    recall() {
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw unreadable(path, `it cannot be read: ${(cause as Error).message}`, cause);
      }
      return parse(path, text);
    },
    remember(info) {
      const content = { version: VERSION, boot_id: bootId(), agent_info: toV1Json(agentInfo, info) };
      writeDurably(path, `${JSON.stringify(content)}\n`);
      syncDirectory(directory);
    },
    forget: () => rmSync(path, { force: true }),
  };
}

/**
 * The id under which an agent that is `current` may come back; null if it is to register as a new one. An agent that
 * takes any port (`anyPort`) may come back at another. Throws MeteError INVALID_ARGUMENT with Mesos' text if it has
 * changed as the policy does not allow.
 */
export function idToComeBackWith(
  memory: AgentMemory,
  policy: ReconfigurationPolicy,
  current: AgentInfo,
  anyPort: boolean,
): AgentInfo['id'] | null {
  const before = memory.recall();
  if (before === null) return null;
  const { port } = before.info;
  const now = anyPort && port !== undefined ? { ...current, port } : current;
  const refusal = reconfigurationRefusal(policy, before.info, now);
  if (refusal === null) return before.info.id ?? null;
  if (!before.sameBoot) return null;
  const hint = policy === 'equal' ? ' (or with --reconfiguration-policy=additive, if it only has more)' : '';
  throw new MeteError('INVALID_ARGUMENT', {
    field: 'agent',
    value: before.info.id,
    reason: refusal,
    mend: `start it as it was${hint}, or remove ${memory.path}; it then registers as a new agent`,
  });
}
