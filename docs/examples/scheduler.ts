/**
 * A framework of one's own: ten commands, as many at a time as the offers hold.
 * Run it with: node --import tsx docs/examples/scheduler.ts 127.0.0.1:5050
 */
import { type Scheduler, SchedulerDriver } from 'mete';

const COMMANDS = Array.from({ length: 10 }, (_, i) => `echo task ${i} on $(hostname)`);
const CPUS = 0.1;
let launched = 0;
let ended = 0;

const scheduler: Scheduler = {
  registered: (_driver, frameworkId) => console.log(`framework ${frameworkId}`),
  resourceOffers(driver, offers) {
    for (const offer of offers) {
      let cpus = offer.resources.find(({ name }) => name === 'cpus')?.scalar ?? 0;
      const tasks = [];
      // A command needs a little more than its task: 0.1 CPUs and 32 MB for the executor that runs it.
      for (; cpus >= 2 * CPUS && launched < COMMANDS.length; cpus -= 2 * CPUS) {
        const resources = [
          { name: 'cpus', type: 'SCALAR' as const, scalar: CPUS },
          { name: 'mem', type: 'SCALAR' as const, scalar: 32 },
        ];
        const command = { value: COMMANDS[launched]! };
        tasks.push({ name: 'echo', taskId: `echo-${launched++}` as never, agentId: offer.agentId, resources, command });
      }
      if (tasks.length > 0) driver.launchTasks([offer.id], tasks);
      else driver.declineOffer(offer.id);
    }
    if (launched === COMMANDS.length) driver.suppressOffers();
  },
  statusUpdate(driver, { taskId, state, message }) {
    console.log(`${taskId} ${state}${message === undefined ? '' : `: ${message}`}`);
    if (['TASK_FINISHED', 'TASK_FAILED', 'TASK_ERROR', 'TASK_LOST'].includes(state)) ended++;
    if (ended === COMMANDS.length) driver.stop();
  },
};

const frameworkInfo = { user: process.env['USER'] ?? 'root', name: 'echo' };
const driver = new SchedulerDriver(scheduler, { masters: [process.argv[2] ?? '127.0.0.1:5050'], frameworkInfo });
const { error } = await driver.run();
if (error !== null) throw new Error(error);
