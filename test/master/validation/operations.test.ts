/** Operations: their form, and each fault of each kind with its text. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Resource } from '../../../src/protocol/common.js';
import type { OperationMessage } from '../../../src/protocol/offer.js';
import type { OperationId, ResourceProviderId } from '../../../src/protocol/schema.js';
import {
  type OperationContext,
  type Refusal,
  toResources,
  validateOperation,
  validateOperationForm,
  validateOperationId,
} from '../../../src/master/core/validation/index.js';
import { Resources } from '../../../src/resources/resources.js';
import { EXECUTOR, EXECUTOR_TASK, expectTexts, FRAMEWORK, frameworkInfo, rawDisk, RESERVED } from './fixtures.js';
import { scalar, TASK, volume } from './fixtures.js';

const BAD = scalar('cpus', -1);
const BAD_TEXT = 'Invalid scalar resource: value <= 0';
const BAD_LIST = `Resource 'cpus:-1' is invalid: ${BAD_TEXT}`;
const ALL = new Set(['HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT', 'RESIZE_VOLUME']);
const NONE: ReadonlySet<string> = new Set();
const PROVIDED: Partial<Resource> = { providerId: 'provider' as ResourceProviderId };

const context: OperationContext = {
  frameworkInfo: frameworkInfo({ id: FRAMEWORK, role: 'ads' }),
  allocationRole: 'ads',
  agentCapabilities: ALL,
  checkpointedResources: Resources.EMPTY,
  usedResources: () => [],
};

test('[B176] operations have the field of their type, and valid resources in it', () => {
  const task = { ...TASK, resources: [BAD] };
  const withExecutor = { ...EXECUTOR_TASK, executor: { ...EXECUTOR, resources: [BAD] } };
  const must = (article: string, type: string, more = ' offer'): string =>
    `${article} ${type}${more} operation must have the Offer.Operation.${type.toLowerCase()} field set`;
  expectTexts(validateOperationForm, [
    [{ type: 'LAUNCH', launch: { taskInfos: [TASK, EXECUTOR_TASK] } }, null],
    [{ type: 'UNKNOWN' }, 'Unknown offer operation'],
    [{ type: 'LAUNCH' }, `${must('A', 'LAUNCH')}.`],
    [{ type: 'LAUNCH_GROUP' }, `${must('A', 'LAUNCH_GROUP')}.`],
    [{ type: 'RESERVE' }, `${must('A', 'RESERVE')}.`],
    [{ type: 'UNRESERVE' }, `${must('An', 'UNRESERVE')}.`],
    [{ type: 'CREATE' }, `${must('A', 'CREATE')}.`],
    [{ type: 'DESTROY' }, `${must('A', 'DESTROY')}.`],
    [{ type: 'GROW_VOLUME' }, must('A', 'GROW_VOLUME', '')],
    [{ type: 'SHRINK_VOLUME' }, must('A', 'SHRINK_VOLUME')],
    [{ type: 'CREATE_DISK' }, `${must('A', 'CREATE_DISK')}.`],
    [{ type: 'DESTROY_DISK' }, `${must('A', 'DESTROY_DISK')}.`],
    [{ type: 'LAUNCH', launch: { taskInfos: [TASK, task] } }, BAD_LIST],
    [{ type: 'LAUNCH', launch: { taskInfos: [withExecutor] } }, BAD_LIST],
    [{ type: 'LAUNCH_GROUP', launchGroup: { executor: EXECUTOR, taskGroup: { tasks: [task] } } }, BAD_LIST],
    [
      { type: 'LAUNCH_GROUP', launchGroup: { executor: withExecutor.executor, taskGroup: { tasks: [] } } },
      BAD_LIST,
    ],
    [{ type: 'RESERVE', reserve: { resources: [BAD] } }, BAD_LIST],
    [{ type: 'RESERVE', reserve: { resources: [], source: [BAD] } }, BAD_LIST],
    [
      { type: 'RESERVE', reserve: { resources: [], source: [scalar('cpus', 1)] } },
      'Reservation updates are not yet implemented for the scheduler API.',
    ],
    [{ type: 'UNRESERVE', unreserve: { resources: [BAD] } }, BAD_LIST],
    [{ type: 'CREATE', create: { volumes: [BAD] } }, BAD_LIST],
    [{ type: 'DESTROY', destroy: { volumes: [BAD] } }, BAD_LIST],
    [{ type: 'GROW_VOLUME', growVolume: { volume: BAD, addition: BAD } }, BAD_TEXT],
    [{ type: 'GROW_VOLUME', growVolume: { volume: volume('v'), addition: BAD } }, BAD_TEXT],
    [{ type: 'SHRINK_VOLUME', shrinkVolume: { volume: BAD, subtract: 1 } }, BAD_TEXT],
    [{ type: 'CREATE_DISK', createDisk: { source: BAD, targetType: 'MOUNT' } }, BAD_TEXT],
    [{ type: 'DESTROY_DISK', destroyDisk: { source: BAD } }, BAD_TEXT],
  ]);
});

test('[B176] launches have no id', () => {
  const id = 'x' as OperationId;
  assert.equal(validateOperationId({ type: 'LAUNCH' }), null);
  assert.equal(validateOperationId({ type: 'RESERVE', id }), null);
  assert.equal(validateOperationId({ type: 'LAUNCH', id }), 'The `id` field cannot be set on LAUNCH operations');
  const group = 'The `id` field cannot be set on LAUNCH_GROUP operations';
  assert.equal(validateOperationId({ type: 'LAUNCH_GROUP', id }), group);
});

type Row = readonly [Resource[], Refusal, Partial<OperationContext>?];

function expectRows(operation: (resources: Resource[]) => OperationMessage, rows: readonly Row[]): void {
  for (const [resources, text, more] of rows) {
    assert.equal(validateOperation(operation(resources), { ...context, ...more }), text);
  }
}

const mine = scalar('cpus', 1, RESERVED);
const owned = (role: string, principal?: string): Resource => {
  const more = principal === undefined ? {} : { principal };
  return scalar('cpus', 1, { reservations: [{ type: 'DYNAMIC', role, ...more }] });
};

test('[B176] RESERVE is refused with these texts', () => {
  const nested = owned('ads/x');
  const refined = scalar('cpus', 1, {
    reservations: [
      { type: 'STATIC', role: 'ads' },
      { type: 'DYNAMIC', role: 'ads/x' },
    ],
  });
  const allocated = 'A reserve operation was attempted for a resource';
  const operator = { frameworkInfo: undefined, allocationRole: undefined };
  const twoRoles = frameworkInfo({ capabilities: [{ type: 'MULTI_ROLE' }], roles: ['ads', 'web'] });
  expectRows((resources) => ({ type: 'RESERVE', reserve: { resources } }), [
    [[mine], null],
    [[mine], null, { principal: 'p' }],
    [[mine], null, operator],
    [[BAD], `Invalid resources: Invalid resources: ${BAD_LIST}`],
    [[mine, { ...mine, ...PROVIDED }], 'Invalid resources: Some resources have a resource provider and some do not'],
    [[scalar('cpus', 1)], 'Resource cpus(allocated: ads):1 is not dynamically reserved'],
    [
      [scalar('cpus', 1, { role: 'ads' })],
      'Resource cpus(allocated: ads)(reservations: [(STATIC,ads)]):1 is not dynamically reserved',
    ],
    [
      [nested],
      "Resource cpus(allocated: ads)(reservations: [(DYNAMIC,ads/x)]):1 with reservation for hierarchical " +
      "role 'ads/x' " +
        'cannot be reserved on an agent without HIERARCHICAL_ROLE capability',
      { agentCapabilities: NONE },
    ],
    [
      [refined],
      'Resource cpus(allocated: ads)(reservations: [(STATIC,ads),(DYNAMIC,ads/x)]):1 with reservation refinement ' +
        'cannot be reserved on an agent without RESERVATION_REFINEMENT capability',
      { agentCapabilities: new Set(['HIERARCHICAL_ROLE']) },
    ],
    [
      [owned('ads')],
      "A reserve operation was attempted by principal 'p', but there is a reserved resource in the request with no " +
        'principal set',
      { principal: 'p' },
    ],
    [
      [mine],
      "A reserve operation was attempted by authenticated principal 'q', which does not match a reserved resource in " +
        "the request with principal 'p'",
      { principal: 'q' },
    ],
    [
      [owned('web')],
      `${allocated} with role 'web', but the resource was allocated to role 'ads'`,
    ],
    [
      [owned('web')],
      `${allocated} allocated to role 'web', but the framework only has roles '{ ads }'`,
      { allocationRole: 'web' },
    ],
    [
      [mine, { ...owned('web', 'p'), allocationInfo: { role: 'web' } }],
      "Invalid reservation resources: The resources have multiple allocation roles ('web' and 'ads') but only one " +
        'allocation role is allowed',
      { frameworkInfo: twoRoles },
    ],
    [
      [{ ...mine, allocationInfo: { role: 'ads' } }],
      'A reserve operation was attempted with an allocated resource, but the operator API only allows ' +
      'reservations to ' +
        'be made to unallocated resources',
      operator,
    ],
    [
      [mine],
      'A reserve operation was attempted on unallocated resource cpus(reservations: [(DYNAMIC,ads,p)]):1, but ' +
        'frameworks can only perform reservations on allocated resources',
      { allocationRole: undefined },
    ],
  ]);
});

test('[B176] RESERVE with a source replaces reservations of the same amounts', () => {
  const reserve = (resources: Resource[], source: Resource[]): Refusal =>
    validateOperation({ type: 'RESERVE', reserve: { resources, source } }, { ...context, frameworkInfo: undefined });
  const mixed = 'Mixed reservations are not supportedcpus(reservations: [(DYNAMIC,ads,p)]):1; mem:1';
  assert.equal(reserve([mine], [scalar('cpus', 1)]), null);
  assert.equal(reserve([mine], [BAD]), `Invalid source: Invalid resources: ${BAD_LIST}`);
  assert.equal(reserve([mine], [mine, scalar('mem', 1)]), `Invalid source: ${mixed}`);
  assert.equal(reserve([mine, scalar('mem', 1)], [scalar('cpus', 1)]), `Invalid resources: ${mixed}`);
  assert.equal(reserve([], [scalar('cpus', 1)]), 'Invalid resources: Resource cannot be empty');
  assert.equal(
    reserve([mine], [scalar('cpus', 2)]),
    'Source and target resources should refer to identical resource quantities: cpus:2 vs. cpus:1',
  );
});

test('[B176] UNRESERVE is refused with these texts', () => {
  expectRows((resources) => ({ type: 'UNRESERVE', unreserve: { resources } }), [
    [[mine], null],
    [[BAD], `Invalid resources: Invalid resources: ${BAD_LIST}`],
    [[mine, { ...mine, ...PROVIDED }], 'Invalid resources: Some resources have a resource provider and some do not'],
    [[scalar('cpus', 1)], 'Resource cpus(allocated: ads):1 is not dynamically reserved'],
    [
      [volume('v')],
      'A dynamically reserved persistent volume disk(allocated: ads)(reservations: ' +
      '[(DYNAMIC,ads,p)])[v:data]:64 cannot ' +
        'be unreserved directly. Please destroy the persistent volume first then unreserve the resource',
    ],
  ]);
});

test('[B176] CREATE is refused with these texts', () => {
  const shared = volume('v', { shared: true });
  const text = 'disk(allocated: ads)(reservations: [(DYNAMIC,ads,p)])[v:data]';
  const nested = volume('v', { reservations: [{ type: 'DYNAMIC', role: 'ads/x' }] });
  const refined = volume('v', {
    reservations: [
      { type: 'STATIC', role: 'ads' },
      { type: 'DYNAMIC', role: 'ads/x' },
    ],
  });
  const anonymous = volume('v', { disk: { persistence: { id: 'v' }, volume: { mode: 'RW', containerPath: 'data' } } });
  const sharer = frameworkInfo({ id: FRAMEWORK, role: 'ads', capabilities: [{ type: 'SHARED_RESOURCES' }] });
  expectRows((volumes) => ({ type: 'CREATE', create: { volumes } }), [
    [[volume('v')], null, { principal: 'p' }],
    [[shared], null, { frameworkInfo: sharer }],
    [[shared], null, { frameworkInfo: undefined }],
    [[BAD], `Invalid resources: Invalid resources: ${BAD_LIST}`],
    [
      [volume('v'), volume('w', PROVIDED)],
      'Invalid resources: Some resources have a resource provider and some do not',
    ],
    [[mine], 'Not a persistent volume: Resource cpus(reservations: [(DYNAMIC,ads,p)]):1 does not have DiskInfo'],
    [
      [volume('v')],
      "Persistence ID 'v' is not unique",
      { checkpointedResources: toResources([volume('v', { scalar: 1 })]) as Resources },
    ],
    [
      [volume('v'), volume('v', { scalar: 1 })],
      "Persistence ID 'v' is not unique",
    ],
    [
      [shared],
      "Persistence ID 'v' is not unique",
      { frameworkInfo: sharer, checkpointedResources: toResources([shared]) as Resources },
    ],
    [[shared, shared], "Persistence ID 'v' is not unique", { frameworkInfo: sharer }],
    [
      [shared],
      `Create volume operation for '${text}<SHARED>:64' has been attempted by framework 'M-0000' with no ` +
        'SHARED_RESOURCES capability',
    ],
    [
      [nested],
      'Volume disk(allocated: ads)(reservations: [(DYNAMIC,ads/x)])[v:data]:64 with reservation for ' +
      'hierarchical role ' +
        "'ads/x' cannot be created on an agent without HIERARCHICAL_ROLE capability",
      { agentCapabilities: NONE },
    ],
    [
      [refined],
      'Volume disk(allocated: ads)(reservations: [(STATIC,ads),(DYNAMIC,ads/x)])[v:data]:64 with ' +
      'reservation refinement ' +
        'cannot be created on an agent without RESERVATION_REFINEMENT capability',
      { agentCapabilities: new Set(['HIERARCHICAL_ROLE']) },
    ],
    [
      [anonymous],
      "Create volume operation attempted by principal 'p', but there is a volume in the operation with no " +
      "principal set " +
        "in 'disk.persistence'",
      { principal: 'p' },
    ],
    [
      [volume('v')],
      "Create volume operation attempted by authenticated principal 'q', which does not match a volume in " +
      "the operation " +
        "with principal 'p' set in 'disk.persistence'",
      { principal: 'q' },
    ],
    [
      [volume('v'), volume('w', { allocationInfo: { role: 'web' } })],
      "Invalid volume resources: The resources have multiple allocation roles ('web' and 'ads') but only " +
      "one allocation " +
        'role is allowed',
    ],
  ]);
});

test('[B176] DESTROY is refused with these texts', () => {
  const checkpointedResources = toResources([volume('v')]) as Resources;
  const used = { checkpointedResources, usedResources: () => [Resources.EMPTY, checkpointedResources] };
  expectRows((volumes) => ({ type: 'DESTROY', destroy: { volumes } }), [
    [[volume('v')], null, { checkpointedResources }],
    [[volume('v', PROVIDED)], null],
    [[BAD], `Invalid resources: Invalid resources: ${BAD_LIST}`],
    [[mine], 'Not a persistent volume: Resource cpus(reservations: [(DYNAMIC,ads,p)]):1 does not have DiskInfo'],
    [[volume('v')], 'Persistent volumes not found'],
    [[volume('v')], 'Persistent volumes in use', used],
  ]);
});

test('[B176] GROW_VOLUME is refused with these texts', () => {
  const grow = (grown: Resource, added: Resource, agentCapabilities: ReadonlySet<string> = ALL): Refusal => {
    const growVolume = { volume: grown, addition: added };
    return validateOperation({ type: 'GROW_VOLUME', growVolume }, { ...context, agentCapabilities });
  };
  const addition = scalar('disk', 8, RESERVED);
  const incompatible = "Incompatible resources in the 'GrowVolume.volume' and 'GrowVolume.addition' fields";
  const source = { type: 'MOUNT', mount: { root: '/m' } } as const;
  const mounted = volume('v', { disk: { ...volume('v').disk, source } });
  assert.equal(grow(volume('v'), addition), null);
  assert.equal(grow(BAD, addition), `Invalid resource in the 'GrowVolume.volume' field: ${BAD_TEXT}`);
  assert.equal(grow(volume('v'), BAD), `Invalid resource in the 'GrowVolume.addition' field: ${BAD_TEXT}`);
  assert.equal(
    grow(volume('v'), scalar('disk', 0, RESERVED)),
    "The size of 'GrowVolume.addition' field must be greater than zero",
  );
  assert.equal(
    grow(volume('v', PROVIDED), addition),
    'Growing a volume from a resource provider is not supported',
  );
  assert.equal(
    grow(addition, addition),
    "Invalid persistent volume in the 'GrowVolume.volume' field: Resource disk(reservations: " +
    "[(DYNAMIC,ads,p)]):8 does " +
      'not have DiskInfo',
  );
  assert.equal(grow(volume('v', { shared: true }), addition), 'Growing a shared persistent volume is not supported');
  assert.equal(grow(volume('v'), scalar('disk', 8)), incompatible);
  assert.equal(grow(mounted, scalar('disk', 64, { ...RESERVED, disk: { source } })), incompatible);
  assert.equal(
    grow(volume('v'), addition, NONE),
    'Volume disk(allocated: ads)(reservations: [(DYNAMIC,ads,p)])[v:data]:64 cannot be grown on an agent without ' +
      'RESIZE_VOLUME capability',
  );
});

test('[B176] SHRINK_VOLUME is refused with these texts', () => {
  const shrink = (shrunk: Resource, subtract: number, agentCapabilities: ReadonlySet<string> = ALL): Refusal =>
    validateOperation(
      { type: 'SHRINK_VOLUME', shrinkVolume: { volume: shrunk, subtract } },
      { ...context, agentCapabilities },
    );
  const mounted = volume('v', { disk: { ...volume('v').disk, source: { type: 'MOUNT' } } });
  const smaller = "Value of 'ShrinkVolume.subtract' must be smaller than the size of 'ShrinkVolume.volume'";
  assert.equal(shrink(volume('v'), 63.999), null);
  assert.equal(shrink(BAD, 1), `Invalid resource in the 'ShrinkVolume.volume' field: ${BAD_TEXT}`);
  assert.equal(shrink(volume('v'), 0), "Value of 'ShrinkVolume.subtract' must be greater than zero");
  assert.equal(shrink(volume('v'), 64), smaller);
  assert.equal(shrink(volume('v', PROVIDED), 1), 'Shrinking a volume from a resource provider is not supported');
  assert.equal(shrink(mounted, 1), 'Shrinking a volume on a MOUNT disk is not supported');
  assert.equal(
    shrink(scalar('disk', 8, RESERVED), 1),
    "Invalid persistent volume in the 'ShrinkVolume.volume' field: Resource disk(reservations: [(DYNAMIC,ads,p)]):8 " +
      'does not have DiskInfo',
  );
  assert.equal(shrink(volume('v', { shared: true }), 1), 'Shrinking a shared persistent volume is not supported');
  assert.equal(
    shrink(volume('v'), 1, NONE),
    'Volume disk(allocated: ads)(reservations: [(DYNAMIC,ads,p)])[v:data]:64 cannot be shrunk on an agent without ' +
      'RESIZE_VOLUME capability',
  );
});

test('[B176] CREATE_DISK and DESTROY_DISK are refused with these texts', () => {
  const create = (source: Resource, targetProfile?: string, targetType: 'MOUNT' | 'BLOCK' = 'MOUNT'): Refusal => {
    const more = targetProfile === undefined ? {} : { targetProfile };
    return validateOperation({ type: 'CREATE_DISK', createDisk: { source, targetType, ...more } }, context);
  };
  const bare = rawDisk({ disk: { source: { type: 'RAW' } } });
  assert.equal(create(rawDisk()), null);
  assert.equal(create(bare, 'fast'), null);
  assert.equal(create(BAD), `Invalid resource: Invalid resources: ${BAD_LIST}`);
  assert.equal(create(scalar('disk', 1)), "'source' is not managed by a resource provider");
  assert.equal(create(scalar('disk', 1, PROVIDED)), "'source' is not a RAW disk resource");
  assert.equal(create(rawDisk(), undefined, 'RAW' as 'MOUNT'), "'target_type' is neither MOUNT or BLOCK");
  assert.equal(create(rawDisk(), 'fast'), "'target_profile' must not be set when 'source' has a profile");
  assert.equal(create(bare), "'target_profile' must be set when 'source' has no profile");
  const destroy = (source: Resource): Refusal =>
    validateOperation({ type: 'DESTROY_DISK', destroyDisk: { source } }, context);
  assert.equal(destroy(rawDisk()), null);
  assert.equal(destroy(BAD), `Invalid resource: Invalid resources: ${BAD_LIST}`);
  assert.equal(destroy(scalar('disk', 1)), "'source' is not managed by a resource provider");
  assert.equal(destroy(scalar('disk', 1, PROVIDED)), "'source' is neither a MOUNT, BLOCK or RAW disk resource");
  assert.equal(destroy(bare), "'source' is not backed by a CSI volume");
  const source = { type: 'MOUNT', id: 'x' } as const;
  assert.equal(
    destroy(volume('v', { ...PROVIDED, disk: { ...volume('v').disk, source } })),
    'A disk resource containing a persistent volume disk(allocated: ads)(reservations: ' +
    '[(DYNAMIC,ads,p)])[MOUNT(,x,),v:' +
      'data]:64 cannot be destroyed directly. Please destroy the persistent volume first then destroy the ' +
      'disk resource',
  );
});
