/** Failover: a new master, and all agents of a large cluster that come back to it with their tasks. */
import type { Message } from '../../src/protocol/messages.js';
import type { AgentId, ExecutorId, FrameworkId, TaskId } from '../../src/protocol/schema.js';
import { decodeFrame, encodeFrame } from '../../src/protocol/codec.js';
import { snapshotRegistry } from '../../src/protocol/registry.js';
import { createEngineFactory } from '../../src/engine/create-engine.js';
import { ms, type Play, problem } from '../house/problem.js';
import { BenchMaster } from './master.js';

interface FailoverSize {
  readonly agents: number;
  readonly tasks: number;
  readonly frameworks: number;
  readonly [name: string]: number;
}

const CAPABILITIES = ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT'];

function scalar(name: string, amount: number): { name: string; type: 'SCALAR'; scalar: number } {
  return { name, type: 'SCALAR', scalar: amount };
}

function agentInfo(i: number) {
  const resources = [scalar('cpus', 16), scalar('mem', 65_536), scalar('disk', 1_000_000)];
  const attributes = [{ name: 'rack', type: 'TEXT' as const, text: `r${i % 100}` }];
  return { hostname: `agent-${i}.cluster.example`, port: 5051, resources, attributes };
}

function frameworkOf(i: number) {
  const id = `first-${String(i).padStart(4, '0')}` as FrameworkId;
  return { id, user: 'root', name: `framework ${i}`, checkpoint: true, failoverTimeoutSeconds: 3600 };
}

/** What an agent with tasks says when it comes back: each task with its last status, in an executor of its own kind. */
function reregistration(i: number, id: AgentId, { tasks, frameworks }: FailoverSize): Message {
  const allocated = { allocationInfo: { role: '*' } };
  const owners = new Set<number>();
  const list = Array.from({ length: tasks }, (_, n) => {
    const owner = (i + n) % frameworks;
    owners.add(owner);
    const taskId = `task-${i}-${n}` as TaskId;
    const uuid = new Uint8Array(16).fill(n);
    return {
      name: `task ${n}`,
      taskId,
      frameworkId: frameworkOf(owner).id,
      executorId: 'executor' as ExecutorId,
      agentId: id,
      state: 'TASK_RUNNING' as const,
      resources: [{ ...scalar('cpus', 1), ...allocated }, { ...scalar('mem', 1024), ...allocated }],
      statuses: [{ taskId, state: 'TASK_RUNNING' as const, source: 'SOURCE_EXECUTOR' as const, timestamp: 1 }],
      statusUpdateState: 'TASK_RUNNING' as const,
      statusUpdateUuid: uuid,
    };
  });
  const executors = [...owners].map((owner) => ({
    executorInfo: {
      executorId: 'executor' as ExecutorId,
      command: { value: 'run' },
      resources: [{ ...scalar('cpus', 0.1), ...allocated }, { ...scalar('mem', 32), ...allocated }],
    },
    frameworkId: frameworkOf(owner).id,
  }));
  return {
    type: 'REREGISTER_AGENT',
    agentInfo: { ...agentInfo(i), id },
    version: '1.0.0',
    capabilities: CAPABILITIES,
    tasks: list,
    executors,
    frameworks: [...owners].map(frameworkOf),
  };
}

function playWith(engine: 'native' | 'typescript'): Play<FailoverSize> {
  return (run, size) => {
    const factory = createEngineFactory(engine);
    const first = new BenchMaster(factory, 'first');
    first.recover({ agents: [] });
    const registrations = Array.from({ length: size.agents }, (_, i) =>
      encodeFrame([{ type: 'REGISTER_AGENT', agentInfo: agentInfo(i), version: '1.0.0', capabilities: CAPABILITIES }]),
    );
    for (let i = 0; i < size.agents; i++) first.open(i + 1);
    const ids: AgentId[] = [];
    first.onFrame = (link, frame) => {
      for (const message of decodeFrame(frame)) {
        if (message.type === 'AGENT_REGISTERED') ids[link - 1] = message.agentId;
      }
    };
    run.once('admit agents', () => {
      registrations.forEach((frame, i) => {
        first.receive(i + 1, frame);
      });
      first.endTurn();
    });
    first.state.allocator.close();
    const snapshot = snapshotRegistry(first.registry);
    const returns = ids.map((id, i) => encodeFrame([reregistration(i, id, size)]));
    const next = new BenchMaster(factory, 'next');
    for (let i = 0; i < size.agents + size.frameworks; i++) next.open(i + 1);
    run.once('recover', () => {
      next.recover(snapshot);
    });
    for (let i = 0; i < size.frameworks; i++) {
      const frameworkInfo = frameworkOf(i);
      const frame = encodeFrame([{ type: 'SUBSCRIBE', frameworkInfo, frameworkId: frameworkInfo.id }]);
      next.receive(size.agents + i + 1, frame);
    }
    run.once('re-register agents', () => {
      returns.forEach((frame, i) => {
        next.receive(i + 1, frame);
      });
      next.endTurn();
    });
    run.once('allocate', () => {
      next.allocate();
    });
    run.see('agents', next.state.agents.size);
    run.see('awaited', next.state.recoveredAgents.size);
    run.see('tasks', [...next.state.frameworks.values()].reduce((sum, framework) => sum + framework.tasks.size, 0));
    run.see('writes of the registry', next.writes);
    run.work(next.state.allocator.counters());
    next.state.allocator.close();
  };
}

export default problem<FailoverSize>({
  name: 'failover',
  title: 'Failover: all agents come back to a new master',
  shape:
    'Agents of cpus:16; mem:65536; disk:1000000 are admitted; then another master takes the registry over, the ' +
    'frameworks subscribe again, and every agent comes back with its tasks and executors. Everything passes through ' +
    'the codec, in turns of 512 messages; the registry is in memory; no sockets.',
  parameters: { agents: 'agents of the cluster', tasks: 'tasks on each', frameworks: 'frameworks' },
  metrics: {
    'admit agents': ms('admit all agents: decode, check, store, answer'),
    recover: ms('take the registry over'),
    're-register agents': ms('take all agents back with their tasks: decode, check, enter, answer'),
    allocate: ms('the first allocation after that'),
  },
  scales: {
    tiny: [{ name: 'large', size: { agents: 20, tasks: 3, frameworks: 2 } }],
    quick: [{ name: 'large', size: { agents: 2000, tasks: 10, frameworks: 10 }, repeats: 3 }],
    default: [{ name: 'large', size: { agents: 10_000, tasks: 10, frameworks: 10 }, repeats: 5 }],
  },
  contenders: { native: playWith('native'), typescript: playWith('typescript') },
});
