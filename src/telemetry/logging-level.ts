/** How much is said in the log, as Mesos numbers it: 0 as configured, 1 to 3 more; raised for a while only. */
import type { LogFields, LogLevel } from '../base/core.js';

type LogFunction = (level: LogLevel, text: string, fields?: LogFields) => void;

/** The longest time for which more may be said. */
const MOST_MS = 2 ** 31 - 1;

export interface LoggingLevel {
  readonly current: number;
  /** Null, or why not. */
  set(level: number, durationMs: number): string | null;
  stop(): void;
}

export function createLoggingLevel(log: LogFunction): LoggingLevel {
  let current = 0;
  let timer: NodeJS.Timeout | null = null;
  return {
    get current() {
      return current;
    },
    set(level, durationMs) {
      if (level < 0) return `Invalid level: ${level}`;
      current = level;
      if (timer !== null) clearTimeout(timer);
      timer = level === 0 ? null : setTimeout(() => (current = 0), Math.min(Math.max(0, durationMs), MOST_MS));
      timer?.unref();
      log('info', 'logging level set', { loggingLevel: level, durationMs });
      return null;
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** A log that says what is for the curious, too, while the level is raised. */
export function raisedLog(log: LogFunction, level: () => number): LogFunction {
  return (of: LogLevel, text: string, fields?: LogFields) => {
    log(of === 'debug' && level() > 0 ? 'info' : of, text, fields);
  };
}
