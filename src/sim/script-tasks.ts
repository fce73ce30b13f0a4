/**
 * Tasks as scenarios write them: `t1(cpus:2;mem:1024 for:5s end:fail kill:deaf executor:e1)`. Without `executor` it is
 * a command; without `for` and `end` it stays until it is killed or told to end.
 */
import type { AgentId, ExecutorId, TaskId } from '../protocol/schema.js';
import type { TaskInfo } from '../protocol/task.js';
import { resourcesToMessages } from '../resources/message-form.js';
import { parseResources } from '../resources/parse-text.js';
import { type Command, parseMs, wrong } from './script-parse.js';
import { ENDINGS, KILL_MANNERS, PLAIN_PLAN, planLabels, type TaskPlan } from './task-plan.js';

const BUILT_IN = { shell: false, value: 'mete', arguments: ['mete', 'executor'] };

export function parseTask(command: Command, text: string, agentId: AgentId): TaskInfo {
  const [, id, inside = ''] = /^([^(]+)\((.*)\)$/.exec(text) ?? [];
  if (id === undefined) throw wrong(command, `${text} is no task`, 'write t1(cpus:1;mem:64 for:5s end:finish)');
  const [resources = '', ...words] = inside.split(/\s+/);
  const fields = new Map(words.map((field) => field.split(':', 2) as [string, string]));
  const executorId = fields.get('executor') as ExecutorId | undefined;
  return {
    name: id,
    taskId: id as TaskId,
    agentId,
    ...(resources === '' ? {} : { resources: resourcesToMessages(parseResources(resources)) }),
    labels: planLabels(parsePlan(command, fields)),
    ...(executorId === undefined
      ? { command: { value: 'run' } }
      : { executor: { executorId, type: 'CUSTOM', command: BUILT_IN } }),
  };
}

function parsePlan(command: Command, fields: ReadonlyMap<string, string>): TaskPlan {
  const forText = fields.get('for');
  const end = oneOf(command, 'end', fields.get('end'), ENDINGS);
  const kill = oneOf(command, 'kill', fields.get('kill'), KILL_MANNERS);
  return {
    forMs: forText === undefined ? 0 : parseMs(command, forText),
    end: end ?? (forText === undefined ? PLAIN_PLAN.end : 'finish'),
    kill: kill ?? PLAIN_PLAN.kill,
  };
}

function oneOf<T extends string>(
  command: Command,
  field: string,
  text: string | undefined,
  words: readonly T[],
): T | null {
  if (text === undefined) return null;
  const found = words.find((candidate) => candidate === text);
  if (found === undefined) throw wrong(command, `${field}:${text} is not known`, `write one of ${words.join(', ')}`);
  return found;
}
