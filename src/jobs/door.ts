/** What a job's module may import from `mete`: it becomes part of the bundle that travels to agents. */
export { type BytePiece, type ByteRange, byteWork, rangesOf } from './byte-work.js';
export { defineJob } from './job.js';
export type { FinishInfo, InputFile, Job, Later, Needs, OptionSpec, OptionsOf } from './job.js';
export type { Printed, RunContext, Work } from './job.js';
export { linesOf } from './lines.js';
