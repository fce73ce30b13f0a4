/**
 * Random plays: frameworks and agents that do anything at any time, rightly or not. Nothing throws, and the invariants
 * of invariants.ts hold after every event. A failure names its seed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mix32 } from '../../src/base/mix32.js';
import type { Task } from '../../src/master/core/state.js';
import type { OfferMessage, OperationMessage } from '../../src/protocol/offer.js';
import type { Resource } from '../../src/protocol/common.js';
import type { TaskMessage, TaskState } from '../../src/protocol/task.js';
import type { AgentPeer, FrameworkPeer} from './harness.js';
import { ABLE, asExecutor, asTask, resources, task, World } from './harness.js';

const ROLES = ['a', 'a/b', 'c'];
const TOTAL = 'cpus:8;mem:2048;disk:200;cpus(a):1;ports:[1-9]';
const STATES: readonly TaskState[] = ['TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING', 'TASK_FINISHED', 'TASK_FAILED'];

class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = mix32(seed + 1);
  }

  below(n: number): number {
    this.state = mix32((this.state + 0x9e3779b9) | 0);
    return this.state % n;
  }

  of<T>(items: readonly T[]): T | undefined {
    return items.length === 0 ? undefined : items[this.below(items.length)];
  }
}

interface Mind {
  readonly framework: FrameworkPeer;
  readonly offers: OfferMessage[];
}

class Play {
  readonly world = new World({
    offerTimeoutMs: 20_000,
    maxCompletedTasksPerFramework: 5,
    maxUnreachableTasksPerFramework: 5,
    maxCompletedFrameworks: 2,
  });
  readonly agents: AgentPeer[] = [];
  readonly minds: Mind[] = [];
  private nextTask = 0;

  constructor(readonly dice: Dice) {}

  step(): void {
    const kinds: (() => unknown)[] = [
      () => this.addAgent(),
      () => this.addFramework(),
      () => this.accept(),
      () => this.accept(),
      () => this.accept(),
      () => this.update(),
      () => this.update(),
      () => this.update(),
      () => this.acknowledge(),
      () => this.acknowledge(),
      () => this.decline(),
      () => this.dice.below(3) === 0 && this.disconnect(),
      () => this.comeBack(),
      () => this.comeBack(),
      () => this.small(),
      () => this.small(),
      () => this.exitExecutor(),
      () => this.changeTotal(),
      () => this.operate(),
      () => this.pong(),
      () => this.pong(),
      () => this.world.advance([0, 0, 500, 1_000, 16_000][this.dice.below(5)]!),
      () => this.world.advance(this.dice.below(40) === 0 ? 700_000 : 1_000),
      () => this.accept(),
      () => this.accept(),
    ];
    this.dice.of(kinds)!();
    if (this.dice.below(2) === 0) this.world.settle();
    for (const mind of this.minds) {
      mind.offers.push(...mind.framework.offers());
      // Stale offers are kept now and then.
      if (this.dice.below(4) > 0) {
        const valid = mind.offers.filter((offer) => this.world.state.offers.has(offer.id));
        mind.offers.splice(0, mind.offers.length, ...valid);
      }
    }
  }

  private addAgent(): void {
    if (this.agents.length < 5) this.agents.push(this.world.agent(TOTAL));
  }

  private addFramework(): void {
    if (this.minds.length >= 6) return;
    const roles = ROLES.slice(this.dice.below(ROLES.length));
    const names = ['MULTI_ROLE', 'SHARED_RESOURCES', ...(this.dice.below(2) === 0 ? ['PARTITION_AWARE'] : [])];
    const framework = this.world.framework({
      roles,
      capabilities: names.map((type) => ({ type })),
      checkpoint: this.dice.below(2) === 0,
      failoverTimeoutSeconds: [0, 30, 1e6][this.dice.below(3)]!,
    });
    this.minds.push({ framework, offers: [] });
  }

  private accept(): void {
    const mind = this.dice.of(this.minds);
    if (mind === undefined) return;
    const offer = mind.offers.splice(this.dice.below(mind.offers.length + 1), 1)[0];
    if (offer === undefined) return;
    mind.framework.accept([offer], this.operations(offer), this.dice.below(3));
  }

  private operations(offer: OfferMessage): OperationMessage[] {
    const role = offer.allocationInfo?.role ?? 'a';
    const reservations = [{ type: 'DYNAMIC' as const, role }];
    const reserved = (text: string): Resource[] => resources(text).map((resource) => ({ ...resource, reservations }));
    // What is there already, or a new volume.
    const there = this.dice.of(offer.resources.filter((resource) => resource.disk?.persistence !== undefined));
    const volume: Resource = there ?? {
      ...reserved('disk:10')[0]!,
      disk: { persistence: { id: `v${this.dice.below(30)}` }, volume: { mode: 'RW', containerPath: 'v' } },
      ...(this.dice.below(2) === 0 ? { shared: true } : {}),
    };
    const reserve: OperationMessage = { type: 'RESERVE', reserve: { resources: reserved('cpus:1;disk:20') } };
    const unreserve: OperationMessage = { type: 'UNRESERVE', unreserve: { resources: reserved('cpus:1') } };
    const create: OperationMessage = { type: 'CREATE', create: { volumes: [volume] } };
    const destroy: OperationMessage = { type: 'DESTROY', destroy: { volumes: [volume] } };
    const launch = (): OperationMessage => ({ type: 'LAUNCH', launch: { taskInfos: this.tasks(offer, volume) } });
    const plans: (() => OperationMessage[])[] = [
      () => [launch()],
      () => [launch(), launch()],
      () => [reserve, create, launch()],
      () => [reserve, create, launch(), this.growOrShrink(volume, reserved('disk:5')[0]!)],
      () => [destroy, unreserve],
      () => [unreserve, launch(), reserve],
      () => [launch(), this.growOrShrink(volume, reserved('disk:5')[0]!), destroy],
      () => [],
    ];
    return this.dice.of(plans)!();
  }

  private growOrShrink(volume: Resource, addition: Resource): OperationMessage {
    if (this.dice.below(2) === 0) return { type: 'GROW_VOLUME', growVolume: { volume, addition } };
    return { type: 'SHRINK_VOLUME', shrinkVolume: { volume, subtract: 4 } };
  }

  private tasks(offer: OfferMessage, volume: Resource): ReturnType<typeof task>[] {
    return Array.from({ length: this.dice.below(4) }, () => {
      const id = `t${this.dice.below(6) === 0 ? this.dice.below(5) : this.nextTask++}`;
      const executor = {
        executorId: asExecutor(`e${this.dice.below(2)}`),
        command: { value: 'run' },
        resources: resources('cpus:0.1'),
      };
      const more = this.dice.below(2) === 0 ? {} : { executor };
      const made = task(id, offer, this.dice.of(['cpus:0.2;mem:64', 'cpus:0.1;ports:[1-2]', 'mem:10']), more);
      if (this.dice.below(4) === 0) made.resources = [...made.resources!, volume];
      return made;
    });
  }

  private update(): void {
    const mind = this.dice.of(this.minds);
    const agent = this.dice.of(this.agents);
    const tasks = this.world.state.frameworks.get(mind?.framework.id as never)?.tasks;
    const known = this.dice.of([...(tasks?.values() ?? [])]);
    if (mind === undefined || agent === undefined) return;
    const owner = this.agents.find((peer) => peer.id === known?.agentId && peer.closed === null) ?? agent;
    if (owner.closed !== null) return;
    const latest = this.dice.below(4) === 0 ? { latestState: 'TASK_FINISHED' as const } : {};
    owner.update(mind.framework.id, owner.status(known?.id ?? 't1', this.dice.of(STATES)!), latest);
  }

  private acknowledge(): void {
    const mind = this.dice.of(this.minds);
    if (mind === undefined || mind.framework.closed !== null) return;
    for (const status of mind.framework.statuses()) if (status.uuid !== undefined) mind.framework.acknowledge(status);
  }

  private decline(): void {
    const mind = this.dice.of(this.minds);
    if (mind === undefined || mind.framework.closed !== null) return;
    const offerIds = mind.offers.splice(0, this.dice.below(3)).map((offer) => offer.id);
    mind.framework.send({ type: 'DECLINE', offerIds, filters: { refuseSeconds: this.dice.below(10) } });
  }

  private disconnect(): void {
    const peer = this.dice.of([...this.agents, ...this.minds.map((mind) => mind.framework)]);
    if (peer?.closed === null) peer.close();
  }

  private comeBack(): void {
    if (this.dice.below(2) === 0) this.agentComesBack();
    else this.frameworkComesBack();
  }

  private frameworkComesBack(): void {
    const index = this.dice.below(this.minds.length + 1);
    const mind = this.minds[index];
    if (mind === undefined) return;
    const { framework } = mind;
    const again = this.world.frameworkLink();
    again.id = framework.id;
    const roles = ROLES.slice(0, 1 + this.dice.below(3));
    const capabilities = [{ type: 'MULTI_ROLE' }, { type: 'SHARED_RESOURCES' }];
    const info = { user: 'nobody', name: 'test', id: again.id, roles, capabilities };
    again.send({ type: 'SUBSCRIBE', frameworkId: again.id, frameworkInfo: { ...info, failoverTimeoutSeconds: 30 } });
    if (again.take('ERROR').length > 0) this.minds.splice(index, 1);
    else this.minds[index] = { framework: again, offers: [] };
  }

  /** An agent comes back with some of what the master believes there, and with something else. */
  private agentComesBack(): void {
    const index = this.dice.below(this.agents.length + 1);
    const before = this.agents[index];
    if (before === undefined) return;
    const { state } = this.world;
    const agent = state.agents.get(before.id);
    const frameworks = [...state.frameworks.values()].map((framework) => framework.info);
    const tasks: TaskMessage[] = [];
    for (const known of agent?.tasks ?? []) {
      if (this.dice.below(3) > 0) tasks.push(reportOf(known, this.dice.of(STATES)!));
    }
    for (const framework of state.frameworks.values()) {
      for (const known of framework.unreachableTasks.values()) {
        if (known.agentId === before.id && this.dice.below(2) === 0) tasks.push(reportOf(known, 'TASK_RUNNING'));
      }
    }
    const executors = [...(agent?.executors.values() ?? [])]
      .flatMap((ofFramework) => [...ofFramework.values()])
      .filter(() => this.dice.below(2) === 0)
      .map(({ info, framework: { id } }) => ({ executorInfo: { ...info, frameworkId: id }, frameworkId: id }));
    const again = this.world.agentLink();
    again.id = before.id;
    const agentInfo = {
      id: before.id,
      hostname: `host${before.link}`,
      port: 5051,
      resources: resources(TOTAL),
    };
    if (agent !== undefined) agentInfo.hostname = agent.info.hostname;
    const able = { version: '1.11.0', capabilities: ABLE };
    again.send({ type: 'REREGISTER_AGENT', agentInfo, ...able, frameworks, tasks, executors });
    this.agents[index] = again;
  }

  private small(): void {
    const mind = this.dice.of(this.minds);
    const agent = this.dice.of(this.agents);
    if (mind === undefined || mind.framework.closed !== null) return;
    const { framework } = mind;
    const taskId = asTask(`t${this.dice.below(this.nextTask + 1)}`);
    switch (this.dice.below(9)) {
      case 0:
        framework.send({ type: 'KILL', taskId });
        break;
      case 1:
        framework.send({ type: 'RECONCILE' });
        break;
      case 2:
        if (agent !== undefined) framework.send({ type: 'RECONCILE', tasks: [{ taskId, agentId: agent.id }] });
        break;
      case 3:
        framework.send({ type: 'SUPPRESS', roles: [] });
        break;
      case 4:
        framework.send({ type: 'REVIVE' });
        break;
      case 5:
        if (this.dice.below(10) === 0) framework.send({ type: 'TEARDOWN' });
        break;
      case 6:
        if (agent !== undefined) framework.send({ type: 'SHUTDOWN', executorId: asExecutor('e0'), agentId: agent.id });
        break;
      case 7:
        if (agent?.closed !== null || this.dice.below(5) > 0) break;
        agent.send({ type: 'UNREGISTER_AGENT', agentId: agent.id });
        break;
      default:
        framework.send({ type: 'REQUEST', requests: [] });
    }
  }

  private exitExecutor(): void {
    const agent = this.dice.of(this.agents);
    const mind = this.dice.of(this.minds);
    if (agent === undefined || mind === undefined || agent.closed !== null) return;
    const ids = { agentId: agent.id, frameworkId: mind.framework.id, executorId: asExecutor(`e${this.dice.below(2)}`) };
    agent.send({ type: 'EXITED_EXECUTOR', ...ids, status: 0 });
  }

  private changeTotal(): void {
    const agent = this.dice.of(this.agents);
    if (agent === undefined || agent.closed !== null) return;
    const oversubscribed = resources('cpus:2').map((resource) => ({ ...resource, revocable: true }));
    const text = this.dice.of([TOTAL, 'cpus:1;mem:100;cpus(a):1', 'mem:2000']);
    const total = this.dice.below(3) === 0 ? { totalResources: resources(text!) } : {};
    agent.send({ type: 'UPDATE_AGENT', agentId: agent.id, oversubscribedResources: oversubscribed, ...total });
  }

  private operate(): void {
    const agent = this.dice.of(this.agents);
    if (agent === undefined) return;
    const agentId = agent.id;
    const reservations = [{ type: 'DYNAMIC' as const, role: 'c', principal: 'ops' }];
    const list = resources('cpus:1').map((resource) => ({ ...resource, reservations }));
    switch (this.dice.below(6)) {
      case 0:
        this.world.operator({ type: 'UPDATE_WEIGHTS', weights: [{ role: 'a', weight: 1 + this.dice.below(3) }] });
        break;
      case 1:
        this.world.operator({ type: 'UPDATE_QUOTA', configs: [QUOTA] });
        break;
      case 2:
        this.world.operator({ type: 'RESERVE_RESOURCES', agentId, resources: list });
        break;
      case 3:
        this.world.operator({ type: 'UNRESERVE_RESOURCES', agentId, resources: list });
        break;
      case 4:
        this.world.operator({ type: 'UPDATE_UNAVAILABILITY', agentId, unavailability: { startMs: this.world.nowMs } });
        break;
      default:
        this.world.operator({ type: 'UPDATE_UNAVAILABILITY', agentId, unavailability: null });
    }
  }

  private pong(): void {
    for (const agent of this.agents) agent.answersPings = this.dice.below(4) > 0;
  }
}

const QUOTA = { role: 'a', guarantees: { cpus: 1 }, limits: { cpus: 3 } };

function reportOf(known: Pick<Task, 'id' | 'agentId' | 'role' | 'framework'>, state: TaskState): TaskMessage {
  return {
    name: known.id,
    taskId: known.id,
    frameworkId: known.framework.id,
    agentId: known.agentId,
    state,
    resources: resources('cpus:1;mem:64').map((resource) => ({ ...resource, allocationInfo: { role: known.role } })),
  };
}

const PLAYS = 60;
const STEPS = 250;

test('random plays keep both ends of every relation and the allocator in step', () => {
  let launched = 0;
  let ended = 0;
  for (let seed = 0; seed < PLAYS; seed++) {
    const play = new Play(new Dice(seed));
    try {
      for (let step = 0; step < STEPS; step++) play.step();
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    }
    const { counters } = play.world.state;
    launched += counters.plain.messages_launch_tasks;
    ended += counters.ended.TASK_FINISHED + counters.ended.TASK_FAILED;
  }
  assert.ok(launched > 500, `${launched} launches`);
  assert.ok(ended > 80, `${ended} tasks ended`);
});
