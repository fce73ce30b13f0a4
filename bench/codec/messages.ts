/** The messages that the codec is measured with: offers as a master sends them to frameworks, and small talk. */
import type { Message, MessageOf } from '../../src/protocol/messages.js';
import type { AgentId, ExecutorId, FrameworkId, OfferId, TaskId } from '../../src/protocol/schema.js';

/** Ids look like those of Mesos: a uuid, then what is counted. */
const MASTER = '4f3a9c1e-7b6d-4e5f-8a90-1b2c3d4e5f60';
const agentId = (i: number) => `${MASTER}-S${i}` as AgentId;
const frameworkId = `${MASTER}-0000` as FrameworkId;
const executorId = 'mete' as ExecutorId;
const taskId = (i: number) => `wordcount-${i}` as TaskId;
const eng = { role: 'eng' };

/** Offers of whole agents: four kinds of resources, two attributes, an address. */
export function offersMessage(count: number): MessageOf<'OFFERS'> {
  const offers = Array.from({ length: count }, (_, i) => {
    const hostname = `agent${i}.example.org`;
    const address = { hostname, ip: `10.0.${i >> 8}.${i & 255}`, port: 5051 };
    return {
      id: `${MASTER}-O${i}` as OfferId,
      frameworkId,
      agentId: agentId(i),
      hostname,
      url: { scheme: 'http', address, path: '/slave(1)' },
      resources: [
        { name: 'cpus', type: 'SCALAR' as const, scalar: 4 - (i % 8) / 4, allocationInfo: eng },
        { name: 'mem', type: 'SCALAR' as const, scalar: 4096 + i, allocationInfo: eng },
        { name: 'disk', type: 'SCALAR' as const, scalar: 10_000, allocationInfo: eng },
        { name: 'ports', type: 'RANGES' as const, ranges: [{ begin: 31_000, end: 32_000 }], allocationInfo: eng },
      ],
      attributes: [
        { name: 'rack', type: 'TEXT' as const, text: `r${i % 10}` },
        { name: 'level', type: 'SCALAR' as const, scalar: 2 },
      ],
      allocationInfo: eng,
    };
  });
  return { type: 'OFFERS', offers };
}

/** Status updates as a master sends them on. */
export function updateMessages(count: number): MessageOf<'UPDATE'>[] {
  return Array.from({ length: count }, (_, i) => {
    const uuid = Uint8Array.from({ length: 16 }, (_byte, at) => (i * 31 + at * 17) & 255);
    const timestamp = 1_700_000_000.25 + i;
    const from = { agentId: agentId(i & 7), executorId, source: 'SOURCE_EXECUTOR' as const };
    return { type: 'UPDATE', status: { taskId: taskId(i), state: 'TASK_RUNNING', timestamp, uuid, ...from } };
  });
}

/** An answer to each of them. */
export function acknowledgeMessage(i: number): Message {
  return { type: 'ACKNOWLEDGE', agentId: agentId(0), taskId: taskId(i), uuid: new Uint8Array(16).fill(i) };
}

/** An ACCEPT that launches tasks of one executor. */
export function acceptMessage(tasks: number): MessageOf<'ACCEPT'> {
  const cpus = { name: 'cpus', type: 'SCALAR' as const, scalar: 0.1 };
  const mem = { name: 'mem', type: 'SCALAR' as const, scalar: 32 };
  const command = { shell: false, value: 'mete', arguments: ['mete', 'executor'] };
  const executor = { type: 'CUSTOM' as const, executorId, command, resources: [cpus, mem] };
  const taskInfos = Array.from({ length: tasks }, (_, i) => {
    const data = new Uint8Array(200).fill(i);
    return { name: `task ${i}`, taskId: taskId(i), agentId: agentId(0), resources: [cpus, mem], data, executor };
  });
  const operations = [{ type: 'LAUNCH' as const, launch: { taskInfos } }];
  return { type: 'ACCEPT', offerIds: [`${MASTER}-O7` as OfferId], operations, filters: { refuseSeconds: 5 } };
}
