/**
 * A framework on the npm package mesos-framework: three tasks, then TEARDOWN.
 * Run it with: node docs/examples/mesos-framework.mjs 127.0.0.1:5050
 */
import { createRequire } from 'node:module';

const { Scheduler, Mesos } = createRequire(import.meta.url)('mesos-framework');

const [masterUrl, port] = (process.argv[2] ?? '127.0.0.1:5050').split(':');
// the fields of a CommandInfo in the package: URIs, environment, shell, value, arguments, user
const commandInfo = new (Mesos.getMesos().CommandInfo)(null, null, true, 'echo hello from $HOST', null, null);
const scheduler = new Scheduler({
  masterUrl,
  port,
  frameworkName: 'hello',
  // longer than the 15 s between heartbeats; the default of 10 s subscribes anew again and again
  masterConnectionTimeout: 60,
  logging: { level: 'error' },
  tasks: { hello: { instances: 3, commandInfo, resources: { cpus: 0.1, mem: 32, ports: 0, disk: 0 } } },
});

let finished = 0;
scheduler.on('ready', () => scheduler.subscribe());
scheduler.on('subscribed', () => console.log(`framework ${scheduler.frameworkId}`));
// what an ACCEPT leaves of an offer is refused for five seconds otherwise
scheduler.on('sent_accept', () => scheduler.revive());
scheduler.on('update', (/** @type {{ status: { task_id: { value: string }, state: string } }} */ update) => {
  const { status } = update;
  console.log(`${status.task_id.value} ${status.state}`);
  if (status.state === 'TASK_FINISHED' && ++finished === 3) scheduler.teardown();
});
// among them that its stream has ended, which is what a TEARDOWN leads to
scheduler.on('error', (/** @type {Error} */ error) => console.error(error.message));
scheduler.on('sent_teardown', () => process.exit(0));
