/**
 * The benchmarks' door: `runBench` for `npm run bench` and `mete bench`, and the child that plays one case. Run as a
 * program this file is either, depending on its first argument.
 */
import { realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkBudgets, readBudgets } from './house/budgets.js';
import { calibrate, commitOf, describeMachine, packageVersion } from './house/machine.js';
import { type BenchOptions, readOptions, USAGE } from './house/options.js';
import { playCase } from './house/play.js';
import type { BenchRecord, Verdict } from './house/record.js';
import { reportHtml } from './house/report-html.js';
import { caseText, closingText } from './house/report-text.js';
import { type Answer, type Findings, forkingRunner, type Job, JOB_FLAG, runSession } from './house/session.js';
import { PROBLEMS } from './problems.js';

const SCRIPT = fileURLToPath(import.meta.url);
const EXIT_FAILED = 1;
const EXIT_USAGE = 64;

/** Runs the benchmarks that a command line asks for; resolves to the exit code. */
export async function runBench(argv: readonly string[]): Promise<number> {
  const request = readOptions(argv, PROBLEMS);
  if ('text' in request) {
    console.log(request.text);
    return 0;
  }
  if ('wrong' in request) {
    console.error(`${request.wrong}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  const { options } = request;
  const before = calibrate();
  const found = await runAndShow(options);
  const verdicts = options.budgets ? await judge(options, found) : [];
  const record: BenchRecord = {
    schema: 1,
    version: packageVersion(),
    commit: commitOf(),
    node: process.version,
    at: new Date().toISOString(),
    scale: options.scale,
    machine: describeMachine(),
    calibration: { before, after: calibrate() },
    ...found,
    verdicts,
  };
  console.log(closingText(record));
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(record, null, 1)}\n`);
  if (options.html !== null) writeFileSync(options.html, reportHtml(record, options.problems));
  const missing = options.insists && found.absent.length > 0;
  return found.failures.length > 0 || missing || verdicts.some((verdict) => !verdict.kept) ? EXIT_FAILED : 0;
}

function runAndShow(options: BenchOptions): Promise<Findings> {
  return runSession(options, forkingRunner(SCRIPT), (problem, one, runs) => {
    console.log(`${caseText(problem, one, runs)}\n`);
  });
}

/** Checks the budgets; what breaches is measured a second time, since a busy machine is not a defect. */
async function judge(options: BenchOptions, found: Findings): Promise<Verdict[]> {
  const { scale } = options;
  const verdicts: Verdict[] = [];
  for (const problem of options.problems) {
    const budgets = readBudgets(problem);
    const first = checkBudgets(problem.name, budgets, found.runs, scale);
    if (first.every((verdict) => verdict.kept)) {
      verdicts.push(...first);
      continue;
    }
    console.log(`A budget of ${problem.name} is breached; it is measured again.\n`);
    const again = await runAndShow({ ...options, problems: [problem] });
    const second = checkBudgets(problem.name, budgets, again.runs, scale);
    verdicts.push(...first.map((verdict, i) => (verdict.kept ? verdict : second[i]!)));
    found.failures.push(...again.failures);
  }
  return verdicts;
}

/** The child: plays one case and answers its parent. */
async function play(job: Job): Promise<void> {
  let answer: Answer;
  try {
    const problem = PROBLEMS.find((one) => one.name === job.problem);
    if (problem === undefined) throw new Error(`there is no problem ${job.problem}`);
    answer = { outcome: await playCase(problem, job.size, job.contender, job.scale, job.repeats) };
  } catch (error) {
    answer = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  await new Promise<void>((done) => process.send!(answer, () => done()));
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === SCRIPT) {
  const [flag, text] = process.argv.slice(2);
  if (flag === JOB_FLAG && text !== undefined && process.send !== undefined) {
    await play(JSON.parse(text) as Job);
    process.exit(0); // without tearing down what was measured
  }
  process.exitCode = await runBench(process.argv.slice(2));
}
