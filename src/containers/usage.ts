/** What the processes of a container use, summed up from /proc: for metrics, without those that have ended. */
import { findMembers, type Marks } from './members.js';

/** Size of a page where /proc/<pid>/stat counts in pages; Linux on x86-64 and most arm64. */
const PAGE_BYTES = 4096;

export interface Usage {
  readonly processes: number;
  /** Processor time of the living processes so far. */
  readonly cpuSeconds: number;
  /** Memory in use now; pages that processes share are counted for each. */
  readonly memoryBytes: number;
}

/** Zeros where there is no /proc. */
export function readUsage(marks: Marks): Usage {
  const members = findMembers(marks);
  return {
    processes: members.length,
    cpuSeconds: members.reduce((sum, entry) => sum + entry.cpuSeconds, 0),
    memoryBytes: members.reduce((sum, entry) => sum + entry.rssPages * PAGE_BYTES, 0),
  };
}
