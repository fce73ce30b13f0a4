/**
 * Logging: one line for each event, with the same fields everywhere: `time` (ISO), `level`, `process`, `pid`, `text`,
 * then what the caller adds. JSON for machines; on a terminal a line for people. A log file always has JSON; it is
 * appended to, so it may be rotated by copying and truncating. Lines are written at once: a process that dies has said
 * why.
 */
import { pino } from 'pino';
import type { LogFields, LogLevel } from '../base/core.js';
import { MeteError } from '../base/errors.js';
import { prettyLine } from './pretty-line.js';

export interface Logger {
  log(level: LogLevel, text: string, fields?: LogFields): void;
  /** Closes the log file, if there is one; later lines are dropped. */
  close(): void;
}

export interface LogOptions {
  readonly logLevel: LogLevel | 'silent';
  readonly logFile?: string | undefined;
  readonly logFormat?: 'auto' | 'pretty' | 'json';
}

/** Where lines go: standard error, unless a test says otherwise. */
export interface LogTarget {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

const RESERVED: ReadonlySet<string> = new Set(['time', 'level', 'process', 'pid', 'text']);

/** The fields under their own names; one that is called as a fixed field gets an underscore. */
function ownFields(fields: LogFields): LogFields {
  if (!Object.keys(fields).some((name) => RESERVED.has(name))) return fields;
  const renamed = Object.entries(fields).map(([name, value]) => [RESERVED.has(name) ? `${name}_` : name, value]);
  return Object.fromEntries(renamed) as LogFields;
}

function prettyTarget(target: LogTarget, environment: NodeJS.ProcessEnv): { write(line: string): void } {
  const inColor = target.isTTY === true && environment['NO_COLOR'] === undefined && environment['TERM'] !== 'dumb';
  return { write: (line) => void target.write(`${prettyLine(line, inColor)}\n`) };
}

function openFile(path: string): ReturnType<typeof pino.destination> {
  try {
    return pino.destination({ dest: path, append: true, mkdir: true, sync: true });
  } catch (cause) {
    throw new MeteError('INVALID_ARGUMENT', {
      field: 'logFile',
      value: path,
      reason: cause instanceof Error ? cause.message : String(cause),
      mend: 'name a file that can be written',
      cause,
    });
  }
}

/** A logger for a process called `name` (`master`, `agent`). Throws MeteError if the log file cannot be written. */
export function createLogger(
  name: string,
  options: LogOptions,
  target: LogTarget = process.stderr,
  environment: NodeJS.ProcessEnv = process.env,
): Logger {
  const { logLevel, logFile, logFormat = 'auto' } = options;
  const isPretty = logFormat === 'pretty' || (logFormat === 'auto' && target.isTTY === true);
  const level = logLevel === 'silent' ? 'fatal' : logLevel;
  const file = logFile === undefined ? undefined : openFile(logFile);
  const streams = [
    { level, stream: isPretty ? prettyTarget(target, environment) : target },
    ...(file === undefined ? [] : [{ level, stream: file }]),
  ];
  const logger = pino(
    {
      level: logLevel,
      messageKey: 'text',
      base: { process: name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.multistream(streams as pino.StreamEntry[]),
  );
  let isOpen = true;
  return {
    log(lineLevel, text, fields) {
      if (!isOpen) return;
      if (fields === undefined) logger[lineLevel](text);
      else logger[lineLevel](ownFields(fields), text);
    },
    close() {
      isOpen = false;
      file?.end();
    },
  };
}
