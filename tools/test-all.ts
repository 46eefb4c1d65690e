/** Builds, checks and runs every test on the Node that is installed; the last lines say what failed. `test.mjs` starts it. */
import {spawnSync} from 'node:child_process';
import {join, relative} from 'node:path';
import {findBrowser} from './find-browser.ts';
import {type FileReport, runTests, vitestRunner} from './run-tests.ts';

const root = join(import.meta.dirname, '..');
const env: NodeJS.ProcessEnv = {...process.env, WEFT_CHROMIUM: findBrowser()};

const filters = process.argv.slice(2);
const begin = performance.now();
const failed: string[] = [];
/** A step that fails does not keep the later ones from running; the last lines name it. */
function step(what: string, command: string, args: readonly string[]): boolean {
  const result = spawnSync(command, args, {cwd: root, stdio: 'inherit', env});
  if (result.error) console.error(`${command}: ${result.error.message}`);
  if (result.status !== 0) failed.push(what);
  return result.status === 0;
}

if (step('the build', 'npm', ['run', '--silent', 'build', '--workspaces', '--if-present']))
  env.WEFT_PAGE_IS_BUILT = '1';
if (filters.length === 0) step('npm run check (its faults stand above the tests)', 'node', ['tools/check.ts']);
const {isGood, report, unsteady} = runTests(root, vitestRunner(root, env, filters));
if (!isGood) failed.push('tests');

const minutes = ((performance.now() - begin) / 60_000).toFixed(1);
console.log(`\nnpm test took ${minutes} minutes`);
for (const what of failed) console.log(`✗ failed: ${what}`);
for (const {file, test, message} of unsteady) console.log(`unsteady: ${file}: ${test}: ${message.split('\n', 1)[0]}`);
for (const one of unsteady) console.log(`WEFT_UNSTEADY ${JSON.stringify(one)}`);
if (report !== undefined) {
  const {numPassedTests, numFailedTests, numPendingTests, testResults} = report;
  for (const {name, message, status, assertionResults} of isGood ? [] : testResults) {
    const file = relative(root, name);
    const broken = assertionResults.filter((each) => each.status === 'failed');
    for (const each of broken) console.log(`✗ ${file}: ${each.fullName}`);
    // A file that could not be loaded, or whose hooks failed, has no test to name.
    if (status === 'failed' && broken.length === 0) console.log(`✗ ${file}: ${message.split('\n', 1)[0]}`);
  }
  const took = ({startTime, endTime}: FileReport): number => (endTime - startTime) / 1000;
  const slowest = [...testResults].sort((a, b) => took(b) - took(a)).slice(0, 10);
  const names = slowest.map((file) => `${relative(root, file.name)} ${Math.round(took(file))} s`);
  console.log(`The slowest files: ${names.join(', ')}`);
  // A test that failed and then passed is one that passed.
  const mended = isGood ? numFailedTests : 0;
  console.log(
    `${numPassedTests + mended} passed, ${numFailedTests - mended} failed, ${numPendingTests} skipped` +
      (unsteady.length > 0 ? `, ${unsteady.length} of them unsteady` : ''),
  );
}
process.exit(failed.length === 0 ? 0 : 1);
