/**
 * What many messages are made of: resources, attributes, labels, addresses, domains, times.
 * Field by field these are Mesos' v1 messages of the same names.
 */
import type { Type } from 'typebox';
import { flag, integer, list, number, object, oneOf, optional, presence, resourceProviderId, text } from './schema.js';
import { durationMs, timeMs } from './schema.js';

export const label = object({ key: text('Key.'), value: optional(text('Value.')) }, 'A key with an optional value.');
export type Label = Type.Static<typeof label>;

export const labels = list(label, 'Labels.', { wrap: 'labels' });

export const range = object(
  { begin: integer('First.'), end: integer('Last, included.') },
  'Whole numbers from begin to end.',
);
export type Range = Type.Static<typeof range>;

const scalar = number('Amount, exact to a thousandth.', { wrap: 'value' });
const ranges = list(range, 'Disjoint ranges.', { wrap: 'range' });

export const reservation = object(
  {
    type: oneOf(['STATIC', 'DYNAMIC'], 'By configuration, or by an operation.'),
    role: text('For whom.'),
    principal: optional(text('By whom.')),
    labels: optional(labels),
  },
  'A reservation.',
);
export type Reservation = Type.Static<typeof reservation>;

const root = object({ root: optional(text('Directory.')) }, 'Where the disk is.');

export const diskInfo = object(
  {
    persistence: optional(
      object(
        { id: text('Unique for a role and agent.'), principal: optional(text('By whom.')) },
        'A persistent volume.',
      ),
    ),
    volume: optional(
      object(
        {
          mode: oneOf(['RW', 'RO'], 'Access.'),
          containerPath: text('Where the container sees it.'),
          hostPath: optional(text('Where the agent has it.')),
        },
        'How a container sees it.',
      ),
    ),
    source: optional(
      object(
        {
          type: oneOf(['UNKNOWN', 'PATH', 'MOUNT', 'BLOCK', 'RAW'], 'Kind of disk.'),
          path: optional(root),
          mount: optional(root),
          vendor: optional(text('Vendor of the storage.')),
          id: optional(text('Id there.')),
          metadata: optional(labels),
          profile: optional(text('Profile of the storage.')),
        },
        'Where it comes from.',
      ),
    ),
  },
  'What is special about a disk.',
);
export type DiskInfo = Type.Static<typeof diskInfo>;

export const resource = object(
  {
    name: text('Kind, as cpus, mem, disk, ports.'),
    type: oneOf(['SCALAR', 'RANGES', 'SET'], 'Which of the value fields is set.'),
    scalar: optional(scalar),
    ranges: optional(ranges),
    set: optional(list(text('Item.'), 'Items.', { wrap: 'item' })),
    role: optional(text('Old form of a reservation: `*` or a role. Read, never written on our own links.')),
    reservation: optional(
      object(
        { principal: optional(text('By whom.')), labels: optional(labels) },
        'Old form of a dynamic reservation, for `role`. Read, never written on our own links.',
      ),
    ),
    reservations: optional(list(reservation, 'Reservations, each refining the one before.')),
    allocationInfo: optional(object({ role: text('Role.') }, 'To which role it is allocated.')),
    disk: optional(diskInfo),
    revocable: optional(presence('It may be taken back at any time.')),
    shared: optional(presence('Several tasks may use it at once.')),
    providerId: optional(resourceProviderId),
  },
  'An amount of one kind of resource.',
);
export type Resource = Type.Static<typeof resource>;

export const resourceList = list(resource, 'Resources.');

export const attribute = object(
  {
    name: text('Name.'),
    type: oneOf(['SCALAR', 'RANGES', 'SET', 'TEXT'], 'Which of the value fields is set.'),
    scalar: optional(scalar),
    ranges: optional(ranges),
    text: optional(text('Text.', { wrap: 'value' })),
  },
  'A fact about an agent.',
);
export type AttributeMessage = Type.Static<typeof attribute>;

export const address = object(
  {
    hostname: optional(text('Name of the host.')),
    ip: optional(text('Address of the host.')),
    port: integer('Port.'),
  },
  'Where something listens.',
);
export type Address = Type.Static<typeof address>;

export const url = object(
  {
    scheme: text('http or https.'),
    address,
    path: optional(text('Path.')),
  },
  'Where something answers.',
);

const place = object({ name: text('Name.') }, 'A name.');
export const domainInfo = object(
  {
    faultDomain: optional(object({ region: place, zone: place }, 'Region and zone.')),
  },
  'Where a machine stands.',
);
export type DomainInfo = Type.Static<typeof domainInfo>;

export const unavailability = object(
  { startMs: timeMs('From.', 'start'), durationMs: optional(durationMs('How long; absent: for ever.', 'duration')) },
  'A time in which a machine will not be there.',
);
export type UnavailabilityMessage = Type.Static<typeof unavailability>;

export const filters = object(
  { refuseSeconds: optional(number('How long the same is not offered again; 5 if absent.', { default: 5 })) },
  'What a framework does not want to see again.',
);
export type FiltersMessage = Type.Static<typeof filters>;

export const environment = object(
  {
    variables: list(
      object(
        {
          name: text('Name.'),
          type: optional(oneOf(['UNKNOWN', 'VALUE', 'SECRET'], 'Only VALUE is understood.', { default: 'VALUE' })),
          value: optional(text('Value.')),
        },
        'A variable.',
      ),
      'Variables.',
    ),
  },
  'Environment of a process.',
);

export const commandInfo = object(
  {
    uris: optional(
      list(
        object(
          {
            value: text('Where to fetch from: a path or an http URL.'),
            executable: optional(flag('Make it executable.')),
            extract: optional(flag('Unpack archives.', { default: true })),
            cache: optional(flag('Keep a copy on the agent.')),
            outputFile: optional(text('Name in the sandbox.')),
          },
          'A file to fetch into the sandbox.',
        ),
        'Files to fetch into the sandbox.',
      ),
    ),
    environment: optional(environment),
    shell: optional(flag('Run value by the shell (default), or as a program with arguments.', { default: true })),
    value: optional(text('Shell command, or path of the program.')),
    arguments: optional(list(text('Argument.'), 'Arguments; the first is the name of the program.')),
    user: optional(text('User to run as.')),
  },
  'A command to run.',
);
export type CommandInfo = Type.Static<typeof commandInfo>;
