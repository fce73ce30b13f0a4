/**
 * A random play, written down before it starts: which cluster, which frameworks, and what goes wrong when. A plan is a
 * function of its seed. It is a value, so a play that fails can be played again without some of its parts.
 */
import type { AgentConfig } from '../agent/core/config.js';
import type { MasterConfig } from '../master/core/config.js';
import { createDice, type Dice } from './dice.js';
import type { FrameworkModelConfig, PolicyName } from './framework-state.js';

export interface PlannedAgent {
  readonly name: string;
  readonly resources: string;
  readonly atMs: number;
}

export type FaultType =
  | 'break-link'
  | 'cut-host'
  | 'crash-agent'
  | 'restart-agent'
  | 'reboot-agent'
  | 'crash-master'
  | 'freeze-master'
  | 'cut-master'
  | 'operate'
  | 'freeze'
  | 'crash-framework'
  | 'fail-over'
  | 'kill-executor'
  | 'hang-executor'
  | 'tear-down';

export interface Fault {
  readonly type: FaultType;
  readonly atMs: number;
  readonly forMs: number;
  /** Whom it hits: a number that is taken modulo what there is. */
  readonly target: number;
}

export interface Plan {
  readonly seed: number;
  readonly agents: readonly PlannedAgent[];
  readonly frameworks: readonly (FrameworkModelConfig & { readonly atMs: number })[];
  readonly faults: readonly Fault[];
  /** From then on nothing goes wrong any more and everything must come to an end. */
  readonly chaosMs: number;
  /** How slow the network may be. */
  readonly slowMs: number;
  /** One leads. */
  readonly masters: number;
  readonly sessionMs: number;
  readonly master: Partial<MasterConfig>;
  readonly agent: Partial<AgentConfig>;
}

/** How often each kind of fault comes up, relative to the others. */
const FAULTS: readonly (readonly [FaultType, number])[] = [
  ['break-link', 8],
  ['cut-host', 4],
  ['crash-agent', 3],
  ['restart-agent', 5],
  ['reboot-agent', 1],
  ['crash-master', 5],
  ['freeze-master', 2],
  ['cut-master', 1],
  ['operate', 3],
  ['freeze', 4],
  ['crash-framework', 2],
  ['fail-over', 2],
  ['kill-executor', 4],
  ['hang-executor', 2],
  ['tear-down', 0.3],
];

const POLICIES: readonly PolicyName[] = ['greedy', 'picky', 'holder', 'churning'];
const ROLES: readonly (readonly string[])[] = [['*'], ['ads'], ['eng'], ['eng/web'], ['ads', 'eng']];

export function createPlan(seed: number): Plan {
  const dice = createDice(seed).split('plan');
  const chaosMs = dice.whole(20, 90) * 1000;
  return {
    seed,
    agents: times(dice.whole(1, 4), (n) => ({
      name: `a${n + 1}`,
      resources: `cpus:${dice.whole(2, 8)};mem:${dice.whole(4, 16) * 256}`,
      atMs: dice.whole(0, 3000),
    })),
    frameworks: times(dice.whole(1, 4), (n) => planFramework(dice, n)),
    faults: dice.chance(0.1) ? [] : times(dice.whole(1, 14), () => planFault(dice, chaosMs)),
    chaosMs,
    slowMs: dice.pick([0, 5, 50, 2000]),
    masters: dice.pick([1, 1, 2, 3]),
    sessionMs: dice.whole(1, 10) * 1000,
    master: {
      agentPingTimeoutMs: dice.pick([1000, 5000]),
      maxAgentPingTimeouts: dice.whole(2, 5),
      agentReregisterTimeoutMs: dice.whole(2, 40) * 1000,
      allocator: { allocationIntervalMs: dice.pick([100, 1000]) },
      ...(dice.chance(0.5) ? { offerTimeoutMs: dice.whole(1, 20) * 1000 } : {}),
      ...(dice.chance(0.2) ? { agentRemovalRate: { count: 1, perMs: dice.whole(1, 60) * 1000 } } : {}),
      ...(dice.chance(0.2) ? { registryMaxAgentAgeMs: dice.whole(1, 300) * 1000, registryGcIntervalMs: 10_000 } : {}),
    } as Partial<MasterConfig>,
    agent: {
      statusUpdateRetryMinMs: dice.pick([200, 2000, 10_000]),
      registrationBackoffMs: dice.pick([100, 1000]),
      registrationBackoffMaxMs: 5000,
      executorRegistrationTimeoutMs: dice.whole(2, 10) * 1000,
      executorShutdownGracePeriodMs: dice.whole(1, 5) * 1000,
      executorReregistrationTimeoutMs: dice.whole(1, 5) * 1000,
    },
  };
}

function planFramework(dice: Dice, n: number): Plan['frameworks'][number] {
  const roles = dice.pick(ROLES);
  const capabilities = ['MULTI_ROLE', ...(dice.chance(0.7) ? ['PARTITION_AWARE'] : [])];
  if (dice.chance(0.3)) capabilities.push('TASK_KILLING_STATE');
  return {
    name: `f${n + 1}`,
    info: {
      user: 'root',
      name: `f${n + 1}`,
      roles: [...roles],
      failoverTimeoutSeconds: dice.chance(0.8) ? 1200 : dice.whole(1, 20),
      checkpoint: dice.chance(0.5),
      capabilities: capabilities.map((type) => ({ type })),
    },
    policy: dice.pick(POLICIES),
    seed: dice.whole(0, 2 ** 31),
    backlog: dice.whole(5, 40),
    atMs: dice.whole(0, 5000),
  };
}

function planFault(dice: Dice, chaosMs: number): Fault {
  const sum = FAULTS.reduce((total, [, weight]) => total + weight, 0);
  let left = dice.unit() * sum;
  const type = FAULTS.find(([, weight]) => (left -= weight) < 0)?.[0] ?? 'break-link';
  const forMs = dice.chance(0.5) ? dice.whole(0, 3000) : dice.whole(0, 60_000);
  return { type, atMs: dice.whole(0, chaosMs), forMs, target: dice.whole(0, 1000) };
}

function times<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n));
}
