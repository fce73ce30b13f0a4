/**
 * Checks of snapshots before anything is restored from them: every field is there and of its type, numbers are in
 * range, and what refers to something refers to something that is there. A torn snapshot is refused as a whole.
 */
import { checkId, checkTime, refuse } from './basic-checks.js';
import {
  type Check,
  checkAttribute,
  checkDomain,
  checkFields,
  checkFlag,
  checkList,
  checkObject,
  checkText,
  checkTexts,
  checkWindow,
} from './input-checks.js';
import type { AllocatorSnapshot } from './snapshot-format.js';

const checkAnyId: Check = (field, value) => checkId(field, value as string);

const checkMoment: Check = (field, value) => checkTime(field, value as number);

function checkCount(field: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return;
  throw refuse(field, value, 'it is not a count', 'give an integer from 0');
}

const checkPositive: Check = (field, value) => {
  checkCount(field, value);
  if (value === 0) throw refuse(field, value, 'it is 0', 'give an integer from 1');
};

/** Anything that is there: it is checked where it is read. */
const checkPresent: Check = (field, value) => {
  if (value === undefined) throw refuse(field, value, 'it is missing', 'take a new snapshot');
};

const orNull =
  (check: Check): Check =>
  (field, value) => {
    if (value !== null) check(field, value);
  };

const listOf =
  (check: Check): Check =>
  (field, value) =>
    checkList(field, value, check);

const recordOf =
  (check: Check): Check =>
  (field, value) => {
    checkObject(field, value);
    for (const [key, entry] of Object.entries(value)) check(`${field}.${key}`, entry);
  };

/** An object that has all of these fields. */
const objectOf =
  (checks: Readonly<Record<string, Check>>): Check =>
  (field, value) =>
    checkFields(field, value, checks, Object.keys(checks));

const checkAnswer: Check = (field, value) => {
  if (value === 'ACCEPT' || value === 'DECLINE') return;
  throw refuse(field, value, 'it is no answer to an inverse offer', "give 'ACCEPT' or 'DECLINE'");
};

const checkTimer = objectOf({ deadlineMs: checkMoment, generation: checkCount });

const checkHolding = objectOf({ frameworkId: checkAnyId, role: checkText, resources: checkPresent });

const checkAgent = objectOf({
  id: checkAnyId,
  ordinal: checkPositive,
  hostname: checkText,
  attributes: listOf(checkAttribute),
  capabilities: orNull(checkTexts),
  domain: checkDomain,
  active: checkFlag,
  total: checkPresent,
  held: listOf(checkHolding),
  unclaimed: listOf(checkHolding),
  maintenance: orNull(
    objectOf({
      unavailability: (field, value) => {
        checkObject(field, value);
        checkWindow(field, value);
      },
      outstanding: checkTexts,
      statuses: recordOf(checkAnswer),
    }),
  ),
});

const checkFramework = objectOf({
  id: checkAnyId,
  active: checkFlag,
  roles: checkTexts,
  clients: checkTexts,
  suppressed: checkTexts,
  capabilities: checkTexts,
  minimums: recordOf(listOf(checkPresent)),
  constraints: checkPresent,
  inverseFilters: recordOf(listOf(checkTimer)),
});

const checkFilter = objectOf({
  frameworkId: checkAnyId,
  role: checkText,
  agentId: checkAnyId,
  resources: checkPresent,
  deadlineMs: checkMoment,
  generation: checkCount,
});

const checkShape = objectOf({
  clock: objectOf({
    clockMs: checkMoment,
    nextBatchMs: checkMoment,
    generation: checkPositive,
    run: checkCount,
    runsMade: checkCount,
    nextOrdinal: checkPositive,
    resumeAtMs: orNull(checkMoment),
    resumeGeneration: checkCount,
  }),
  paused: checkFlag,
  expectedAgents: orNull(checkCount),
  pending: checkFlag,
  pendingAll: checkFlag,
  pendingAgents: listOf(checkAnyId),
  whitelist: orNull(checkTexts),
  weights: listOf(objectOf({ role: checkText, weight: checkMoment })),
  quotas: listOf(objectOf({ role: checkText, guarantees: checkPresent, limits: checkPresent })),
  frameworks: listOf(checkFramework),
  agents: listOf(checkAgent),
  filters: listOf(checkFilter),
  grants: objectOf({ roles: recordOf(checkCount), frameworks: recordOf(recordOf(checkCount)) }),
});

/** Throws MeteError for a snapshot that is not whole. */
export function checkSnapshot(snapshot: AllocatorSnapshot): void {
  checkShape('snapshot', snapshot);
  checkOrdinals(snapshot);
  checkReferences(snapshot);
}

/** Agents stand in the order of their addition. */
function checkOrdinals({ agents, clock }: AllocatorSnapshot): void {
  let last = 0;
  for (const { id, ordinal } of agents) {
    if (ordinal <= last || ordinal >= clock.nextOrdinal) {
      throw refuse(`ordinal of agent ${id}`, ordinal, 'it is out of order', 'take a new snapshot');
    }
    last = ordinal;
  }
}

function checkReferences({ agents, frameworks, filters, pendingAgents }: AllocatorSnapshot): void {
  const agentIds = new Set(agents.map(({ id }) => id));
  const byId = new Map(frameworks.map((framework) => [framework.id, framework]));
  const holders = new Set<string>();
  const named: [field: string, id: string, isKnown: boolean][] = [
    ...pendingAgents.map((id): [string, string, boolean] => ['pendingAgents', id, agentIds.has(id)]),
    ...filters.map((one): [string, string, boolean] => ['filters', one.agentId, agentIds.has(one.agentId)]),
    ...filters.map(({ frameworkId, role }): [string, string, boolean] => {
      return ['filters', frameworkId, byId.get(frameworkId)?.roles.includes(role) ?? false];
    }),
  ];
  for (const { id, held, unclaimed } of agents) {
    for (const { frameworkId, role } of held) {
      holders.add(JSON.stringify([frameworkId, role]));
      named.push([`held on ${id}`, frameworkId, byId.has(frameworkId)]);
    }
    for (const { frameworkId } of unclaimed) named.push([`unclaimed on ${id}`, frameworkId, !byId.has(frameworkId)]);
  }
  for (const { id, roles, clients } of frameworks) {
    for (const role of clients) {
      const isClient = roles.includes(role) || holders.has(JSON.stringify([id, role]));
      named.push([`clients of ${id}`, role, isClient]);
    }
  }
  for (const [field, id, isKnown] of named) {
    if (!isKnown) throw refuse(field, id, 'what it refers to is not in the snapshot', 'take a new snapshot');
  }
}
