/**
 * Where an agent listens. It listens before it knows all of its former run, to know its port; who comes too early is
 * sent away and comes again. An agent that may listen anywhere listens where it did, since its executors look there.
 */
import { MeteError } from '../../base/errors.js';
import type { ExchangeHandler } from '../../base/exchange.js';
import { answerText } from '../../http/answers.js';
import type { Listener, Transport, TransportLimits } from '../../transport/transport.js';
import type { AgentDriver, LogFunction } from './drive-agent.js';
import type { FormerRun } from './former-run.js';

export interface DoorOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly transport: Transport;
  readonly limits?: Partial<TransportLimits>;
  readonly log: LogFunction;
}

/** What is said to who comes before the former run has been read. */
const STARTING = 'Agent has not finished recovery';

/** What is behind the port once the agent has started. */
export interface Door {
  driver?: AgentDriver;
  routes?: ExchangeHandler;
}

function listen(
  options: DoorOptions,
  port: number,
  door: Door,
  onFault: (error: unknown) => void,
): Promise<Listener> {
  const { host, limits, transport } = options;
  return transport.listen({
    host,
    port,
    ...(limits === undefined ? {} : { limits }),
    onLink: (link) => {
      if (door.driver !== undefined) return door.driver.accept(link);
      link.close(STARTING);
      return { frame: () => undefined, closed: () => undefined };
    },
    onExchange: (exchange) => {
      if (door.routes !== undefined) return door.routes(exchange);
      answerText(exchange, 503, STARTING);
    },
    onFault,
  });
}

/** Where executors of a former run look for the agent; 0 if nobody looks. */
function formerPort({ recovered }: FormerRun): number {
  const port = /:(\d+)$/.exec(recovered.endpoint ?? '')?.[1];
  return port === undefined || recovered.frameworks.length === 0 ? 0 : Number(port);
}

/** Listens where it listened before if it may listen anywhere. */
export async function listenAgain(
  options: DoorOptions,
  former: FormerRun,
  door: Door,
  onFault: (error: unknown) => void,
): Promise<Listener> {
  const before = formerPort(former);
  if (options.port !== 0 || before === 0) {
    if (before !== 0 && before !== options.port) {
      options.log('warn', 'executors of the former run look for the agent at another port', { before });
    }
    return listen(options, options.port, door, onFault);
  }
  try {
    return await listen(options, before, door, onFault);
  } catch (error) {
    options.log('warn', 'the port is taken where executors of the former run look for the agent', { port: before });
    if (!(error instanceof MeteError)) throw error;
    return listen(options, 0, door, onFault);
  }
}
