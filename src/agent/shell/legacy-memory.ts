/** The file `agent.json`, in which agents of the first versions wrote down who they are; read once, then replaced. */
import { readFileSync } from 'node:fs';
import { MeteError } from '../../base/errors.js';
import { agentInfo, type AgentInfo } from '../../protocol/framework.js';
import { fromV1Json } from '../../protocol/v1-json.js';

export const LEGACY_FILE = 'agent.json';

/** Of the form of the file. */
const VERSION = 1;

function unreadable(path: string, reason: string, cause?: unknown): MeteError {
  const mend = 'remove it; the agent then registers as a new one, and the old one is held for lost';
  return new MeteError('CHECKPOINT_CORRUPT', { field: 'file', value: path, reason, mend, cause });
}

/** Who the agent was, and in which run of the machine. Throws MeteError CHECKPOINT_CORRUPT. */
export function readLegacyFile(path: string): { readonly info: AgentInfo; readonly bootId: string } {
  let content: Record<string, unknown> | null;
  try {
    content = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown> | null;
  } catch (cause) {
    throw unreadable(path, `it is no JSON: ${(cause as Error).message}`, cause);
  }
  if (content?.['version'] !== VERSION) throw unreadable(path, `it is not of version ${VERSION}`);
  const { boot_id: boot, agent_info: json } = content;
  let info: AgentInfo;
  try {
    info = fromV1Json(agentInfo, json);
  } catch (cause) {
    if (!(cause instanceof MeteError)) throw cause;
    throw unreadable(path, `agent_info: ${cause.reason}`, cause);
  }
  if (info.id === undefined) throw unreadable(path, 'agent_info has no id');
  return { info, bootId: typeof boot === 'string' ? boot : '' };
}
