/**
 * Who may do what over HTTP. Endpoints belong to realms; in a realm that needs a name, requests without one, or with a
 * wrong secret, are answered with 401 before anything else is looked at. Names come by Basic authentication; executors
 * show a token (Bearer) instead. In other realms a right name and secret count, too. An authorizer, if there is one,
 * decides for each action; without one all is allowed. Headers and texts are those of Mesos (libprocess).
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Action } from '../authorizer/actions.js';
import type { Authorizer, Subject } from '../authorizer/authorizer.js';
import type { Exchange, ExchangeRequest } from '../base/exchange.js';
import { answerText } from './answers.js';
import { readToken } from './json-web-token.js';

export type { Action } from '../authorizer/actions.js';
export type { Authorizer, Subject } from '../authorizer/authorizer.js';

/** Endpoints that need the same kind of name: of the master (scheduler), of the agent (executor), of both. */
export type Realm = 'readonly' | 'readwrite' | 'scheduler' | 'executor';

/** One way to show who one is. */
export interface Authenticator {
  readonly realms: ReadonlySet<Realm>;
  /** Who it is, or what is asked for in `WWW-Authenticate`. */
  authenticate(request: ExchangeRequest, realm: string): { readonly subject: Subject } | { readonly challenge: string };
}

export interface AccessOptions {
  /** Whose realms these are: `mesos-master-readonly`. */
  readonly of?: 'master' | 'agent';
  /** Secrets by principal. */
  readonly credentials?: ReadonlyMap<string, string>;
  /** What needs a name. */
  readonly realms?: ReadonlySet<Realm>;
  /** The key that tokens of executors are signed with; executors need one then. */
  readonly tokenKey?: Uint8Array | undefined;
  readonly authorizer?: Authorizer | null;
  /** Other ways to show who one is. */
  readonly authenticators?: readonly Authenticator[];
}

/** Instead of a principal: 401 has been answered. */
export const REFUSED = Symbol('refused');

export interface Access {
  /** Null: nobody asks for leave, for all is allowed. */
  readonly authorizer: Authorizer | null;
  /** Who asks. */
  authenticate(exchange: Exchange, realm: Realm): Subject | typeof REFUSED;
  approves(subject: Subject, action: Action, object?: string, container?: string): boolean;
}

export function createAccess(options: AccessOptions): Access {
  const { of = 'master', credentials = new Map<string, string>(), realms = new Set(), tokenKey } = options;
  const { authorizer = null, authenticators: others = [] } = options;
  const named: Authenticator = {
    realms: new Set(['readonly', 'readwrite', 'scheduler']),
    authenticate: (request, realm) => basic(request, realm, credentials),
  };
  const authenticators = [named, ...others];
  const needy = new Set(realms);
  if (tokenKey !== undefined) {
    needy.add('executor');
    authenticators.push(tokens(tokenKey));
  }
  return {
    authorizer,
    authenticate(exchange, realm) {
      const name = `mesos-${of}-${realm}`;
      const challenges: string[] = [];
      for (const authenticator of authenticators) {
        if (!authenticator.realms.has(realm)) continue;
        const found = authenticator.authenticate(exchange.request, name);
        if ('subject' in found) return found.subject;
        challenges.push(found.challenge);
      }
      if (!needy.has(realm)) return null;
      answerText(exchange, 401, '401 Unauthorized.', { 'www-authenticate': challenges.join(',') });
      return REFUSED;
    },
    approves: (subject, action, object, container) =>
      authorizer?.approves(subject, action, object, container) ?? true,
  };
}

/** The principal whose secret the request knows. */
function basic(
  { headers }: ExchangeRequest,
  realm: string,
  credentials: ReadonlyMap<string, string>,
): ReturnType<Authenticator['authenticate']> {
  const challenge = `Basic realm="${realm}"`;
  const match = /^basic\s+([a-z0-9+/=]+)\s*$/i.exec(headers['authorization'] ?? '');
  if (match === null) return { challenge };
  const text = Buffer.from(match[1]!, 'base64').toString();
  const colon = text.indexOf(':');
  const principal = text.slice(0, Math.max(0, colon));
  return hasSecret(credentials, principal, text.slice(colon + 1)) ? { subject: principal } : { challenge };
}

/** Whether this is the secret of a principal; a stranger is found out no sooner than a wrong secret. */
function hasSecret(credentials: ReadonlyMap<string, string>, principal: string, given: string): boolean {
  const secret = credentials.get(principal);
  const isRight = isSame(secret ?? '', given);
  return secret !== undefined && isRight;
}

/** Takes equally long for all texts. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Executors by the tokens that the agent has given them; they may also call the operator API of the agent. */
function tokens(key: Uint8Array): Authenticator {
  return {
    realms: new Set(['executor', 'readwrite']),
    authenticate({ headers: { authorization } }, realm) {
      const challenge = `Bearer realm="${realm}"`;
      if (authorization === undefined) return { challenge };
      const invalid = (why: string): { challenge: string } => {
        const description = why.replace(/[^\x20-\x7e]|["\\]/g, "'");
        return { challenge: `${challenge}, error="invalid_token", error_description="${description}"` };
      };
      const [scheme, token, ...more] = authorization.split(' ');
      if (token === undefined || more.length > 0) return invalid("Malformed 'Authorization' header");
      if (scheme !== 'Bearer') return invalid(`Scheme '${scheme}' unsupported`);
      const claims = readToken(token, key, Date.now());
      if (typeof claims === 'string') return invalid(`Invalid JWT: ${claims}`);
      return Object.keys(claims).length === 0 ? invalid('JWT claims missing') : { subject: { claims } };
    },
  };
}

/** As Mesos answers those who have claims where a name is needed. */
export const NO_NAME =
  "The request's authenticated principal contains claims, but no value string. " +
  'The master currently requires that principals have a value';

/** The name of who asks; REFUSED: he was answered, with 401, or with 403 because he has claims and no name. */
export function nameOfAsker(access: Access, exchange: Exchange, realm: Realm): string | null | typeof REFUSED {
  const subject = access.authenticate(exchange, realm);
  if (subject === null || typeof subject !== 'object') return subject;
  answerText(exchange, 403, NO_NAME);
  return REFUSED;
}

/** Whether who asks may do something; if not the request has been answered. */
export function isAllowed(access: Access, exchange: Exchange, realm: Realm, action: Action, object?: string): boolean {
  const subject = access.authenticate(exchange, realm);
  if (subject === REFUSED) return false;
  if (access.approves(subject, action, object)) return true;
  answerText(exchange, 403, '403 Forbidden.');
  return false;
}

/** Whether who asks may change the logging level by `/logging/toggle`; if not the request has been answered. */
export function mayToggleLevel(access: Access, exchange: Exchange): boolean {
  if (!isAllowed(access, exchange, 'readwrite', 'GET_ENDPOINT_WITH_PATH', '/logging/toggle')) return false;
  return isAllowed(access, exchange, 'readwrite', 'SET_LOG_LEVEL');
}
