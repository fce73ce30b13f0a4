/** What can be read of the master: pure functions of its state, in Mesos' field names. */
export { viewMetrics } from '../metrics.js';
export { printAgents, viewAgents } from './agents.js';
export {
  printMessage,
  printMessages,
  viewAgentLists,
  viewExecutorLists,
  viewFrameworkLists,
  type ViewMessage,
  viewStateMessages,
  viewTaskLists,
} from './operator.js';
export { printFrameworks, viewFramework, viewFrameworks, viewOffers } from './frameworks.js';
export type { Json, JsonObject } from './json.js';
export { viewClusterStatus } from './maintenance.js';
export { viewOperations } from './operations.js';
export { printFields, printItems, printNested, type Pieces, printWithLists } from './print.js';
export { heldInRole, printRoles, viewRoles } from './roles.js';
export { BUILD, printState, viewState } from './state.js';
export { type Seen, seenEvent, sightOf } from './sight.js';
export { printSummary } from './summary.js';
export { printTasks, type TaskQuery } from './tasks.js';
