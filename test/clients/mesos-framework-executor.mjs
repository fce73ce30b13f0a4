/**
 * An executor on the npm package mesos-framework 0.5.3. It tells that its task runs and greets; a message `finish ID`
 * of the scheduler finishes a task, other messages come back.
 */
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';

const { Executor } = createRequire(import.meta.url)('mesos-framework');

/** @type {(taskId: object, state: string) => void} */
function update(taskId, state) {
  const uuid = randomBytes(16).toString('base64');
  executor.update({ task_id: taskId, state, source: 'SOURCE_EXECUTOR', uuid, timestamp: Date.now() / 1000 });
}

/** By type of event. The package takes handlers with exactly one parameter only, and has none that work. */
const handlers = {
  SUBSCRIBED(/** @type {{ executor_info: { executor_id: object } }} */ event) {
    console.log('subscribed', JSON.stringify(event.executor_info.executor_id));
  },
  LAUNCH(/** @type {{ task: { task_id: { value: string } } }} */ { task }) {
    update(task.task_id, 'TASK_RUNNING');
    executor.message(`hello from ${task.task_id.value}`);
  },
  KILL(/** @type {{ task_id: object }} */ event) {
    update(event.task_id, 'TASK_KILLED');
  },
  ACKNOWLEDGED(/** @type {{ task_id: { value: string } }} */ event) {
    console.log('acknowledged', event.task_id.value);
  },
  MESSAGE(/** @type {{ data: string }} */ event) {
    const text = Buffer.from(event.data, 'base64').toString();
    const [, id] = /^finish (.*)$/.exec(text) ?? [];
    if (id === undefined) executor.message(`echo: ${text}`);
    else update({ value: id }, 'TASK_FINISHED');
  },
  ERROR(/** @type {object} */ event) {
    console.log('error', JSON.stringify(event));
  },
  SHUTDOWN(/** @type {unknown} */ event) {
    console.log('shutdown', event);
    process.exit(0);
  },
};

const executor = new Executor({ handlers });
executor.on('error', (/** @type {unknown} */ error) => console.error('error', error));
executor.subscribe();
