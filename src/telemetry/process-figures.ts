/**
 * Figures of the machine and of this process, beside those of its core: Mesos' `system/…`, and `process/…` for what a
 * Node process has: memory, processor time, how late its event loop is.
 */
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

export interface ProcessFigures {
  read(): Record<string, number>;
  stop(): void;
}

/** How often the lateness of the event loop is sampled, and for how long samples are kept at least. */
const RESOLUTION_MS = 10;
const WINDOW_MS = 60_000;

const NANOSECONDS = 1e6;

/** What the machine has; the names are Mesos'. */
function systemFigures(): Record<string, number> {
  const [one = 0, five = 0, fifteen = 0] = loadavg();
  return {
    'system/cpus_total': availableParallelism(),
    'system/load_1min': one,
    'system/load_5min': five,
    'system/load_15min': fifteen,
    'system/mem_total_bytes': totalmem(),
    'system/mem_free_bytes': freemem(),
  };
}

/** Starts to watch the event loop of this process. `nowMs` only goes forward. */
export function watchProcess(nowMs: () => number = () => performance.now()): ProcessFigures {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let sinceMs = nowMs();
  let utilization = performance.eventLoopUtilization();
  let busy = 0;
  /** Samples are of the last minute or so: older ones go when somebody reads. */
  const renew = (): void => {
    if (nowMs() - sinceMs < WINDOW_MS) return;
    sinceMs = nowMs();
    delay.reset();
    utilization = performance.eventLoopUtilization();
  };
  return {
    read() {
      const memory = process.memoryUsage();
      const cpu = process.cpuUsage();
      busy = performance.eventLoopUtilization(utilization).utilization;
      const late = (nanoseconds: number): number =>
        delay.count === 0 ? 0 : Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS);
      const figures = {
        ...systemFigures(),
        'process/uptime_secs': process.uptime(),
        'process/cpu_user_secs': cpu.user / 1e6,
        'process/cpu_system_secs': cpu.system / 1e6,
        'process/rss_bytes': memory.rss,
        'process/heap_used_bytes': memory.heapUsed,
        'process/heap_total_bytes': memory.heapTotal,
        'process/external_bytes': memory.external,
        'process/event_loop_utilization': Number.isFinite(busy) ? busy : 0,
        'process/event_loop_delay_ms/p50': late(delay.percentile(50)),
        'process/event_loop_delay_ms/p99': late(delay.percentile(99)),
        'process/event_loop_delay_ms/max': late(delay.max),
      };
      renew();
      return figures;
    },
    stop() {
      delay.disable();
    },
  };
}
