/** Containers, checks and discovery: Mesos' v1 messages of the same names. */
import type { Type } from 'typebox';
import { commandInfo, labels } from './common.js';
import { containerId, flag, integer, list, number, object, oneOf, optional, text } from './schema.js';

const parameter = object({ key: text('Key.'), value: text('Value.') }, 'A key and a value.');

export const image = object(
  {
    type: oneOf(['APPC', 'DOCKER'], 'Kind of image.'),
    appc: optional(object({ name: text('Name.'), id: optional(text('Id.')), labels: optional(labels) }, 'Appc image.')),
    docker: optional(object({ name: text('Name and tag.') }, 'Docker image.')),
    cached: optional(flag('A local copy will do.', { default: true })),
  },
  'An image.',
);

export const volume = object(
  {
    mode: oneOf(['RW', 'RO'], 'Access.'),
    containerPath: text('Where the container sees it.'),
    hostPath: optional(text('Where the agent has it.')),
    image: optional(image),
  },
  'A directory in a container.',
);

const portMapping = object(
  {
    hostPort: integer('On the agent.'),
    containerPort: integer('In the container.'),
    protocol: optional(text('tcp or udp.')),
  },
  'A port led into a container.',
);

export const networkInfo = object(
  {
    ipAddresses: optional(
      list(
        object(
          {
            protocol: optional(oneOf(['IPv4', 'IPv6'], 'Family.', { default: 'IPv4' })),
            ipAddress: optional(text('Address.')),
          },
          'An address.',
        ),
        'Addresses.',
      ),
    ),
    name: optional(text('Name of the network.')),
    groups: optional(list(text('Group.'), 'Groups.')),
    labels: optional(labels),
    portMappings: optional(list(portMapping, 'Ports led in.')),
  },
  'A network of a container.',
);

export const containerInfo = object(
  {
    type: oneOf(['DOCKER', 'MESOS'], 'Who runs it.'),
    volumes: optional(list(volume, 'Volumes.')),
    hostname: optional(text('Name of the host inside.')),
    docker: optional(
      object(
        {
          image: text('Name and tag.'),
          network: optional(oneOf(['HOST', 'BRIDGE', 'NONE', 'USER'], 'Network.', { default: 'HOST' })),
          portMappings: optional(list(portMapping, 'Ports led in.')),
          privileged: optional(flag('With all rights.', { default: false })),
          parameters: optional(list(parameter, 'Further parameters.')),
          forcePullImage: optional(flag('Fetch the image anew.')),
        },
        'A Docker container.',
      ),
    ),
    mesos: optional(object({ image: optional(image) }, 'A container of the agent.')),
    networkInfos: optional(list(networkInfo, 'Networks.')),
    linuxInfo: optional(
      object(
        {
          sharePidNamespace: optional(flag('See the processes of the agent.')),
          shareCgroups: optional(flag('Be in the control groups of the parent container.', { default: true })),
        },
        'What is special on Linux.',
      ),
    ),
  },
  'A container.',
);
export type ContainerInfo = Type.Static<typeof containerInfo>;

export const containerStatus = object(
  {
    containerId: optional(containerId),
    networkInfos: optional(list(networkInfo, 'Networks.')),
    executorPid: optional(integer('Process id of the executor on the agent.')),
  },
  'What is known of a container.',
);

const protocol = optional(oneOf(['IPv4', 'IPv6'], 'Family of addresses.', { default: 'IPv4' }));
const http = object(
  {
    scheme: optional(text('http or https.')),
    port: integer('Port.'),
    path: optional(text('Path, starting with a slash.')),
    statuses: optional(list(integer('Status.'), 'Good statuses; absent: 200 to 399.')),
    protocol,
  },
  'An HTTP request.',
);
const times = {
  delaySeconds: optional(number('Before the first.', { default: 15 })),
  intervalSeconds: optional(number('Between two.', { default: 10 })),
  timeoutSeconds: optional(number('Longest duration of one.', { default: 20 })),
};

export const healthCheck = object(
  {
    ...times,
    type: optional(oneOf(['UNKNOWN', 'COMMAND', 'HTTP', 'TCP'], 'How.')),
    command: optional(commandInfo),
    http: optional(http),
    tcp: optional(object({ port: integer('Port.'), protocol }, 'A connection.')),
    consecutiveFailures: optional(integer('The task is killed after so many.', { default: 3 })),
    gracePeriodSeconds: optional(number('Failures do not count until then.', { default: 10 })),
  },
  'A check that kills the task when it fails.',
);
export type HealthCheck = Type.Static<typeof healthCheck>;

export const checkInfo = object(
  {
    ...times,
    type: optional(oneOf(['UNKNOWN', 'COMMAND', 'HTTP', 'TCP'], 'How.')),
    command: optional(object({ command: commandInfo }, 'A command.')),
    http: optional(object({ port: integer('Port.'), path: optional(text('Path.')) }, 'An HTTP request.')),
    tcp: optional(object({ port: integer('Port.') }, 'A connection.')),
  },
  'A check whose result is reported.',
);
export type CheckInfo = Type.Static<typeof checkInfo>;

export const checkStatusInfo = object(
  {
    type: optional(oneOf(['UNKNOWN', 'COMMAND', 'HTTP', 'TCP'], 'How.')),
    command: optional(object({ exitCode: optional(integer('Exit code.')) }, 'Result of a command.')),
    http: optional(object({ statusCode: optional(integer('Status.')) }, 'Result of a request.')),
    tcp: optional(object({ succeeded: optional(flag('Connected.')) }, 'Result of a connection.')),
  },
  'Result of a check.',
);

export const discoveryInfo = object(
  {
    visibility: oneOf(['FRAMEWORK', 'CLUSTER', 'EXTERNAL'], 'Who may see it.'),
    name: optional(text('Name.')),
    environment: optional(text('As prod.')),
    location: optional(text('As a site.')),
    version: optional(text('Version.')),
    ports: optional(
      list(
        object(
          {
            number: integer('Port.'),
            name: optional(text('Name.')),
            protocol: optional(text('tcp or udp.')),
            visibility: optional(oneOf(['FRAMEWORK', 'CLUSTER', 'EXTERNAL'], 'Who may see it.')),
            labels: optional(labels),
          },
          'A port.',
        ),
        'Ports.',
        { wrap: 'ports' },
      ),
    ),
    labels: optional(labels),
  },
  'How others find a task.',
);
