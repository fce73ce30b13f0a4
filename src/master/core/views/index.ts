/** What can be read of the master: pure functions of its state, in Mesos' field names. */
export { viewMetrics } from '../metrics.js';
export { viewAgents } from './agents.js';
export { viewFramework, viewFrameworks, viewOffers } from './frameworks.js';
export type { Json, JsonObject } from './json.js';
export { viewRoles } from './roles.js';
export { viewState } from './state.js';
export { type TaskQuery, viewTasks } from './tasks.js';
