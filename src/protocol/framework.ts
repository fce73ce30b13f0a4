/** Frameworks, masters and agents as they introduce themselves: Mesos' v1 messages of the same names. */
import type { Type } from 'typebox';
import { address, attribute, domainInfo, labels, resourceList } from './common.js';
import { agentId, flag, frameworkId, integer, list, map, number, object, oneOf, optional, text } from './schema.js';

export const FRAMEWORK_CAPABILITIES = [
  'REVOCABLE_RESOURCES',
  'TASK_KILLING_STATE',
  'GPU_RESOURCES',
  'SHARED_RESOURCES',
  'PARTITION_AWARE',
  'MULTI_ROLE',
  'RESERVATION_REFINEMENT',
  'REGION_AWARE',
] as const;
export type FrameworkCapability = (typeof FRAMEWORK_CAPABILITIES)[number];

export const AGENT_CAPABILITIES = [
  'MULTI_ROLE',
  'HIERARCHICAL_ROLE',
  'RESERVATION_REFINEMENT',
  'RESOURCE_PROVIDER',
  'RESIZE_VOLUME',
  'AGENT_OPERATION_FEEDBACK',
  'AGENT_DRAINING',
  'TASK_RESOURCE_LIMITS',
] as const;
export type AgentCapability = (typeof AGENT_CAPABILITIES)[number];

export const quantities = map(number('Amount.', { wrap: 'value' }), 'Amounts by kind.');

export const offerFilters = map(
  object(
    {
      minAllocatableResources: optional(
        list(object({ quantities }, 'Amounts.'), 'Offers have at least one of these.', { wrap: 'quantities' }),
      ),
    },
    'What offers in a role must have.',
  ),
  'By role.',
);

const selector = object(
  {
    attributeName: optional(text('Name of an attribute.')),
    pseudoattributeType: optional(oneOf(['UNKNOWN', 'HOSTNAME', 'REGION', 'ZONE'], 'A property of every agent.')),
  },
  'What is looked at.',
);
const withValue = object({ value: text('Value.') }, 'A text to compare with.');
const withRegex = object({ regex: text('Expression in the syntax of RE2.') }, 'An expression to match.');
const nothing = object({}, 'Nothing more.');
const predicate = object(
  {
    exists: optional(nothing),
    notExists: optional(nothing),
    textEquals: optional(withValue),
    textNotEquals: optional(withValue),
    textMatches: optional(withRegex),
    textNotMatches: optional(withRegex),
  },
  'One of these.',
);

export const offerConstraints = object(
  {
    roleConstraints: optional(
      map(
        object(
          {
            groups: list(
              object(
                {
                  attributeConstraints: optional(
                    list(object({ selector, predicate }, 'A constraint.'), 'All of these hold.'),
                  ),
                },
                'A group.',
              ),
              'At least one of these groups holds.',
            ),
          },
          'Constraints of a role.',
        ),
        'By role.',
      ),
    ),
  },
  'Which agents a framework wants to see.',
);
export type OfferConstraintsMessage = Type.Static<typeof offerConstraints>;

export const frameworkInfo = object(
  {
    user: text('As whom its tasks run, unless they say otherwise.'),
    name: text('For people.'),
    id: optional(frameworkId),
    failoverTimeoutSeconds: optional(
      number('How long it is kept when it is disconnected.', { name: 'failover_timeout', default: 0 }),
    ),
    checkpoint: optional(flag('Executors survive a restart of their agent.', { default: false })),
    role: optional(text('Its role, without the capability MULTI_ROLE.')),
    roles: optional(list(text('Role.'), 'Its roles, with the capability MULTI_ROLE.')),
    hostname: optional(text('Where it runs.')),
    principal: optional(text('Who it says it is.')),
    webuiUrl: optional(text('Its own page.')),
    capabilities: optional(
      list(object({ type: text('Name; unknown ones are ignored.') }, 'A capability.'), 'What it can do.'),
    ),
    labels: optional(labels),
    offerFilters: optional(offerFilters),
  },
  'A framework.',
);
export type FrameworkInfo = Type.Static<typeof frameworkInfo>;

export const masterInfo = object(
  {
    id: text('Id of the master, new at each start.'),
    ip: integer('IPv4 address, its bytes read as a little-endian number.'),
    port: integer('Port.'),
    pid: optional(text('`master@ip:port`.')),
    hostname: optional(text('Name of the host.')),
    version: optional(text('Version.')),
    address: optional(address),
    domain: optional(domainInfo),
    capabilities: optional(list(object({ type: text('Name.') }, 'A capability.'), 'What it can do.')),
  },
  'A master.',
);
export type MasterInfo = Type.Static<typeof masterInfo>;

export const agentInfo = object(
  {
    hostname: text('Name of the host.'),
    port: optional(integer('Port.', { default: 5051 })),
    resources: optional(resourceList),
    attributes: optional(list(attribute, 'Facts about it.')),
    id: optional(agentId),
    domain: optional(domainInfo),
  },
  'An agent.',
);
export type AgentInfo = Type.Static<typeof agentInfo>;
