/**
 * The commands of scenarios, one function each. Commands take no time; only `advance` lets time pass, and with it
 * everything that has been set going. docs/simulator.md lists them.
 */
import type { RemovalRate } from '../master/core/config.js';
import type { SchedulerCall } from '../protocol/messages.js';
import type { AgentId, ExecutorId, OfferId, TaskId } from '../protocol/schema.js';
import type { TaskState } from '../protocol/task.js';
import type { FrameworkProcess } from './cluster.js';
import type { AgentProcess, ExecutorNode } from './hosts.js';
import { accept } from './framework-state.js';
import type { PolicyName } from './framework-state.js';
import type { LinkEnd, Verdict } from './network.js';
import type { Scenario } from './scenario.js';
import { type Command, parseMs, word, wrong } from './script-parse.js';
import { SHOWS } from './script-show.js';
import { parseTask } from './script-tasks.js';

type AgentOperation = 'DEACTIVATE_AGENT' | 'REACTIVATE_AGENT' | 'DRAIN_AGENT' | 'MARK_AGENT_GONE';

type Run = (scenario: Scenario, command: Command) => void;

function framework(scenario: Scenario, command: Command): FrameworkProcess {
  const name = word(command, 0, 'framework');
  const found = scenario.cluster.frameworks.get(name);
  if (found === undefined) throw wrong(command, `there is no framework ${name}`, 'add it with framework NAME');
  return found;
}

function agentProcess(scenario: Scenario, command: Command, name: string): AgentProcess {
  const found = scenario.cluster.agents.get(name);
  if (found === undefined) throw wrong(command, `there is no agent ${name}`, 'add it with agent NAME RESOURCES');
  return found.process;
}

function agentIdOf(scenario: Scenario, command: Command, name: string): AgentId {
  return agentProcess(scenario, command, name).state.info.id ?? ('unregistered' as AgentId);
}

function executor(scenario: Scenario, command: Command): ExecutorNode {
  const name = word(command, 0, 'executor');
  const found = [...scenario.cluster.executors.values()].find((node) => node.name === name && !node.over);
  if (found === undefined) throw wrong(command, `there is no executor ${name}`, 'name it AGENT/EXECUTOR');
  return found;
}

/** Offers of the master that leads by their short names, or `all`. */
function offerIds(scenario: Scenario, process: FrameworkProcess, text: string): OfferId[] {
  const held = [...process.state.offers.keys()];
  if (text === 'all') return held;
  const { id } = scenario.cluster.master.state.settings.masterInfo;
  return text.split(',').map((name) => `${id}-${name}` as OfferId);
}

function refuseOf(command: Command): number | undefined {
  const text = command.options.get('refuse');
  return text === undefined ? undefined : parseMs(command, text) / 1000;
}

function tell(process: FrameworkProcess, call: SchedulerCall): void {
  process.push({ type: 'CallTold', at: process.now(), call });
}

function rolesFrom(command: Command): { roles?: string[] } {
  const roles = command.words.slice(1);
  return roles.length === 0 ? {} : { roles };
}

/** The options that are given, by the names of the settings that they stand for, in milliseconds. */
function settingsOf(command: Command, names: Readonly<Record<string, string>>): Record<string, number> {
  const settings: Record<string, number> = {};
  for (const [option, setting] of Object.entries(names)) {
    const text = command.options.get(option);
    if (text !== undefined) settings[setting] = parseMs(command, text);
  }
  return settings;
}

/** `1/10m`: one in ten minutes. */
function rateOf(command: Command): { agentRemovalRate?: RemovalRate } {
  const text = command.options.get('removal-rate');
  if (text === undefined) return {};
  const [count, per = ''] = text.split('/');
  return { agentRemovalRate: { count: Number(count), perMs: parseMs(command, per) } };
}

const runCluster: Run = (scenario, command) => {
  const { options } = command;
  const limit = options.get('removal-limit');
  scenario.makeCluster({
    masters: Number(options.get('masters') ?? 1),
    ...settingsOf(command, { session: 'sessionMs', 'master-restart': 'restartMs' }),
    master: {
      ...settingsOf(command, {
        'offer-timeout': 'offerTimeoutMs',
        ping: 'agentPingTimeoutMs',
        'reregister-timeout': 'agentReregisterTimeoutMs',
      }),
      ...(limit === undefined ? {} : { recoveryAgentRemovalLimit: Number(limit) }),
      ...rateOf(command),
    },
    agent: settingsOf(command, { 'executor-timeout': 'executorRegistrationTimeoutMs' }),
  });
};

const runFramework: Run = (scenario, command) => {
  const { options } = command;
  const name = word(command, 0, 'name');
  const failover = options.get('failover');
  const capabilities = (options.get('capabilities') ?? '').split(',').filter((text) => text !== '');
  const flags = new Set(command.words.slice(1));
  scenario.cluster.addFramework({
    name,
    info: {
      user: 'root',
      name,
      roles: (options.get('roles') ?? '*').split(','),
      capabilities: ['MULTI_ROLE', ...capabilities].map((type) => ({ type })),
      checkpoint: flags.has('checkpoint'),
      ...(failover === undefined ? {} : { failoverTimeoutSeconds: parseMs(command, failover) / 1000 }),
    },
    policy: (options.get('policy') ?? 'manual') as PolicyName,
    seed: 1,
    backlog: Number(options.get('tasks') ?? 0),
    acknowledges: !flags.has('no-acks'),
    reconnects: !flags.has('no-reconnects'),
  });
};

const runAccept: Run = (scenario, command) => {
  const process = framework(scenario, command);
  const ids = offerIds(scenario, process, word(command, 1, 'offers'));
  const { state } = scenario.cluster.master;
  const agentName = command.options.get('agent');
  const held = ids.map((id) => process.state.offers.get(id)?.agentId ?? state.offers.get(id)?.agentId);
  const agentId = agentName === undefined ? held[0] : agentIdOf(scenario, command, agentName);
  if (agentId === undefined) throw wrong(command, 'nobody knows the offer', 'say agent=NAME for an offer that is gone');
  const tasks = command.words.slice(2).map((text) => parseTask(command, text, agentId));
  const call = accept(ids.map((id) => ({ id })), tasks, refuseOf(command));
  tell(process, tasks.length === 0 && call.type === 'ACCEPT' ? { ...call, operations: [] } : call);
};

const runDecline: Run = (scenario, command) => {
  const process = framework(scenario, command);
  const refuseSeconds = refuseOf(command);
  tell(process, {
    type: 'DECLINE',
    offerIds: offerIds(scenario, process, word(command, 1, 'offers')),
    ...(refuseSeconds === undefined ? {} : { filters: { refuseSeconds } }),
  });
};

const runKill: Run = (scenario, command) => {
  const agentName = command.options.get('agent');
  tell(framework(scenario, command), {
    type: 'KILL',
    taskId: word(command, 1, 'task') as TaskId,
    ...(agentName === undefined ? {} : { agentId: agentIdOf(scenario, command, agentName) }),
  });
};

/** `ack f1 t1`: the oldest status that is not acknowledged; `ack f1 t1 again=2`: the second status that ever came. */
const runAck: Run = (scenario, command) => {
  const process = framework(scenario, command);
  const taskId = word(command, 1, 'task') as TaskId;
  const book = process.state.tasks.get(taskId);
  const seen = scenario.uuids.get(`${process.name} ${taskId}`) ?? [];
  const waiting = process.state.unacknowledged;
  const index = waiting.findIndex((status) => status.taskId === taskId);
  const again = command.options.get('again');
  const uuid = again === undefined ? waiting[index]?.uuid : seen[Number(again) - 1];
  if (uuid === undefined || book === undefined) throw wrong(command, 'there is no such status', 'see the output above');
  if (again === undefined) waiting.splice(index, 1);
  tell(process, { type: 'ACKNOWLEDGE', agentId: book.agentId, taskId, uuid });
};

const runReconcile: Run = (scenario, command) => {
  const process = framework(scenario, command);
  const tasks = command.words.slice(1).map((id) => {
    const book = process.state.tasks.get(id as TaskId);
    return { taskId: id as TaskId, ...(book === undefined ? {} : { agentId: book.agentId }) };
  });
  tell(process, { type: 'RECONCILE', ...(tasks.length === 0 ? {} : { tasks }) });
};

const runTask: Run = (scenario, command) => {
  const taskId = word(command, 0, 'task') as TaskId;
  const state = word(command, 1, 'state') as TaskState;
  for (const { process } of scenario.cluster.executors.values()) {
    if (process?.state.tasks.has(taskId) === true) process.push({ type: 'TaskTold', at: process.now(), taskId, state });
  }
};

function linksBetween(scenario: Scenario, command: Command): LinkEnd[] {
  const [a, b] = [word(command, 0, 'process'), word(command, 1, 'process')];
  return scenario.network.openLinks().filter((end) => {
    const names = [end.owner.name, end.peer.owner.name];
    return names.includes(a) && names.includes(b);
  });
}

function meddle(verdict: Verdict): Run {
  return (scenario, command) => {
    const [from, to, type] = [word(command, 0, 'sender'), word(command, 1, 'receiver'), word(command, 2, 'type')];
    scenario.meddlings.push({ from, to, type, verdict, left: Number(command.options.get('times') ?? 1) });
  };
}

const runCrash: Run = (scenario, command) => {
  const name = word(command, 0, 'process');
  const { agents, frameworks, masters } = scenario.cluster;
  if (masters.has(name)) masters.crash(name);
  else if (agents.has(name)) scenario.cluster.crashAgent(name);
  else if (frameworks.has(name)) frameworks.get(name)!.crash();
  else scenario.cluster.killExecutor(executor(scenario, command), Number(command.options.get('status') ?? 9));
};

/** `restart a1`: with nothing; `restart a1 disk`: with its checkpoints; `restart a1 reboot`: so, on a fresh machine. */
const runRestart: Run = (scenario, command) => {
  const name = word(command, 0, 'process');
  const { masters } = scenario.cluster;
  if (masters.has(name)) {
    masters.start(name);
    return;
  }
  agentProcess(scenario, command, name);
  const how = command.words[1] ?? 'nothing';
  if (how !== 'nothing' && how !== 'disk' && how !== 'reboot') {
    throw wrong(command, `there is no restart with ${how}`, 'say disk or reboot, or nothing');
  }
  scenario.cluster.restartAgent(name, how);
};

export const COMMANDS: Readonly<Record<string, Run>> = {
  cluster: runCluster,
  agent: (scenario, command) => {
    const attributes = command.options.get('attributes');
    scenario.cluster.addAgent(word(command, 0, 'name'), word(command, 1, 'resources'), attributes);
  },
  framework: runFramework,
  advance: (scenario, command) => {
    scenario.advance(parseMs(command, word(command, 0, 'time')));
  },
  accept: runAccept,
  decline: runDecline,
  kill: runKill,
  ack: runAck,
  reconcile: runReconcile,
  revive: (scenario, command) => {
    tell(framework(scenario, command), { type: 'REVIVE', ...rolesFrom(command) });
  },
  suppress: (scenario, command) => {
    tell(framework(scenario, command), { type: 'SUPPRESS', ...rolesFrom(command) });
  },
  teardown: (scenario, command) => {
    tell(framework(scenario, command), { type: 'TEARDOWN' });
  },
  shutdown: (scenario, command) => {
    const executorId = word(command, 1, 'executor') as ExecutorId;
    const agentId = agentIdOf(scenario, command, word(command, 2, 'agent'));
    tell(framework(scenario, command), { type: 'SHUTDOWN', executorId, agentId });
  },
  task: runTask,
  connect: (scenario, command) => {
    const process = framework(scenario, command);
    process.push({ type: 'ConnectTold', at: process.now() });
  },
  disconnect: (scenario, command) => {
    const process = framework(scenario, command);
    for (const end of process.ends()) scenario.network.close(end, 'framework disconnects');
  },
  failover: (scenario, command) => {
    framework(scenario, command);
    scenario.cluster.failOverFramework(word(command, 0, 'framework'));
  },
  break: (scenario, command) => {
    for (const end of linksBetween(scenario, command)) scenario.network.break(end);
  },
  partition: (scenario, command) => {
    scenario.network.cut(word(command, 0, 'host'), word(command, 1, 'host'));
  },
  heal: (scenario, command) => {
    scenario.network.heal(word(command, 0, 'host'), word(command, 1, 'host'));
  },
  crash: runCrash,
  restart: runRestart,
  freeze: (scenario, command) => {
    const name = word(command, 0, 'process');
    const ms = parseMs(command, word(command, 1, 'time'));
    const { agents, frameworks, masters } = scenario.cluster;
    if (masters.has(name)) masters.freeze(name, ms);
    else (agents.get(name)?.process ?? frameworks.get(name))?.freeze(ms);
  },
  hang: (scenario, command) => {
    const { process } = executor(scenario, command);
    process?.push({ type: 'HangTold', at: process.now() });
  },
  lose: meddle('lose'),
  twice: meddle('twice'),
  hold: meddle('hold'),
  release: (scenario) => {
    scenario.network.release();
  },
  hide: (scenario, command) => {
    for (const what of command.words) scenario.hidden.add(what);
  },
  reveal: (scenario, command) => {
    for (const what of command.words) scenario.hidden.delete(what);
  },
  logs: (scenario) => {
    scenario.showsLogs = true;
  },
  weight: (scenario, command) => {
    const weights = [...command.options].map(([role, weight]) => ({ role, weight: Number(weight) }));
    scenario.cluster.operate({ type: 'UPDATE_WEIGHTS', weights });
  },
  quota: (scenario, command) => {
    const configs = [...command.options].map(([role, cpus]) => ({ role, guarantees: { cpus: Number(cpus) } }));
    scenario.cluster.operate({ type: 'UPDATE_QUOTA', configs, force: true });
  },
  'operator-agent': (scenario, command) => {
    const agentId = agentIdOf(scenario, command, word(command, 1, 'agent'));
    const type = word(command, 0, 'call').toUpperCase().replaceAll('-', '_');
    scenario.cluster.operate({ type: type as AgentOperation, agentId });
  },
  'operator-teardown': (scenario, command) => {
    const { id } = framework(scenario, command).state;
    if (id !== null) scenario.cluster.operate({ type: 'TEARDOWN', frameworkId: id });
  },
  show: (scenario, command) => {
    for (const what of command.words) {
      const show = SHOWS[what];
      if (show === undefined) throw wrong(command, `${what} cannot be shown`, `show ${Object.keys(SHOWS).join(', ')}`);
      for (const line of show(scenario)) scenario.print(line);
    }
  },
};
