/** Whether tasks hold resources. */
import { isTerminal, type TaskState } from '../../protocol/task.js';

/** Whether a task in this state holds nothing any more. */
export function holdsNothing(state: TaskState): boolean {
  return isTerminal(state) || state === 'TASK_UNREACHABLE';
}
