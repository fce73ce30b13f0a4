/**
 * The links of a scheduler core: performs `ConnectMaster`, sends and closings over a transport, and brings what arrives
 * back as events.
 */
import type { LinkId } from '../../base/core.js';
import type { SchedulerCall, SchedulerEvent } from '../../protocol/messages.js';
import { SCHEDULER_EVENTS } from '../../protocol/scheduler.js';
import { createCoreLinks, type LinkEvent } from '../../runner/core-links.js';
import type { LinkBatch, PushResult } from '../../runner/runner.js';
import { linkUrl, type Transport } from '../../transport/transport.js';
import type { SchedulerInput } from '../core/events.js';
import { parseMaster } from './addresses.js';

const ACCEPTED = new Set(Object.keys(SCHEDULER_EVENTS) as (keyof typeof SCHEDULER_EVENTS)[]);

export interface SchedulerLinkOptions {
  readonly transport: Transport;
  readonly now: () => number;
  readonly push: (event: SchedulerInput) => PushResult;
  /** Sees a message before the core does; true: it is not for the core. */
  readonly takes?: (message: SchedulerEvent) => boolean;
}

export interface SchedulerLink {
  connect(address: string): void;
  send(batches: readonly LinkBatch<SchedulerCall>[]): void;
  close(link: LinkId, reason: string): void;
  closeAll(reason: string): void;
}

export function createSchedulerLink(options: SchedulerLinkOptions): SchedulerLink {
  const { transport, now, push, takes } = options;
  const links = createCoreLinks<SchedulerEvent>({
    accepts: ACCEPTED,
    now,
    push: (event: LinkEvent<SchedulerEvent>) => {
      if (event.type === 'MessageReceived' && takes?.(event.message) === true) return 'accepted';
      return push(event);
    },
  });
  let attempt = 0;
  return {
    connect: (address) => {
      const mine = ++attempt;
      const { host, port } = parseMaster(address);
      const { id, handlers } = links.reserve();
      transport.connect({ url: linkUrl(host, port), handlers }).then(
        (link) => {
          links.opened(id, link);
          if (mine === attempt) push({ type: 'MasterLinkOpened', at: now(), link: id, master: address });
          else links.close(id, 'replaced by another attempt');
        },
        (error: Error) => {
          if (mine === attempt) push({ type: 'MasterUnreachable', at: now(), reason: error.message });
        },
      );
    },
    send: (batches) => {
      for (const { link, messages } of batches) links.send(link, messages);
    },
    close: (link, reason) => links.close(link, reason),
    closeAll: (reason) => links.closeAll(reason),
  };
}
