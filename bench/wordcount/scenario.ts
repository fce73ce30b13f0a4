/**
 * Word count: how long one thread takes with the code of tasks, and what programs of the system take for the same file.
 * Everybody writes all counts to a file; the counts must be equal before a figure is shown.
 */
import { ms, problem, type Play } from '../house/problem.js';
import { countByCoreutils, countByMawk, countByPython } from './programs.js';
import { type Desk, digestOfCounts, digestOfLines, setDesk } from './text.js';
import { countByWorker } from './worker.js';

type Counting = Readonly<{ copies: number }>;

/** Times of one play; the first is that of cold code. */
const TIMES = 3;

function contender(
  count: (desk: Desk) => number | void,
  digest: (path: string) => string,
): Play<Counting> {
  return (run, { copies }) => {
    const desk = setDesk(copies);
    try {
      for (let time = 0; time < TIMES; time++) {
        const startMs = performance.now();
        const ownMs = count(desk);
        run.note('count', ownMs ?? performance.now() - startMs);
      }
      run.see('counts', digest(desk.out));
    } finally {
      desk.clear();
    }
  };
}

export default problem<Counting>({
  name: 'wordcount',
  title: 'Word count: a novel of 2 MB, many times over',
  shape: 'A file is read and the count of each of its words written to another.',
  parameters: { copies: 'how often the novel is in the file' },
  metrics: { count: ms('read the text, count its words, write the counts') },
  scales: {
    tiny: [{ name: 'large', size: { copies: 1 } }],
    quick: [{ name: 'large', size: { copies: 10 } }],
    default: [
      { name: 'small', size: { copies: 1 } },
      { name: 'large', size: { copies: 50 } },
    ],
  },
  contenders: {
    worker: contender(countByWorker, digestOfLines),
    coreutils: contender(countByCoreutils, digestOfCounts),
    mawk: contender(countByMawk, digestOfCounts),
    python: contender(countByPython, digestOfCounts),
  },
});
