/**
 * The older endpoints of operators that change something: forms and JSON. Texts and statuses are Mesos'; what a call
 * does is the same as through the operator API.
 */
import { MeteError } from '../../base/errors.js';
import type { Exchange } from '../../base/exchange.js';
import { answerText } from '../../http/answers.js';
import { readBody } from '../../http/body.js';
import { parseJsonBody } from '../../http/json-body.js';
import type { PathParameters, Route } from '../../http/router.js';
import { type Resource, resource } from '../../protocol/common.js';
import { type MachineId, machines, maintenanceSchedule, quotaRequest } from '../../protocol/operator-shapes.js';
import { weightInfos } from '../../protocol/operator-shapes.js';
import type { AgentId, FrameworkId } from '../../protocol/schema.js';
import { fromV1Json } from '../../protocol/v1-json.js';
import type { OperatorCall } from '../core/events.js';
import { validateResourceList } from '../core/validation/index.js';
import { type Access, nameOfAsker, REFUSED } from '../../http/access.js';
import type { Operations } from './operations.js';
import { isLeading, type Standing } from './standing.js';

const MAX_BODY_BYTES = 4 * 2 ** 20;

export interface WriteOptions {
  readonly access: Access;
  readonly standing: () => Standing;
  readonly operations: Operations;
}

/** A refusal of a request: 400 and this text. */
class Refusal extends Error {}

type By = { readonly principal?: string };
type Write = (body: string, by: By, exchange: Exchange, parameters: PathParameters) => OperatorCall;

function reasonOf(error: unknown): string {
  if (error instanceof MeteError) return error.reason.replace(/^Failed to parse body into JSON: /, '');
  return error instanceof Error ? error.message : String(error);
}

/** A JSON value; `kind` is what it must be. */
function jsonOf(text: string, kind: 'object' | 'array', failed: string): unknown {
  let value: unknown;
  try {
    value = parseJsonBody(new TextEncoder().encode(text));
  } catch (error) {
    throw new Refusal(`${failed}${reasonOf(error)}`);
  }
  const is = Array.isArray(value) ? 'array' : typeof value;
  if (is !== kind || value === null) throw new Refusal(`${failed}Unexpected JSON type parsed`);
  return value;
}

/** What `read` makes of it. */
function messageOf<T>(read: () => T, failed: string): T {
  try {
    return read();
  } catch (error) {
    throw new Refusal(`${failed}${reasonOf(error)}`);
  }
}

function field(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null) throw new Refusal(`Missing '${name}' query parameter in the request body`);
  return value;
}

/** A list of resources in a form. */
function resourcesIn(form: URLSearchParams, name: string, verb = 'Error in parsing'): Resource[] {
  const failed = `${verb} '${name}' query parameter in the request body: `;
  const list = jsonOf(field(form, name), 'array', failed) as unknown[];
  return list.map((item) => messageOf(() => fromV1Json(resource, item), failed));
}

function checked(list: Resource[]): Resource[] {
  const refusal = validateResourceList(list);
  if (refusal !== null) throw new Refusal(refusal);
  return list;
}

function agentIn(form: URLSearchParams): AgentId {
  return field(form, 'slaveId') as AgentId;
}

function machinesIn(body: string): MachineId[] {
  const json = jsonOf(body, 'array', '');
  return messageOf(() => fromV1Json(machines, json), '');
}

const WRITES: readonly { readonly method: string; readonly path: string; readonly write: Write }[] = [
  {
    method: 'POST',
    path: '/teardown',
    write(body) {
      return { type: 'TEARDOWN', frameworkId: field(new URLSearchParams(body), 'frameworkId') as FrameworkId };
    },
  },
  {
    method: 'POST',
    path: '/reserve',
    write(body, by) {
      const form = new URLSearchParams(body);
      const agentId = agentIn(form);
      const resources = checked(resourcesIn(form, 'resources', 'Error parsing'));
      const source = form.has('source') ? checked(resourcesIn(form, 'source', 'Error parsing')) : [];
      return { type: 'RESERVE_RESOURCES', agentId, resources, source, ...by };
    },
  },
  {
    method: 'POST',
    path: '/unreserve',
    write(body) {
      const form = new URLSearchParams(body);
      const agentId = agentIn(form);
      return { type: 'UNRESERVE_RESOURCES', agentId, resources: checked(resourcesIn(form, 'resources')) };
    },
  },
  {
    method: 'POST',
    path: '/create-volumes',
    write(body, by) {
      const form = new URLSearchParams(body);
      const agentId = agentIn(form);
      return { type: 'CREATE_VOLUMES', agentId, volumes: resourcesIn(form, 'volumes'), ...by };
    },
  },
  {
    method: 'POST',
    path: '/destroy-volumes',
    write(body) {
      const form = new URLSearchParams(body);
      const agentId = agentIn(form);
      return { type: 'DESTROY_VOLUMES', agentId, volumes: resourcesIn(form, 'volumes') };
    },
  },
  {
    method: 'PUT',
    path: '/weights',
    write(body) {
      const json = jsonOf(body, 'array', `Failed to parse update weights request JSON '${body}': `);
      const failed = `Failed to convert weights JSON array to protobuf '${body}': `;
      const infos = messageOf(() => fromV1Json(weightInfos, json), failed);
      return { type: 'UPDATE_WEIGHTS', weights: infos.map(({ role = '', weight }) => ({ role, weight })) };
    },
  },
  {
    method: 'POST',
    path: '/quota',
    write(body, by) {
      const json = jsonOf(body, 'object', `Failed to parse set quota request JSON '${body}': `);
      const failed = `Failed to validate set quota request JSON '${body}': `;
      const request = messageOf(() => fromV1Json(quotaRequest, json), failed);
      const { role = '', force = false, guarantee } = request;
      const invalid = validateResourceList(guarantee);
      if (invalid === null) return { type: 'SET_QUOTA', role, force, guarantee, ...by };
      throw new Refusal(`Failed to validate set quota request: QuotaInfo with invalid resource: ${invalid}`);
    },
  },
  {
    method: 'DELETE',
    path: '/quota/*',
    write: (_body, _by, { request: { path } }, parameters) => ({ type: 'REMOVE_QUOTA', role: parameters['*']!, path }),
  },
  {
    method: 'DELETE',
    path: '/quota',
    write(_body, _by, { request: { path } }) {
      const found = path.split('/').filter((part) => part !== '').length;
      const expected = `expected 3 tokens, found ${found} tokens`;
      throw new Refusal(`Failed to parse remove quota request for path '${path}': ${expected}`);
    },
  },
  {
    method: 'POST',
    path: '/maintenance/schedule',
    write: (body) => ({
      type: 'UPDATE_MAINTENANCE_SCHEDULE',
      schedule: messageOf(() => fromV1Json(maintenanceSchedule, jsonOf(body, 'object', '')), ''),
    }),
  },
  {
    method: 'POST',
    path: '/machine/down',
    write: (body) => ({ type: 'START_MAINTENANCE', machines: machinesIn(body) }),
  },
  {
    method: 'POST',
    path: '/machine/up',
    write: (body) => ({ type: 'STOP_MAINTENANCE', machines: machinesIn(body) }),
  },
];

/** The routes; those below `/master` are made by whoever takes them. */
export function writeRoutes({ access, standing, operations }: WriteOptions): Route[] {
  return WRITES.map(({ method, path, write }) => ({
    method,
    path,
    async handle(exchange, parameters) {
      const principal = nameOfAsker(access, exchange, 'readwrite');
      if (principal === REFUSED || !isLeading(exchange, standing())) return;
      const body = new TextDecoder().decode(await readBody(exchange, MAX_BODY_BYTES));
      let call: OperatorCall;
      try {
        call = write(body, principal === null ? {} : { principal }, exchange, parameters);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return answerText(exchange, 400, error.message);
      }
      operations.carryOut(exchange, principal, call);
    },
  }));
}
