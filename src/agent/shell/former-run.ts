/**
 * What a former run of the agent has left in its work directory: the checkpoint, and processes of executors. Decides
 * what of it the new run takes up, ends what belongs to nobody, and refuses what cannot be read. Facts: `recover` of
 * Mesos' agent and of its containerizer.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MeteError } from '../../base/errors.js';
import { endContainers, findContainers, type FoundContainer } from '../../containers/adopt.js';
import { isAlive } from '../../containers/process-watch.js';
import type { AgentInfo } from '../../protocol/framework.js';
import { type AgentStore, type CheckpointWrite, openAgentStore } from '../../storage/agent-store.js';
import { KEYS } from '../core/checkpoint.js';
import type { ReconfigurationPolicy } from '../core/config.js';
import { reconfigurationRefusal } from '../core/reconfiguration.js';
import { type CheckpointEntry, recoverAgent, type RecoveredAgent, type RecoveredExecutor } from '../core/recovered.js';
import type { AgentState } from '../core/state.js';
import type { Gone, Leftovers } from './executors.js';
import { LEGACY_FILE, readLegacyFile } from './legacy-memory.js';

/** What becomes of a former run: its executors are taken up; ended, and the agent with them; ended, and forgotten. */
export type Recover = 'reconnect' | 'cleanup' | 'none';

export interface FormerRun {
  readonly store: AgentStore;
  readonly recovered: RecoveredAgent;
  /** Whether the machine has been restarted since. */
  readonly rebooted: boolean;
}

export interface FormerRunOptions {
  /** Nothing may be damaged. */
  readonly strict: boolean;
  /** The run of the machine, as it is now. */
  readonly bootId: string;
  /** Called for each part that is left out. */
  readonly damage: (error: string) => void;
}

/** The id of this run of the machine; '' where the system has none. */
export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

const UNKNOWN_CONTAINER = 'Abnormal executor termination: unknown container';

/** Opens the checkpoint. Throws MeteError; with `strict` also if a part of it is damaged. */
export async function openFormerRun(
  directory: string,
  { strict, bootId, damage }: FormerRunOptions,
): Promise<FormerRun> {
  const store = await openAgentStore(directory);
  try {
    const legacy = await takeOverLegacy(store, directory);
    const recovered = recoverAgent([...store.entries, ...legacy], store.unreadable);
    if (recovered.errors.length > 0 && strict) throw damaged(store.path, recovered.errors);
    recovered.errors.forEach(damage);
    const rebooted = recovered.bootId !== null && recovered.bootId !== bootId;
    return { store, recovered: await noteBoot(store, recovered, bootId), rebooted };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function damaged(path: string, errors: readonly string[]): MeteError {
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new MeteError('CHECKPOINT_CORRUPT', {
    field: 'checkpoint',
    value: path,
    reason: `${errors[0] ?? ''}${more}`,
    mend: 'start the agent with --no-strict to go on without the damaged parts, or move the file away',
  });
}

/** The file in which agents of the first versions wrote down who they are. */
async function takeOverLegacy(store: AgentStore, directory: string): Promise<CheckpointEntry[]> {
  const path = join(directory, LEGACY_FILE);
  if (!existsSync(path)) return [];
  if (store.entries.some(([key]) => key === KEYS.agent)) {
    rmSync(path, { force: true });
    return [];
  }
  const { info, bootId } = readLegacyFile(path);
  const endpoint = `${info.hostname}:${info.port ?? 0}`;
  const records: CheckpointEntry[] = [
    [KEYS.agent, { type: 'AGENT', agentInfo: info, endpoint }],
    [KEYS.boot, { type: 'BOOT', bootId }],
  ];
  await store.commit(records.map(([key, record]) => ({ key, record })));
  rmSync(path, { force: true });
  return records;
}

/** After a restart of the machine no process of the former run lives, whatever has its number now. */
async function noteBoot(store: AgentStore, recovered: RecoveredAgent, bootId: string): Promise<RecoveredAgent> {
  if (recovered.bootId === bootId) return recovered;
  const boot: CheckpointWrite = { key: KEYS.boot, record: { type: 'BOOT', bootId } };
  const executors = recovered.frameworks.flatMap((framework) => framework.executors);
  const forget = executors.map(({ containerId }) => ({ key: `runs/${containerId}/forked.pid`, record: null }));
  await store.commit([boot, ...forget]);
  const frameworks = recovered.frameworks.map((framework) => ({
    ...framework,
    executors: framework.executors.map((executor) => ({ ...executor, forked: null })),
  }));
  return { ...recovered, frameworks };
}

/** Forgets who the agent was and all it ran; reservations and volumes stay, they belong to the machine. */
export async function forgetRun(store: AgentStore): Promise<void> {
  const keys = [KEYS.agent, KEYS.drain, KEYS.frameworks, KEYS.runs];
  await store.commit(keys.map((key) => ({ key, record: null })));
}

/** Reservations and volumes are all that is left of a run that is not taken up. */
export function withoutRun(recovered: RecoveredAgent): RecoveredAgent {
  return { ...recovered, agentInfo: null, drainConfig: null, frameworks: [] };
}

/**
 * The id under which an agent that is `current` may come back; null if it is to register as a new one. An agent that
 * takes any port (`anyPort`) may come back at another. Throws MeteError INVALID_ARGUMENT with Mesos' text if it has
 * changed as the policy does not allow, unless the machine has been restarted since.
 */
export function idToComeBackWith(
  { store, recovered, rebooted }: FormerRun,
  policy: ReconfigurationPolicy,
  current: AgentInfo,
  anyPort: boolean,
): AgentInfo['id'] | null {
  const before = recovered.agentInfo;
  if (before === null) return null;
  const { port } = before;
  const now = anyPort && port !== undefined ? { ...current, port } : current;
  const refusal = reconfigurationRefusal(policy, before, now);
  if (refusal === null) return before.id ?? null;
  if (rebooted) return null;
  const hint = policy === 'equal' ? ' (or with --reconfiguration-policy=additive, if it only has more)' : '';
  throw new MeteError('INVALID_ARGUMENT', {
    field: 'agent',
    value: before.id,
    reason: refusal,
    mend: `start it as it was${hint}, or with --recover=none, which ends what it ran and registers it as a new agent; \
its checkpoint is ${store.path}`,
  });
}

/**
 * Looks for the processes of the executors that `state` has taken up, among those with sandboxes below `root`.
 * Containers that belong to no such executor are ended before this resolves.
 */
export async function findLeftovers(
  state: AgentState,
  { recovered, rebooted }: FormerRun,
  root: string,
): Promise<Leftovers> {
  const found = findContainers(root);
  const alive: FoundContainer[] = [];
  const gone: Gone[] = [];
  for (const executor of recovered.frameworks.flatMap((framework) => framework.executors)) {
    if (!state.recovering.has(executor.containerId)) continue;
    const container = rebooted ? null : containerOf(executor, found);
    if (container !== null) {
      found.delete(executor.containerId);
      alive.push(container);
    } else {
      const message = executor.forked === null ? { message: UNKNOWN_CONTAINER } : {};
      gone.push({ containerId: executor.containerId, ...message });
    }
  }
  await endContainers([...found.values()]);
  return { alive, gone };
}

/** Its process is the one that was written down, or, if the agent died before it could, the one with its mark. */
function containerOf(
  { containerId, directory, forked }: RecoveredExecutor,
  found: ReadonlyMap<string, FoundContainer>,
): FoundContainer | null {
  if (forked === null) return found.get(containerId) ?? null;
  return isAlive(forked.pid, forked.startTicks) ? { containerId, directory, ...forked } : null;
}
