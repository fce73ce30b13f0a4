/**
 * Whether an agent may come back with other resources or attributes than before: not at all (`equal`), or with more
 * of them (`additive`). Facts: `compatibility.cpp` of Mesos' agent.
 */
import type { AttributeMessage } from '../../protocol/common.js';
import { type AgentInfo, agentInfo } from '../../protocol/framework.js';
import { printV1Json } from '../../protocol/v1-json.js';
import { attributesFromMessages, resourcesFromMessages } from '../../resources/message-form.js';
import { containsRanges } from '../../resources/ranges.js';
import { printLot } from '../../resources/print-text.js';
import { Resources } from '../../resources/resources.js';
import type { Lot } from '../../resources/lot.js';
import type { ReconfigurationPolicy } from './config.js';

const PREFIX = "Configuration change not permitted under 'additive' policy: ";

/**
 * Why an agent that was `previous` may not come back as `current`; null if it may. Ids are not compared.
 * Throws MeteError (INVALID_RESOURCES …) if the resources of one cannot be read.
 */
export function reconfigurationRefusal(
  policy: ReconfigurationPolicy,
  previous: AgentInfo,
  current: AgentInfo,
): string | null {
  return policy === 'equal' ? notEqual(previous, current) : notAdditive(previous, current);
}

function notEqual(previous: AgentInfo, current: AgentInfo): string | null {
  const before = comparable(previous);
  const now = comparable(current);
  if (before === now) return null;
  return `Incompatible agent info detected. Old agent info: ${before}. New agent info: ${now}`;
}

/** A text that is the same for infos that mean the same. */
function comparable({ hostname, port, domain, resources, attributes }: AgentInfo): string {
  const value = resourcesFromMessages(resources);
  const rest: AgentInfo = {
    hostname,
    ...(port === undefined ? {} : { port }),
    ...(domain === undefined ? {} : { domain }),
    ...(attributes === undefined ? {} : { attributes }),
  };
  return `${printV1Json(agentInfo, rest)} with ${String(value)}`;
}

function notAdditive(previous: AgentInfo, current: AgentInfo): string | null {
  if (previous.hostname !== current.hostname) {
    return `${PREFIX}Hostname changed from ${previous.hostname} to ${current.hostname}`;
  }
  if (previous.port !== current.port) {
    return `${PREFIX}Port changed from ${previous.port ?? 'none'} to ${current.port ?? 'none'}`;
  }
  const before = domainText(previous);
  if (previous.domain !== undefined && before !== domainText(current)) {
    return `${PREFIX}Domain changed from ${before} to ${domainText(current)}`;
  }
  return lessResources(previous, current) ?? otherAttributes(previous, current);
}

function domainText({ domain }: AgentInfo): string {
  if (domain === undefined) return 'none';
  const { faultDomain } = domain;
  return faultDomain === undefined ? '{}' : `${faultDomain.region.name}/${faultDomain.zone.name}`;
}

function lessResources(previous: AgentInfo, current: AgentInfo): string | null {
  const now = resourcesFromMessages(current.resources);
  for (const lot of resourcesFromMessages(previous.resources).lots) {
    const match = now.lots.find(({ descriptor }) => descriptor.key === lot.descriptor.key);
    if (match === undefined) return `${PREFIX}Resource not found: ${printLot(lot)}`;
    if (!now.contains(Resources.of([lot]))) return `${PREFIX}${lessText(lot, match)}`;
  }
  return null;
}

function lessText(lot: Lot, match: Lot): string {
  const { name, type } = lot.descriptor;
  const before = printLot(lot);
  const now = printLot(match);
  if (type === 'SCALAR') return `Value of scalar resource '${name}' decreased from ${before} to ${now}`;
  const kind = type === 'RANGES' ? 'range' : 'set';
  return `Previous value of ${kind} resource '${name}' (${before}) not included in current ${now}`;
}

function otherAttributes(previous: AgentInfo, current: AgentInfo): string | null {
  for (const attribute of previous.attributes ?? []) {
    const { name, type } = attribute;
    const match = current.attributes?.find((other) => other.name === name);
    if (match === undefined) return `${PREFIX}Couldn't find attribute ${name}`;
    if (match.type !== type) return `${PREFIX}Type of attribute '${name}' changed from ${type} to ${match.type}`;
    if (!isKept(attribute, match)) return `${PREFIX}Value of attribute '${name}' changed`;
  }
  return null;
}

function isKept(before: AttributeMessage, now: AttributeMessage): boolean {
  const [previous] = attributesFromMessages([before]);
  const [current] = attributesFromMessages([now]);
  if (previous?.type === 'RANGES' && current?.type === 'RANGES') return containsRanges(current.ranges, previous.ranges);
  return before.scalar === now.scalar && before.text === now.text;
}
