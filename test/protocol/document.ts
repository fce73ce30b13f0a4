/**
 * docs/protocol.md, made of the schemas: every message with its opcode, its direction, its fields, their types and
 * units, their form in v1 JSON, and the message of Mesos that it stands for.
 */
import * as agent from '../../src/protocol/agent.js';
import * as authentication from '../../src/protocol/authentication.js';
import * as common from '../../src/protocol/common.js';
import * as container from '../../src/protocol/container.js';
import * as executor from '../../src/protocol/executor.js';
import * as framework from '../../src/protocol/framework.js';
import { AGENT_HANDLERS, type Handler, MASTER_HANDLERS, STANDS_FOR } from './mesos-names.js';
import { MESSAGES, type MessageType, OPCODES } from '../../src/protocol/messages.js';
import * as offer from '../../src/protocol/offer.js';
import { FRAME_LIMITS } from '../../src/protocol/codec.js';
import * as scheduler from '../../src/protocol/scheduler.js';
import { LIMITS } from '../../src/protocol/schema.js';
import { MAP_ENTRIES, type Node, nodeOf } from '../../src/protocol/shape.js';
import * as task from '../../src/protocol/task.js';
import { snakeCase } from '../../src/protocol/v1-fields.js';

/** Who sends what to whom. */
export const DIRECTIONS: readonly { readonly title: string; readonly messages: object }[] = [
  { title: 'Framework to master', messages: scheduler.SCHEDULER_CALLS },
  { title: 'Master to framework', messages: scheduler.SCHEDULER_EVENTS },
  { title: 'Agent to master', messages: agent.AGENT_CALLS },
  { title: 'Master to agent', messages: agent.AGENT_EVENTS },
  { title: 'Executor to agent', messages: executor.EXECUTOR_CALLS },
  { title: 'Agent to executor', messages: executor.EXECUTOR_EVENTS },
  { title: 'To prove who one is', messages: authentication.AUTHENTICATION_CALLS },
  { title: 'Answers to that', messages: authentication.AUTHENTICATION_EVENTS },
];

/** Objects and words that have a name of their own: the schemas that modules export. */
function namedNodes(): Map<Node, string> {
  const found = new Map<Node, string>();
  for (const module of [common, framework, offer, task, container]) {
    for (const [name, value] of Object.entries(module) as [string, { properties?: object; enum?: string[] }][]) {
      if (value.properties === undefined && !Array.isArray(value.enum)) continue;
      const node = nodeOf(value);
      if (!found.has(node)) found.set(node, `${name[0]!.toUpperCase()}${name.slice(1)}`);
    }
  }
  return found;
}

const names = namedNodes();

/** The whole page. */
export function protocolDocument(): string {
  const shared = [...names].sort((a, b) => (a[1] < b[1] ? -1 : 1));
  return [
    INTRODUCTION,
    ...DIRECTIONS.map(({ title, messages }) => directionTable(title, Object.keys(messages) as MessageType[])),
    '## The messages in full\n',
    ...DIRECTIONS.flatMap(({ title, messages }) =>
      (Object.keys(messages) as MessageType[]).map((type) => messageSection(type, title)),
    ),
    '## What messages are made of\n',
    ...shared.map(([node, name]) => `### ${name}\n\n${node.description}\n\n${contents(node)}`),
    '## The handlers of Mesos\n',
    'What Mesos 1.1 had handlers for, and what does their work here.\n',
    handlerTable('Master', MASTER_HANDLERS),
    handlerTable('Agent', AGENT_HANDLERS),
  ].join('\n');
}

function directionTable(title: string, types: readonly MessageType[]): string {
  const rows = types.map((type) => {
    const link = `[${type}](#${type.toLowerCase()})`;
    return `| ${OPCODES[type]} | ${link} | ${cell(nodeOf(MESSAGES[type]).description)} | ${STANDS_FOR[type]} |`;
  });
  return `## ${title}\n\n| Opcode | Message | Meaning | In Mesos |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function messageSection(type: MessageType, direction: string): string {
  const node = nodeOf(MESSAGES[type]);
  const facts = `${direction}, opcode ${OPCODES[type]}; ${STANDS_FOR[type]} in Mesos.`;
  const head = `### ${type}\n\n${node.description} ${facts}\n`;
  const table = fieldTable(node);
  return table === '' ? head : `${head}\n${table}`;
}

/** What a named node is made of. */
function contents(node: Node): string {
  return node.kind === 'word' ? `${words(node.words)}\n` : fieldTable(node);
}

function words(list: readonly string[]): string {
  return list.map((word) => `\`${word}\``).join(' ');
}

/** The table of the fields of an object; empty if there are none but the type. */
function fieldTable(node: Node): string {
  const rows = fieldRows(node, '');
  if (rows.length === 0) return '';
  return `| Field | Type | In v1 JSON | Meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

/** One row for each field; the fields of objects without a name follow, with their path. */
function fieldRows(node: Node, path: string): string[] {
  if (node.kind !== 'object') return [];
  return node.fields
    .filter(({ name }) => path !== '' || name !== 'type' || !isMessage(node))
    .flatMap(({ name, optional, node: field }) => {
      const at = `${path}${name}`;
      const mark = optional ? '?' : '';
      const row = `| \`${at}\`${mark} | ${typeText(field)} | ${v1Text(name, field)} | ${cell(meaning(field))} |`;
      const { object, suffix } = unnamedObject(field);
      return object === null ? [row] : [row, ...fieldRows(object, `${at}${suffix}.`)];
    });
}

function isMessage(node: Node): boolean {
  return Object.values(MESSAGES).some((schema) => nodeOf(schema) === node);
}

/** The object without a name that a field holds, itself or in a list or map. */
function unnamedObject(node: Node): { object: Node | null; suffix: string } {
  if (node.kind === 'object') return { object: names.has(node) ? null : node, suffix: '' };
  if (node.kind !== 'list' && node.kind !== 'map') return { object: null, suffix: '' };
  const inner = unnamedObject(node.kind === 'list' ? node.item : node.value);
  return { object: inner.object, suffix: `${node.kind === 'list' ? '[]' : '{}'}${inner.suffix}` };
}

function typeText(node: Node): string {
  const name = names.get(node);
  if (name !== undefined) return `[${name}](#${name.toLowerCase()})`;
  switch (node.kind) {
    case 'list':
      return `list of ${typeText(node.item)}`;
    case 'map':
      return `map of ${typeText(node.value)}`;
    case 'word':
      return words(node.words);
    case 'number':
      return node.v1.nanoseconds === true ? 'number, milliseconds' : 'number';
    default:
      return node.kind;
  }
}

function meaning(node: Node): string {
  const { default: value } = node.v1;
  return value === undefined ? node.description : `${node.description} Default: ${JSON.stringify(value)}.`;
}

/** Name and form in v1 JSON, where the form is another than ours. */
function v1Text(name: string, node: Node): string {
  const key = node.v1.name ?? snakeCase(name);
  const forms = [
    ...(node.v1.presence === true ? ['`{}`'] : []),
    ...(node.v1.base64 === true ? ['base64'] : []),
    ...(node.v1.wrap === undefined ? [] : [`\`{"${node.v1.wrap}": …}\``]),
    ...(node.kind === 'list' && node.item.v1.wrap !== undefined ? [`of \`{"${node.item.v1.wrap}": …}\``] : []),
    ...(node.kind === 'map' && node.value.v1.wrap !== undefined ? [`of \`{"${node.value.v1.wrap}": …}\``] : []),
  ];
  return [`\`${key}\``, ...forms].join(' ');
}

function handlerTable(title: string, handlers: Readonly<Record<string, Handler>>): string {
  const rows = Object.entries(handlers).map(([name, { messages, note = '' }]) => {
    const links = messages.map((type) => `[${type}](#${type.toLowerCase()})`).join(', ');
    return `| ${name} | ${links || '-'} | ${cell(note)} |`;
  });
  return `### ${title}\n\n| Handler | Here | Note |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

const INTRODUCTION = `# The protocol

What masters, agents, frameworks and executors say to each other over links of mete. Generated from the schemas in
\`src/protocol\` by \`npm run protocol\`. A link is a WebSocket (path \`/link\`); what it carries are binary frames.

## Frames

A frame is one msgpack array \`[opcode, body, opcode, body, …]\`: many messages travel in one frame. A body is the
message without its type, an object. Objects are written as self-describing records (extension \`r\`, 0x72, as msgpackr
has it): the first object of a kind brings the list of its field names and a number, those after it in the same frame
only the number and the values. The bytes 0x40 to 0x7f are such numbers, so integers from 64 to 127 are written as
uint 8. Nothing is shared between frames. Plain msgpack maps are read too, so any msgpack library can speak.

| Limit | |
| --- | --- |
| text | ${LIMITS.textLength} characters |
| name in a map | ${LIMITS.keyLength} characters |
| entries of a map | ${MAP_ENTRIES} |
| list | ${LIMITS.listLength} items |
| bytes | ${LIMITS.byteLength} |
| values in a frame | ${FRAME_LIMITS.values} |
| definitions of records in a frame | ${FRAME_LIMITS.definitions} |
| frame | what the transport allows |

Every message is checked when it arrives: types, limits, and that there is no field which is not named here. What is
refused is refused with \`INVALID_MESSAGE\`, the path of the field, the value and what to do; an opcode that is not
known with \`UNKNOWN_MESSAGE\`. Opcodes are never changed nor used again.

Types: *text*; *number*, a finite double; *integer*, exact up to 2^53; *flag*, true or false; *bytes*; words are texts
of a fixed list. A field with a question mark may be absent; null is not a value. Names end in their unit: \`Ms\` is
milliseconds (since 1970 for points in time), \`Seconds\` is seconds. Amounts of resources are in units: cores, MB of
memory and disk.

In the JSON of Mesos' v1 API the fields of a call or event stand in an object named as its type. The column *In v1 JSON*
says the name of the field there and its form, if it is another than here.
`;
