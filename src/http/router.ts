/**
 * Which handler a request goes to, by method and path. Patterns are segments: `/blobs/:sha256` takes one segment as a
 * parameter, a last `*` the rest of the path. Literal segments win over parameters, parameters over the rest. HEAD goes
 * to GET's handler. Texts of 404 and 405 are those of Mesos (libprocess, http.hpp).
 */
import { MeteError } from '../base/errors.js';
import type { Exchange, ExchangeHandler } from '../base/exchange.js';
import { answerError, answerText } from './answers.js';

/** Parameters by name, percent-decoded; the rest of a path is `*`. */
export type PathParameters = Readonly<Record<string, string>>;

/** May throw or reject: the client is then answered with the error. */
export type RouteHandler = (exchange: Exchange, parameters: PathParameters) => void | Promise<void>;

export interface Route {
  /** In upper case; `*` takes all that have no route of their own. */
  readonly method: string;
  readonly path: string;
  readonly handle: RouteHandler;
}

export interface RouterOptions {
  /** Told of errors that are no MeteError. */
  readonly onFault?: (error: unknown) => void;
}

/** One segment of the tree of patterns. */
interface Node {
  readonly literals: Map<string, Node>;
  parameter: { readonly name: string; readonly node: Node } | null;
  /** Handlers by method, of the path that ends here. */
  readonly handlers: Map<string, RouteHandler>;
  /** Handlers by method, of every path that goes on from here. */
  readonly restHandlers: Map<string, RouteHandler>;
}

interface Match {
  readonly handlers: ReadonlyMap<string, RouteHandler>;
  readonly parameters: PathParameters;
}

/** A handler of exchanges that serves the routes. Throws MeteError (ALREADY_EXISTS) if two are the same. */
export function createRouter(routes: readonly Route[], { onFault }: RouterOptions = {}): ExchangeHandler {
  const root = newNode();
  for (const route of routes) addRoute(root, route);
  return (exchange) => {
    serve(root, exchange).catch((error: unknown) => {
      if (!(error instanceof MeteError)) onFault?.(error);
      answerError(exchange, error);
    });
  };
}

async function serve(root: Node, exchange: Exchange): Promise<void> {
  const { method, path } = exchange.request;
  const match = find(root, segmentsOf(path), 0, {});
  if (match === null) return answerText(exchange, 404, '404 Not Found.');
  const { handlers, parameters } = match;
  const handle = handlers.get(method) ?? (method === 'HEAD' ? handlers.get('GET') : undefined) ?? handlers.get('*');
  if (handle !== undefined) {
    await handle(exchange, parameters);
    return;
  }
  const allowed = [...handlers.keys()];
  if (allowed.includes('GET') && !allowed.includes('HEAD')) allowed.push('HEAD');
  if (method === 'OPTIONS') return answerText(exchange, 204, '', { allow: [...allowed, 'OPTIONS'].join(', ') });
  const wanted = `{ '${[...handlers.keys()].join("', '")}' }`;
  const text = `405 Method Not Allowed. Expecting one of ${wanted}, but received '${method}'.`;
  answerText(exchange, 405, text, { allow: allowed.join(', ') });
}

function newNode(): Node {
  return { literals: new Map(), parameter: null, handlers: new Map(), restHandlers: new Map() };
}

function addRoute(root: Node, { method, path, handle }: Route): void {
  let node = root;
  let { handlers } = node;
  for (const segment of path.split('/').slice(1)) {
    handlers = segment === '*' ? node.restHandlers : handlers;
    if (segment === '*') break;
    node = childOf(node, segment);
    ({ handlers } = node);
  }
  if (handlers.has(method)) {
    throw new MeteError('ALREADY_EXISTS', {
      field: 'route',
      value: `${method} ${path}`,
      reason: 'there is a route for it already',
      mend: 'leave one of them out',
    });
  }
  handlers.set(method, handle);
}

function childOf(node: Node, segment: string): Node {
  if (segment.startsWith(':')) {
    node.parameter ??= { name: segment.slice(1), node: newNode() };
    return node.parameter.node;
  }
  const child = node.literals.get(segment) ?? newNode();
  node.literals.set(segment, child);
  return child;
}

/** Throws MeteError (INVALID_ARGUMENT) for escapes that are none. */
function segmentsOf(path: string): string[] {
  return path.split('/').slice(1).map((segment) => {
    try {
      return decodeURIComponent(segment);
    } catch (cause) {
      throw new MeteError('INVALID_ARGUMENT', {
        field: 'path',
        value: path,
        reason: 'it has a percent sign that starts no UTF-8 character',
        mend: 'write a percent sign as %25',
        cause,
      });
    }
  });
}

function find(node: Node, segments: readonly string[], at: number, parameters: PathParameters): Match | null {
  const segment = segments[at];
  const isEnd = segment === undefined || (segment === '' && at === segments.length - 1 && node.handlers.size > 0);
  if (isEnd) return node.handlers.size === 0 ? null : { handlers: node.handlers, parameters };
  const literal = node.literals.get(segment);
  const byLiteral = literal === undefined ? null : find(literal, segments, at + 1, parameters);
  if (byLiteral !== null) return byLiteral;
  if (node.parameter !== null && segment !== '') {
    const { name, node: child } = node.parameter;
    const byParameter = find(child, segments, at + 1, { ...parameters, [name]: segment });
    if (byParameter !== null) return byParameter;
  }
  if (node.restHandlers.size === 0) return null;
  return { handlers: node.restHandlers, parameters: { ...parameters, '*': segments.slice(at).join('/') } };
}
