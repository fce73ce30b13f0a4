/** How handlers say what is to be done: messages to frameworks and agents, logs, timers. */
import type { LinkId, LogFields } from '../../base/core.js';
import type { AgentEvent, SchedulerCall, SchedulerEvent } from '../../protocol/messages.js';
import type { MasterEffect } from './events.js';
import type { Agent, Framework, MasterState } from './state.js';

/** Sends an event to a framework, if it is connected. */
export function toFramework(framework: Framework, message: SchedulerEvent, effects: MasterEffect[]): void {
  if (framework.link === null) return;
  framework.counters.events[message.type]++;
  effects.push({ type: 'Send', link: framework.link, message });
}

/** Sends a message to an agent, if it is connected. */
export function toAgent(agent: Agent, message: AgentEvent, effects: MasterEffect[]): void {
  if (agent.link !== null) effects.push({ type: 'Send', link: agent.link, message });
}

export function toLink(link: LinkId, message: SchedulerEvent | AgentEvent, effects: MasterEffect[]): void {
  effects.push({ type: 'Send', link, message });
}

export function info(effects: MasterEffect[], text: string, fields?: LogFields): void {
  effects.push({ type: 'Log', level: 'info', text, ...(fields === undefined ? {} : { fields }) });
}

export function warn(effects: MasterEffect[], text: string, fields?: LogFields): void {
  effects.push({ type: 'Log', level: 'warn', text, ...(fields === undefined ? {} : { fields }) });
}

/** A call of a framework that is not followed, as Mesos drops it: with a line in the log. */
export function drop(
  framework: Framework,
  call: SchedulerCall['type'] | 'operation',
  reason: string,
  effects: MasterEffect[],
): void {
  warn(effects, `dropping ${call}`, { framework: framework.id, reason });
}

/** Resources have come back from what has ended: they are offered again at once (see `reofferIntervalMs`). */
export function reoffer(state: MasterState): void {
  const { reofferIntervalMs } = state.settings;
  if (reofferIntervalMs === undefined || state.reofferAtMs !== Infinity) return;
  state.reofferAtMs = Math.max(state.nowMs, state.allocatedMs + reofferIntervalMs);
}

/** Has the event-driven or batch run of the allocator called when it is due. */
export function armAllocation(state: MasterState, effects: MasterEffect[]): void {
  const dueMs = Math.min(state.allocator.nextDeadlineMs(), state.reofferAtMs);
  if (dueMs === state.allocateAtMs) return;
  state.allocateAtMs = dueMs;
  if (dueMs === Infinity) effects.push({ type: 'ClearTimer', timer: 'allocate' });
  else effects.push({ type: 'SetTimer', timer: 'allocate', atMs: Math.max(dueMs, state.nowMs) });
}
