/**
 * Who may do what over HTTP. Without credentials everybody may ask, and nobody has a name; with them, requests to what
 * needs a name are answered with 401 unless they bring one (Basic authentication). An authorizer, if there is one,
 * decides for each action; without one all is allowed.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Exchange } from '../../base/exchange.js';
import { answerText } from '../../http/answers.js';

/** Names as in Mesos' list of actions of its authorizer. */
export type Action =
  | 'VIEW_ROLE'
  | 'VIEW_FLAGS'
  | 'GET_QUOTA'
  | 'UPDATE_QUOTA'
  | 'UPDATE_WEIGHT'
  | 'TEARDOWN_FRAMEWORK'
  | 'RESERVE_RESOURCES'
  | 'UNRESERVE_RESOURCES'
  | 'CREATE_VOLUME'
  | 'DESTROY_VOLUME'
  | 'RESIZE_VOLUME'
  | 'UPDATE_MAINTENANCE_SCHEDULE'
  | 'START_MAINTENANCE'
  | 'STOP_MAINTENANCE'
  | 'MARK_AGENT_GONE'
  | 'DRAIN_AGENT'
  | 'DEACTIVATE_AGENT'
  | 'REACTIVATE_AGENT'
  | 'SET_LOG_LEVEL'
  | 'ACCESS_MESOS_LOG';

export interface Authorizer {
  /** Whether a principal (null: nobody in particular) may do this to an object: a role, as far as it is about roles. */
  approves(principal: string | null, action: Action, object?: string): boolean;
}

export type Realm = 'readonly' | 'readwrite';

export interface AccessOptions {
  /** Secrets by principal. */
  readonly credentials?: ReadonlyMap<string, string>;
  /** What needs a name. */
  readonly realms?: ReadonlySet<Realm>;
  readonly authorizer?: Authorizer;
}

/** Instead of a principal: 401 has been answered. */
export const REFUSED = Symbol('refused');

export interface Access {
  /** Who asks. */
  authenticate(exchange: Exchange, realm: Realm): string | null | typeof REFUSED;
  approves(principal: string | null, action: Action, object?: string): boolean;
}

export function createAccess({ credentials = new Map(), realms = new Set(), authorizer }: AccessOptions): Access {
  return {
    authenticate(exchange, realm) {
      const principal = principalOf(exchange, credentials);
      if (principal !== null || !realms.has(realm)) return principal;
      const challenge = `Basic realm="mesos-master-${realm}"`;
      answerText(exchange, 401, '401 Unauthorized.', { 'www-authenticate': challenge });
      return REFUSED;
    },
    approves: (principal, action, object) => authorizer?.approves(principal, action, object) ?? true,
  };
}

/** The principal whose secret the request knows. */
function principalOf(exchange: Exchange, credentials: ReadonlyMap<string, string>): string | null {
  const match = /^basic\s+([a-z0-9+/=]+)\s*$/i.exec(exchange.request.headers['authorization'] ?? '');
  if (match === null) return null;
  const text = Buffer.from(match[1]!, 'base64').toString();
  const colon = text.indexOf(':');
  const principal = text.slice(0, Math.max(0, colon));
  const secret = credentials.get(principal);
  return secret !== undefined && isSame(secret, text.slice(colon + 1)) ? principal : null;
}

/** Takes equally long for all texts. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
