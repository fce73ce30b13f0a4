/** What the checks of operations look up. */
import type { FrameworkInfo } from '../../../protocol/framework.js';
import type { Resources } from '../../../resources/resources.js';

/** What is looked up for operations on one agent. */
export interface OperationContext {
  /** Who asks; absent: an operator. */
  readonly frameworkInfo?: FrameworkInfo | undefined;
  /** The role of the offers; absent for operators. */
  readonly allocationRole?: string | undefined;
  readonly principal?: string | undefined;
  readonly agentCapabilities: ReadonlySet<string>;
  /** Dynamic reservations and volumes of the agent, unallocated. */
  readonly checkpointedResources: Resources;
  /** What each framework uses of the agent, unallocated. */
  usedResources(): Iterable<Resources>;
}
