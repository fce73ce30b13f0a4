/**
 * The tables of `mete agents`, `frameworks`, `tasks`, `offers`, `roles` and `state`: which answer of the master each
 * shows, and how its JSON (Mesos' field names) becomes rows.
 */

type Json = Readonly<Record<string, unknown>>;

export interface View {
  readonly name: string;
  readonly summary: string;
  /** The path the master answers. */
  readonly path: string;
  readonly columns: readonly string[];
  readonly rows: (answer: Json) => string[][];
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `cpus:4; mem:4096`, without what is zero. */
function resources(value: unknown): string {
  const parts = Object.entries(record(value)).filter(([, amount]) => amount !== 0 && amount !== '');
  return parts.map(([name, amount]) => `${name}:${text(amount)}`).join('; ');
}

function roles(framework: Json): string {
  return framework['roles'] === undefined ? text(framework['role']) : list(framework['roles']).map(text).join(', ');
}

function condition(framework: Json): string {
  if (framework['recovered'] === true) return 'recovered';
  if (framework['connected'] !== true) return 'disconnected';
  return framework['active'] === true ? 'active' : 'inactive';
}

function tasksOf(answer: Json): Json[] {
  return list(answer['tasks']);
}

function offersOf(answer: Json): Json[] {
  return list(answer['frameworks']).flatMap((framework) => list(framework['offers']));
}

/** The master in a few lines. */
function stateRows(answer: Json): string[][] {
  const frameworks = list(answer['frameworks']);
  const tasks = frameworks.flatMap((framework) => list(framework['tasks']));
  const started = new Date(Number(answer['start_time']) * 1000);
  return [
    ['master', text(answer['pid'])],
    ['id', text(answer['id'])],
    ['version', text(answer['version'])],
    ['started', Number.isNaN(started.getTime()) ? '' : started.toISOString()],
    ['agents', `${text(answer['activated_slaves'])} active, ${text(answer['unreachable_slaves'])} unreachable`],
    ['frameworks', `${frameworks.length}, ${list(answer['completed_frameworks']).length} completed`],
    ['tasks', String(tasks.length)],
    ['offers', String(offersOf(answer).length)],
  ];
}

export const VIEWS: readonly View[] = [
  {
    name: 'agents',
    summary: 'the agents, what they have, what of it is used and offered',
    path: '/slaves',
    columns: ['ID', 'HOST', 'STATE', 'TOTAL', 'USED', 'OFFERED'],
    rows: (answer) =>
      list(answer['slaves']).map((agent) => [
        text(agent['id']),
        `${text(agent['hostname'])}:${text(agent['port'])}`,
        agent['active'] === true ? 'active' : 'inactive',
        resources(agent['resources']),
        resources(agent['used_resources']),
        resources(agent['offered_resources']),
      ]),
  },
  {
    name: 'frameworks',
    summary: 'the frameworks and what they hold',
    path: '/frameworks',
    columns: ['ID', 'NAME', 'ROLES', 'STATE', 'TASKS', 'USED', 'OFFERED'],
    rows: (answer) =>
      list(answer['frameworks']).map((framework) => [
        text(framework['id']),
        text(framework['name']),
        roles(framework),
        condition(framework),
        String(list(framework['tasks']).length),
        resources(framework['used_resources']),
        resources(framework['offered_resources']),
      ]),
  },
  {
    name: 'tasks',
    summary: 'the newest tasks and their states',
    path: '/tasks?limit=1000',
    columns: ['ID', 'NAME', 'FRAMEWORK', 'AGENT', 'STATE', 'RESOURCES'],
    rows: (answer) =>
      tasksOf(answer).map((task) => [
        text(task['id']),
        text(task['name']),
        text(task['framework_id']),
        text(task['slave_id']),
        text(task['state']),
        resources(task['resources']),
      ]),
  },
  {
    name: 'offers',
    summary: 'the offers that are not answered yet',
    path: '/frameworks',
    columns: ['ID', 'FRAMEWORK', 'AGENT', 'ROLE', 'RESOURCES'],
    rows: (answer) =>
      offersOf(answer).map((offer) => [
        text(offer['id']),
        text(offer['framework_id']),
        text(offer['slave_id']),
        text(record(offer['allocation_info'])['role']),
        resources(offer['resources']),
      ]),
  },
  {
    name: 'roles',
    summary: 'the roles, their weights and quota, and what they hold',
    path: '/roles',
    columns: ['ROLE', 'WEIGHT', 'FRAMEWORKS', 'ALLOCATED', 'GUARANTEE', 'LIMIT'],
    rows: (answer) =>
      list(answer['roles']).map((role) => [
        text(role['name']),
        text(role['weight']),
        String(list(role['frameworks']).length),
        resources(role['resources']),
        resources(record(role['quota'])['guarantee']),
        resources(record(role['quota'])['limit']),
      ]),
  },
  {
    name: 'state',
    summary: 'the master and its cluster in a few lines; with --json everything it knows',
    path: '/state',
    columns: ['WHAT', 'VALUE'],
    rows: stateRows,
  },
];
