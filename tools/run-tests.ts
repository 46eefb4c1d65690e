/** Runs the tests, and a few failed ones of the page a second time. */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, relative, sep} from 'node:path';

/** What is read of Vitest's JSON. */
export interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly FileReport[];
}

export interface FileReport {
  /** The absolute path. */
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[];
  }[];
}

export interface TestRun {
  readonly isGood: boolean;
  /** Undefined where the runner ended before it could write one. */
  readonly report: TestReport | undefined;
  /** Errors outside any test. */
  readonly unhandled: number;
}

/** Runs all tests, or only these files, one after the other. */
export type Runner = (only?: readonly string[]) => TestRun;

/** A test that failed, and passed when it was run once more. */
export interface UnsteadyTest {
  readonly file: string;
  readonly test: string;
  /** Of the first failure. */
  readonly message: string;
}

const mostFiles = 3;

/**
 * Runs everything once. Where nothing failed but at most three files of the browser's tests of the page, these are run once more by
 * themselves: a browser may be late on a busy machine. What anything else says is final: a second run would hide a lost span.
 */
export function runTests(
  root: string,
  run: Runner,
): {readonly isGood: boolean; readonly report: TestReport | undefined; readonly unsteady: readonly UnsteadyTest[]} {
  const {isGood, report, unhandled} = run();
  const files = isGood || report === undefined || unhandled > 0 ? [] : failuresOfThePage(root, report);
  if (files.length === 0) return {isGood, report, unsteady: []};
  const names = files.map(({name}) => relative(root, name));
  console.log(`\nOnce more, by themselves: ${names.join(', ')}`);
  const again = run(names);
  const passed = again.report?.testResults.filter(({status}) => status === 'passed').map(({name}) => name) ?? [];
  const isSteadyNow = again.isGood && files.every(({name}) => passed.includes(name));
  return {isGood: isSteadyNow, report, unsteady: isSteadyNow ? files.flatMap((file) => failuresOf(root, file)) : []};
}

/** The files that failed, if they are few and all of the page's tests; otherwise none. */
function failuresOfThePage(root: string, report: TestReport): readonly FileReport[] {
  const files = report.testResults.filter(({status}) => status === 'failed');
  const areOfThePage = files.every(({name}) => /^e2e\/ui-[^/]+$/.test(relative(root, name).replaceAll(sep, '/')));
  return areOfThePage && files.length <= mostFiles ? files : [];
}

function failuresOf(root: string, {name, message, assertionResults}: FileReport): UnsteadyTest[] {
  const file = relative(root, name);
  const broken = assertionResults.filter(({status}) => status === 'failed');
  // Where a hook of the file failed there is no test to name.
  if (broken.length === 0) return [{file, test: '', message}];
  return broken.map(({fullName, failureMessages}) => ({file, test: fullName, message: failureMessages[0] ?? message}));
}

/** Vitest in `root`, with what it shows on this terminal. */
export function vitestRunner(
  root: string,
  env: NodeJS.ProcessEnv,
  filters: readonly string[],
  output: 'inherit' | 'ignore' = 'inherit',
): Runner {
  return (only) => {
    const scratch = mkdtempSync(join(tmpdir(), 'weft-test-'));
    const file = join(scratch, 'report.json');
    const unhandled = join(scratch, 'unhandled');
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const reporters = ['default', 'json', join(import.meta.dirname, 'unhandled-reporter.ts')];
    const args = [
      vitest,
      'run',
      ...reporters.map((name) => `--reporter=${name}`),
      `--outputFile.json=${file}`,
      ...(only === undefined ? filters : ['--no-file-parallelism', ...only]),
    ];
    try {
      const {status, error} = spawnSync('node', args, {
        cwd: root,
        stdio: ['ignore', output, output],
        env: {...env, WEFT_TEST_UNHANDLED: unhandled},
      });
      if (error) console.error(`node: ${error.message}`);
      const isWhole = existsSync(file) && existsSync(unhandled);
      return {
        isGood: status === 0,
        report: isWhole ? (JSON.parse(readFileSync(file, 'utf8')) as TestReport) : undefined,
        unhandled: isWhole ? Number(readFileSync(unhandled, 'utf8')) : 0,
      };
    } finally {
      rmSync(scratch, {recursive: true, force: true});
    }
  };
}
