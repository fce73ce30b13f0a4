/** All checks of the master: what comes in from frameworks, agents and operators, with Mesos' texts. */
export { validateRegisterAgent, validateReregisterAgent } from './agents.js';
export { validateCheck, validateCheckStatus, validateHealthCheck } from './check.js';
export { validateCommand, validateEnvironment } from './command.js';
export { validateContainer, validateVolume } from './container.js';
export { EXECUTOR_CALL_PRESENCE, validateExecutorCall, validateExecutorStatus } from './executor-calls.js';
export { type ExecutorContext, validateExecutor, validateExecutorInfo } from './executor.js';
export {
  type Admission,
  frameworkRoles,
  hasCapability,
  keepImmutable,
  validateAdmission,
  validateFramework,
  validateInputAmount,
  validatePrincipal,
  validateRolesOfOptions,
  validateUpdateFramework,
} from './framework.js';
export { validateId, validateUuid } from './ids.js';
export { type InverseOfferFacts, type OfferFacts, validateInverseOffers, validateOffers } from './offers.js';
export type { OperationContext } from './operation-context.js';
export { validateOperationForm, validateOperationId } from './operation-form.js';
export {
  validateCreate,
  validateDestroy,
  validateOperation,
  validateReserve,
  validateUnreserve,
} from './operations.js';
export { printResource, printResourceList, printResources } from './print-resources.js';
export {
  type QuotaConfig,
  validateCapacity,
  validateConsumption,
  validateQuota,
  validateQuotaInfo,
  validateWeight,
} from './quota.js';
export { equalMessages, printDouble, printSet, type Refusal } from './refusal.js';
export { toResources, validateResource, validateResourceList, validateUsedResources } from './resources.js';
export { validateSchedulerMessage, validateUpdateTarget } from './scheduler-calls.js';
export { completeTaskGroup, type TaskGroupContext, validateTaskGroup } from './task-group.js';
export { completeTask, type TaskContext, validateTask, validateTaskInfo } from './task.js';
export { validateGrowVolume, validateShrinkVolume } from './volume-operations.js';
export { validateCreateDisk, validateDestroyDisk } from './disk-operations.js';
