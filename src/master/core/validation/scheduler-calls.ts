/**
 * Calls of frameworks before anything else is looked at: what no schema can say. What must be present in a call of the
 * v1 API is checked where it is read (protocol/v1-forms.ts).
 */
import type { SchedulerCall } from '../../../protocol/messages.js';
import type { FrameworkInfo } from '../../../protocol/framework.js';
import { validateUuid } from './ids.js';
import type { Refusal } from './refusal.js';

/** What no schema says of our own messages; `principal` is who is authenticated, if anybody. */
export function validateSchedulerMessage(call: SchedulerCall, principal?: string): Refusal {
  switch (call.type) {
    case 'SUBSCRIBE':
      return (
        sameId(call.frameworkId ?? '', call.frameworkInfo.id ?? '', 'subscribe.framework_info.id') ??
        samePrincipal(principal, call.frameworkInfo.principal)
      );
    case 'ACKNOWLEDGE':
      return validateUuid(call.uuid);
    case 'ACKNOWLEDGE_OPERATION_STATUS':
      return validateUuid(call.uuid) ?? (call.agentId === undefined ? "Expecting 'agent_id' to be present" : null);
    default:
      return null;
  }
}

/** An UPDATE_FRAMEWORK must be about the framework that sent it. */
export function validateUpdateTarget(frameworkId: string, info: FrameworkInfo): Refusal {
  return sameId(frameworkId, info.id ?? '', 'update_framework.framework_info.id');
}

function sameId(given: string, inside: string, field: string): Refusal {
  return given === inside ? null : `'framework_id' differs from '${field}'`;
}

function samePrincipal(authenticated: string | undefined, claimed: unknown): Refusal {
  if (authenticated === undefined || typeof claimed !== 'string' || claimed === authenticated) return null;
  const claim = `does not match principal '${claimed}' set in \`FrameworkInfo\``;
  return `Authenticated principal '${authenticated}' ${claim}`;
}
