/** The laws notice when somebody breaks them: each test tampers with something and names what must be told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseEngine } from '../../src/engine/create-engine.js';
import type { Agent, MasterState, Offer, Task } from '../../src/master/core/state.js';
import type { TaskId } from '../../src/protocol/schema.js';
import type { Reason, Source, TaskInfo, TaskState, TaskStatus } from '../../src/protocol/task.js';
import type { Scenario } from '../../src/sim/scenario.js';
import { checkAgents, checkFrameworks, checkMaster, tasksOf, unquiet } from '../../src/sim/invariants.js';
import { runScript } from '../../src/sim/script.js';
import { bookLaunch, bookStatus, isSettled, type TaskBook } from '../../src/sim/task-book.js';

const SCRIPT = `agent a1 cpus:4;mem:4096
agent a2 cpus:2;mem:1024
framework f1
advance 2s
accept f1 O0 refuse=0s t1(cpus:1;mem:64)
advance 2s
`;

interface At {
  readonly scenario: Scenario;
  readonly state: MasterState;
  readonly agent: Agent;
  readonly other: Agent;
  readonly task: Task;
  readonly offer: Offer;
}

/** Two agents, one task on one of them, offers of both. */
function cluster(): At {
  const { scenario, text } = runScript(SCRIPT, { engine: chooseEngine('typescript').factory });
  const { state } = scenario.cluster.master;
  const [agent, other] = [...state.agents.values()].sort((a, b) => b.tasks.size - a.tasks.size);
  const [task] = [...(agent?.tasks ?? [])];
  const [offer] = [...(agent?.offers ?? [])];
  assert.ok(agent && other && task && offer, text);
  const { cluster: all } = scenario;
  assert.deepEqual([...checkMaster(state), ...checkAgents(all), ...checkFrameworks(all)], []);
  return { scenario, state, agent, other, task, offer };
}

const TAMPERINGS: Readonly<Record<string, [(at: At) => void, RegExp]>> = {
  'resources of a running task are free': [
    ({ state, task }) => {
      state.allocator.recoverResources(task.framework.id, task.agentId, task.role, task.resources);
    },
    /M-0000 in \* holds cpus:\d;mem:\d+, the master's books say cpus:/,
  ],
  'an offer is recovered but still outstanding': [
    ({ state, offer }) => {
      state.allocator.recoverResources(offer.frameworkId, offer.agentId, offer.role, offer.resources);
    },
    /the master's books say/,
  ],
  'a task ends and keeps its resources': [({ task }) => void (task.state = 'TASK_FINISHED'), /the master's books say/],
  'an offer is forgotten by its agent': [({ agent, offer }) => void agent.offers.delete(offer), /is not in all books/],
  'an offer is forgotten by the master': [({ state, offer }) => void state.offers.delete(offer.id), /agents have/],
  'an offer outlives its framework': [({ state, offer }) => void state.frameworks.delete(offer.frameworkId), /gone/],
  'an offer outlives its agent': [({ state, agent }) => void state.agents.delete(agent.id), /agent that is gone/],
  'an agent that is not active is offered': [({ agent }) => void (agent.active = false), /agent is not active/],
  'a framework without a link is offered something': [
    ({ offer }) => void (offer.framework.link = null),
    /its framework is disconnected/,
  ],
  'a task is on two agents': [({ other, task }) => void other.tasks.add(task), /is on two agents/],
  'a task is not with its agent': [({ agent, task }) => void agent.tasks.delete(task), /is not with its agent/],
  'a task is not with its framework': [
    ({ task }) => void task.framework.tasks.delete(task.id),
    /not with its framework/,
  ],
  'the allocator keeps an agent': [({ state, other }) => void state.agents.delete(other.id), /the allocator keeps M-S/],
};

for (const [name, [tamper, expected]] of Object.entries(TAMPERINGS)) {
  test(`it is noticed that ${name}`, () => {
    const at = cluster();
    tamper(at);
    assert.match(checkMaster(at.state).join('\n'), expected);
  });
}

test('it is noticed that a task lives on two agents', () => {
  const { scenario } = cluster();
  const [first, second] = [...scenario.cluster.agents.values()].map(({ process }) => process.state);
  assert.ok(first && second);
  const [from, to] = tasksOf(first).length > 0 ? [first, second] : [second, first];
  for (const [id, framework] of from.frameworks) to.frameworks.set(id, framework);
  assert.match(checkAgents(scenario.cluster).join('\n'), /task M-0000 t1 is on a\d and on a\d/);
});

test('what is left to do is told until nothing is', () => {
  const { scenario } = cluster();
  assert.match(unquiet(scenario.cluster).join('\n'), /f1 waits for the end of t1 \(TASK_RUNNING\)/);
  const process = scenario.cluster.frameworks.get('f1');
  process?.push({ type: 'CallTold', at: process.now(), call: { type: 'KILL', taskId: 't1' as TaskId } });
  scenario.advance(5000);
  assert.deepEqual(unquiet(scenario.cluster), []);
});

let uuids = 0;

function status(state: TaskState, source: Source, more: { reason?: Reason; uuid?: Uint8Array } = {}): TaskStatus {
  const uuid = source === 'SOURCE_MASTER' ? {} : { uuid: Uint8Array.of(0, 0, 0, ++uuids) };
  return { taskId: 't1' as TaskId, state, source, ...uuid, ...more };
}

const once = status('TASK_RUNNING', 'SOURCE_EXECUTOR');
const BOOKS: readonly { name: string; statuses: readonly TaskStatus[]; complaint: RegExp | null }[] = [
  { name: 'a life', statuses: [once, status('TASK_FINISHED', 'SOURCE_EXECUTOR')], complaint: null },
  { name: 'the same again', statuses: [once, once, once], complaint: null },
  {
    name: 'life after the end',
    statuses: [status('TASK_FAILED', 'SOURCE_AGENT'), status('TASK_RUNNING', 'SOURCE_EXECUTOR')],
    complaint: /TASK_FAILED .* was followed by t1 TASK_RUNNING/,
  },
  {
    name: 'two ends',
    statuses: [status('TASK_FAILED', 'SOURCE_AGENT'), status('TASK_FINISHED', 'SOURCE_EXECUTOR')],
    complaint: /was followed by/,
  },
  {
    name: 'an old status after a newer one',
    statuses: [once, status('TASK_KILLING', 'SOURCE_EXECUTOR'), once],
    complaint: /old status came again/,
  },
  {
    name: 'lost, and back again',
    statuses: [status('TASK_LOST', 'SOURCE_MASTER'), status('TASK_RUNNING', 'SOURCE_MASTER')],
    complaint: null,
  },
  {
    name: 'lost by its agent, and back again',
    statuses: [status('TASK_LOST', 'SOURCE_AGENT'), status('TASK_RUNNING', 'SOURCE_MASTER')],
    complaint: /was followed by/,
  },
  {
    name: 'an answer about a task that is over',
    statuses: [
      status('TASK_FINISHED', 'SOURCE_EXECUTOR'),
      status('TASK_UNKNOWN', 'SOURCE_MASTER', { reason: 'REASON_RECONCILIATION' }),
    ],
    complaint: null,
  },
];

for (const { name, statuses, complaint } of BOOKS) {
  test(`the book of a task: ${name}`, () => {
    const books = new Map<TaskId, TaskBook>();
    bookLaunch(books, { name: 't1', taskId: 't1', agentId: 'a' } as TaskInfo, 0);
    const complaints = statuses.map((each) => bookStatus(books, each, 1)).filter((text) => text !== null);
    if (complaint === null) assert.deepEqual(complaints, []);
    else assert.match(complaints.join('\n'), complaint);
  });
}

test('the book of a task: it is settled with its end; a task nobody launched is none', () => {
  const books = new Map<TaskId, TaskBook>();
  assert.match(bookStatus(books, once, 1) ?? '', /never launched/);
  bookLaunch(books, { name: 't1', taskId: 't1', agentId: 'a' } as TaskInfo, 0);
  const book = books.get('t1' as TaskId)!;
  assert.equal(isSettled(book), false);
  bookStatus(books, status('TASK_FINISHED', 'SOURCE_EXECUTOR'), 1);
  assert.equal(isSettled(book), true);
});
