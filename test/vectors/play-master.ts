/** Vectors of the master's quota and weights endpoints: requests to a real master, with agents and frameworks. */
import { printValue } from '../../src/base/errors.js';
import type { Realm } from '../../src/http/access.js';
import type { OfferMessage } from '../../src/protocol/offer.js';
import type { TaskId } from '../../src/protocol/schema.js';
import { resourcesToMessages } from '../../src/resources/message-form.js';
import type { Resources } from '../../src/resources/resources.js';
import { aclsOf, answersOf } from './authorizers.js';
import { resourcesOf } from './bundles.js';
import { type HttpAnswer, MasterWorld, type PlayedPeer, type WorldOptions } from './master-world.js';
import { listOf, numberOf, Reader, SchemaError } from './reader.js';
import { entryOf, type Play, type Report } from './report.js';
import type { Expectation, Step } from './schema.js';
import type { Subjects } from './subjects.js';

const CREDENTIALS = new Map(['test-principal', 'p1', 'p2'].map((principal) => [principal, `secret of ${principal}`]));
const ABLE = ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT', 'RESIZE_VOLUME'];

interface FrameworkPlay {
  readonly peer: PlayedPeer;
  /** Offers since they were last counted. */
  fresh: number;
  /** Offers that the last step took back. */
  rescinded: number;
  /** Offers that stand. */
  readonly offers: Map<string, OfferMessage>;
}

interface Stage {
  readonly world: MasterWorld;
  readonly report: Report;
  readonly engine: WorldOptions['engine'];
  flags: Record<string, unknown>;
  readonly agents: Map<string, PlayedPeer>;
  readonly frameworks: Map<string, FrameworkPlay>;
  answers: HttpAnswer[];
}

type Operation = (stage: Stage, fields: Reader) => Promise<void>;

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  startMaster: (stage, fields) => start(stage, fields),
  restartMaster: (stage, fields) => start(stage, fields),
  async http(stage, fields) {
    fields.raw('blame');
    fields.raw('reason');
    stage.answers = [await send(stage, fields)];
  },
  async httpConcurrent(stage, fields) {
    // Leave is given at once, in the order of the requests.
    fields.raw('authorise_order');
    const requests = fields.list('requests').map((item, i) => Reader.of(item, `${fields.path('requests')}[${i}]`));
    stage.answers = await Promise.all(requests.map((request) => send(stage, request)));
  },
  async addAgent({ world, agents }, fields) {
    const hostname = fields.text('agent');
    const peer = world.peer();
    const resources = resourcesToMessages(amountsOf(fields, 'total'));
    const agentInfo = { hostname, port: 5051, resources };
    peer.send({ type: 'REGISTER_AGENT', agentInfo, version: '1.11.0', capabilities: ABLE });
    agents.set(hostname, peer);
    await world.settle();
  },
  disconnectAgent({ agents }, fields) {
    agents.get(fields.text('agent'))?.end('played');
    return Promise.resolve();
  },
  subscribeFramework({ world, frameworks }, fields) {
    const name = fields.text('framework');
    const peer = world.peer();
    const capabilities = [{ type: 'MULTI_ROLE' }];
    peer.send({ type: 'SUBSCRIBE', frameworkInfo: { user: 'root', name, roles: fields.texts('roles'), capabilities } });
    frameworks.set(name, { peer, fresh: 0, rescinded: 0, offers: new Map() });
    return Promise.resolve();
  },
  launchTask({ frameworks }, fields) {
    const framework = entryOf(Object.fromEntries(frameworks), fields.text('framework'), 'framework', fields.where);
    const [offer] = framework.offers.values();
    if (offer === undefined) throw new SchemaError(fields.where, offer, 'the framework has no offer to launch on');
    const resources = resourcesToMessages(amountsOf(fields, 'resources'), offer.allocationInfo?.role);
    const taskId = 'task1' as TaskId;
    const task = { name: 'task1', taskId, agentId: offer.agentId, resources, command: { value: 'true' } };
    framework.offers.delete(offer.id);
    const operations = [{ type: 'LAUNCH' as const, launch: { taskInfos: [task] } }];
    framework.peer.send({ type: 'ACCEPT', offerIds: [offer.id], operations });
    return Promise.resolve();
  },
  authorizerAnswers({ world }, fields) {
    world.authorizer = answersOf(fields.raw('answers'), fields.path('answers'));
    return Promise.resolve();
  },
  acls({ world }, fields) {
    world.authorizer = aclsOf(fields.object('acls'));
    return Promise.resolve();
  },
  advanceClock: ({ world }, fields) => world.advance(fields.number('secs') * 1000),
};

export const EXPECTATIONS: Readonly<Record<string, (stage: Stage, fields: Reader) => void>> = {
  http_status({ report, answers }, fields) {
    report.checkSame('status', fields.number('status'), answers[0]?.status);
  },
  http_statuses({ report, answers }, fields) {
    const list = listOf(fields.raw('statuses'), fields.path('statuses'));
    const statuses = list.map((item) => numberOf(item, fields.where));
    report.checkSame('statuses', statuses, answers.map(({ status }) => status));
  },
  http_json_contains({ report, answers }, fields) {
    const seen = JSON.parse(answers[0]?.body ?? 'null') as unknown;
    const wanted = fields.raw('value');
    report.check(contains(seen, wanted), `JSON with ${printValue(wanted)}`, `JSON ${printValue(seen)}`);
  },
  offer_count({ report, frameworks }, fields) {
    const framework = entryOf(Object.fromEntries(frameworks), fields.text('framework'), 'framework', fields.where);
    report.checkSame('offers', fields.number('count'), framework.fresh);
    framework.fresh = 0;
  },
  rescinded({ report, frameworks }, fields) {
    const framework = entryOf(Object.fromEntries(frameworks), fields.text('framework'), 'framework', fields.where);
    report.checkSame('rescinded', fields.number('count'), framework.rescinded);
  },
};

export function playMaster(subjects: Subjects, report: Report): Play {
  const { engineFactory } = subjects;
  if (engineFactory === null) throw new Error('no master runs on this engine');
  const stage: Stage = {
    world: new MasterWorld(),
    report,
    engine: engineFactory,
    flags: {},
    agents: new Map(),
    frameworks: new Map(),
    answers: [],
  };
  return {
    async step({ op, fields }: Step) {
      for (const framework of stage.frameworks.values()) framework.rescinded = 0;
      await entryOf(OPERATIONS, op, 'operation', fields.where)(stage, fields);
      await stage.world.settle();
      stage.frameworks.forEach(takeIn);
    },
    expect({ type, fields }: Expectation) {
      entryOf(EXPECTATIONS, type, 'expectation', fields.where)(stage, fields);
    },
    end: () => stage.world.close(),
  };
}

function takeIn(framework: FrameworkPlay): void {
  for (const message of framework.peer.inbox.splice(0)) {
    if (message.type === 'OFFERS') {
      framework.fresh += message.offers.length;
      for (const offer of message.offers) framework.offers.set(offer.id, offer);
    }
    if (message.type === 'RESCIND' && framework.offers.delete(message.offerId)) framework.rescinded++;
  }
}

/** Flags that a restart does not name stay. */
async function start(stage: Stage, fields: Reader): Promise<void> {
  const given = fields.optional('flags', (name) => fields.object(name), null);
  const flags = given === null ? [] : ['roles', 'weights', 'registry', 'authenticate_http_readwrite'];
  for (const name of flags) if (given?.has(name) === true) stage.flags[name] = given.raw(name);
  const { roles, weights, authenticate_http_readwrite: needsName = false } = stage.flags;
  const realms = new Set<Realm>(needsName === true ? ['readwrite'] : []);
  await stage.world.start({
    engine: stage.engine,
    access: { credentials: CREDENTIALS, realms },
    ...(typeof roles === 'string' ? { roles: roles.split(',') } : {}),
    ...(typeof weights === 'string' ? { weights: weights.split(',').map(weightOf) } : {}),
  });
}

function weightOf(text: string): { role: string; weight: number } {
  const [role = '', weight = ''] = text.split('=');
  return { role, weight: Number(weight) };
}

/** Without a credential it is the usual one; 'none' brings none. */
async function send({ world }: Stage, fields: Reader): Promise<HttpAnswer> {
  const principal = fields.optional('credential', (name) => fields.text(name), 'test-principal');
  const given = fields.raw('body');
  const body = given === undefined ? '' : typeof given === 'string' ? given : JSON.stringify(given);
  const secret = CREDENTIALS.get(principal) ?? 'guessed';
  const authorization = `Basic ${Buffer.from(`${principal}:${secret}`).toString('base64')}`;
  return world.request({
    method: fields.text('method'),
    path: fields.text('path'),
    body,
    headers: { 'content-type': 'application/json', ...(principal === 'none' ? {} : { authorization }) },
  });
}

/** Amounts by name, or a list of bundles. */
function amountsOf(fields: Reader, name: string): Resources {
  const given = fields.raw(name);
  return resourcesOf(Array.isArray(given) ? given : [{ scalars: given }], fields.path(name));
}

/** Whether all that is wanted is there; an empty list or object means just that. */
function contains(seen: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(seen) && seen.length === wanted.length && wanted.every((item, i) => contains(seen[i], item));
  }
  if (typeof wanted !== 'object' || wanted === null) return seen === wanted;
  if (typeof seen !== 'object' || seen === null || Array.isArray(seen)) return false;
  const fields = Object.entries(wanted);
  if (fields.length === 0) return Object.keys(seen).length === 0;
  return fields.every(([name, value]) => contains((seen as Record<string, unknown>)[name], value));
}
