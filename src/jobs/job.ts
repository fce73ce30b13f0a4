/**
 * What a job is. A job says how its work is cut (`split`), what is done with one piece (`run`, on an agent, in a worker
 * thread) and how results are put together (`merge`, `finish`, at the framework). It knows nothing of masters, agents
 * or offers: its work is a line of units (bytes, points, items) that the scheduler cuts to what it is offered.
 */

/** A value that may come later: itself, or anything with a `then`. */
export type Later<T> = T | { then(done: (value: T) => unknown, failed?: (reason: unknown) => unknown): unknown };

/** What one task needs. One task runs in one thread. */
export interface Needs {
  /** CPUs, to a thousandth. */
  readonly cpus: number;
  /** Memory in MB. */
  readonly memMb: number;
}

/** A file to work on, as the framework found it. */
export interface InputFile {
  /** Its place among the inputs; `read` names inputs by it. */
  readonly index: number;
  readonly path: string;
  readonly bytes: number;
  /** When it was last changed, in milliseconds since 1970. */
  readonly mtimeMs: number;
}

export type OptionValue = string | number | boolean;

/** One option of a job: `--name value` on the command line. */
export type OptionSpec =
  | {
      readonly type: 'integer' | 'number';
      readonly default: number;
      readonly about: string;
      readonly min?: number;
      readonly max?: number;
    }
  | { readonly type: 'text'; readonly default: string; readonly about: string }
  | { readonly type: 'flag'; readonly default: false; readonly about: string };

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** The values of a table of options. */
export type OptionsOf<Table extends OptionTable> = {
  readonly [K in keyof Table]: Table[K] extends { readonly type: 'integer' | 'number' }
    ? number
    : Table[K] extends { readonly type: 'flag' }
      ? boolean
      : string;
};

/** A line of work from unit 0 to `units` that can be cut anywhere (but see `stepUnits`). */
export interface Work<Piece> {
  readonly units: number;
  /** What a unit is called in progress and speeds: 'bytes', 'points', 'items'. */
  readonly unit: string;
  /** What a task is given for the units from `from` (included) to `to` (excluded): anything that msgpack can carry. */
  piece(from: number, to: number): Piece;
  /** Indices of the inputs that a piece reads; absent: all inputs. */
  inputsOf?(piece: Piece): readonly number[];
  /** Cuts are made at multiples of this, exactly this far apart if `exact`. Default 1. */
  readonly stepUnits?: number;
  /** Each piece has exactly `stepUnits` units (the last one what is left). */
  readonly exact?: boolean;
  /** A piece has at most so many units, which bounds the memory of a task. */
  readonly maxUnits?: number;
  /** Units a second of one thread, roughly, for the first cuts; later ones follow what was measured. */
  readonly unitsPerSecond?: number;
}

/** What `run` gets beside its piece. */
export interface RunContext<Options> {
  readonly options: Options;
  /**
   * The bytes of an input from `from` (included) to `to` (excluded, cut to its end), in chunks that are read as they
   * are asked for. A chunk is the reader's until the next one is asked for.
   */
  read(input: number, from: number, to: number): Iterable<Uint8Array>;
  /** Tells how many units of the piece are done. */
  progress(doneUnits: number): void;
  /** True once nobody wants the result any more: the task is being killed. */
  readonly cancelled: boolean;
}

/** What `finish` gets beside the merged parts. */
export interface FinishInfo<Options> {
  readonly options: Options;
  readonly inputs: readonly InputFile[];
  readonly units: number;
  /** Tasks whose results were merged. */
  readonly tasks: number;
  /** From the first launch to the last result, in seconds. */
  readonly seconds: number;
}

/** What `format` may give: a text, bytes, or many of them to be written one after the other. */
export type Printed = string | Uint8Array | Iterable<string | Uint8Array>;

/**
 * A job. `Piece` and `Part` travel between processes: numbers, texts, bytes, lists, plain objects, Maps of them.
 * Parts are merged in the order in which they arrive, which differs from run to run.
 */
export interface Job<
  Table extends OptionTable = OptionTable,
  Piece = unknown,
  Part = unknown,
  Sum = Part,
  Result = Sum,
> {
  /** Letters, digits, `-`, `_` and `.`. */
  readonly name: string;
  /** One line for help. */
  readonly about?: string;
  readonly needs: Needs;
  readonly options?: Table;
  /** Does it work on files? Then `--input` is asked for. */
  readonly takesInput?: boolean;
  split(inputs: readonly InputFile[], options: OptionsOf<Table>): Work<Piece>;
  run(piece: Piece, context: RunContext<OptionsOf<Table>>): Later<Part>;
  /** What parts are merged into; absent: the first part. */
  start?(options: OptionsOf<Table>): Sum;
  /** Adds a part; may change `sum` and return it. */
  merge(sum: Sum, part: Part): Sum;
  /** The result; `sum` is undefined if there were no parts and no `start`. Absent: the sum itself. */
  finish?(sum: Sum | undefined, info: FinishInfo<OptionsOf<Table>>): Result;
  /** How a result is shown; absent: as JSON. */
  format?(result: Result, info: FinishInfo<OptionsOf<Table>>): Printed;
  /** How a result is written to a file; absent: as it is shown. */
  file?(result: Result, info: FinishInfo<OptionsOf<Table>>): Printed;
}

/** A job whose types nobody looks into, as schedulers and executors handle it. */
export type AnyJob = Job<OptionTable, unknown, unknown, unknown, unknown>;

/** Gives a job back as it is; in TypeScript, and in JavaScript with checks, its parts are then typed by each other. */
export function defineJob<const Table extends OptionTable, Piece, Part, Sum = Part, Result = Sum>(
  job: Job<Table, Piece, Part, Sum, Result>,
): Job<Table, Piece, Part, Sum, Result> {
  return job;
}
