/** What a master is among the masters of its cluster, and what it answers while it is not the one that leads. */
import type { Exchange } from '../../base/exchange.js';
import { answerText } from '../../http/answers.js';
import { hostPort } from '../../transport/transport.js';

export type Standing =
  | { readonly type: 'leading' }
  /** It leads, but its registry has not been read yet. */
  | { readonly type: 'recovering' }
  | { readonly type: 'following'; readonly leader: { readonly hostname: string; readonly port: number } }
  /** Nobody leads, as far as it knows. */
  | { readonly type: 'leaderless' };

/** A master that is alone. */
export const ALONE: () => Standing = () => ({ type: 'leading' });

/** Whether the master leads; if not the request has been answered: redirected to the leader, or with 503. */
export function isLeading(exchange: Exchange, standing: Standing): boolean {
  const { path, query } = exchange.request;
  switch (standing.type) {
    case 'leading':
      return true;
    case 'recovering':
      answerText(exchange, 503, 'Master has not finished recovery');
      return false;
    case 'leaderless':
      answerText(exchange, 503, 'No leader elected');
      return false;
    case 'following': {
      const { hostname, port } = standing.leader;
      const location = `//${hostPort(hostname, port)}${path}${query === '' ? '' : `?${query}`}`;
      answerText(exchange, 307, '', { location });
      return false;
    }
  }
}
