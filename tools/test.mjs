/**
 * `npm test`: installs what the tests need, then checks and runs every test. Arguments go to Vitest: `npm test -- spool`.
 * Plain JavaScript, because the machine's own Node runs it.
 */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join, relative} from 'node:path';

const root = join(import.meta.dirname, '..');
const env = {...process.env, PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH};

function run(command, args, options = {}) {
  const result = spawnSync(command, args, {cwd: root, stdio: 'inherit', env, ...options});
  if (result.error) console.error(`${command}: ${result.error.message}`);
  return result.status === 0;
}

/** Where a command is; '' where it is not. */
const where = (command) => spawnSync('sh', ['-c', `command -v ${command}`], {encoding: 'utf8'}).stdout.trim();

const installed = join(root, 'node_modules', '.weft-installed');
if (
  !existsSync(installed) ||
  readFileSync(installed, 'utf8') !== readFileSync(join(root, 'package-lock.json'), 'utf8')
) {
  if (!run('sh', ['tools/install.sh'])) process.exit(1);
}

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const findBrowser = () => process.env.WEFT_CHROMIUM || browsers.map(where).find((path) => path !== '');
if (!findBrowser()) {
  const apt = where('apt-get') !== '' && process.getuid?.() === 0;
  const got =
    apt &&
    run('sh', [
      '-c',
      'apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null',
    ]);
  if (!got) {
    console.error(
      'The browser tests need Chromium. Install it (Debian, Ubuntu: sudo apt-get install chromium) or name one in WEFT_CHROMIUM.',
    );
    process.exit(1);
  }
}

env.WEFT_CHROMIUM = findBrowser();

const filters = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'weft-test-'));
const report = join(scratch, 'report.json');
const begin = performance.now();
const failed = [];
/** A step that fails does not keep the later ones from running; the last lines name it. */
const step = (what, command, args) => {
  const isGood = run(command, args);
  if (!isGood) failed.push(what);
  return isGood;
};
if (step('the build', 'npm', ['run', '--silent', 'build', '--workspaces', '--if-present']))
  env.WEFT_PAGE_IS_BUILT = '1';
if (filters.length === 0) step('npm run check (its faults stand above the tests)', 'node', ['tools/check.ts']);
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
step('tests', 'node', [join('node_modules', 'vitest', 'vitest.mjs'), 'run', ...reporters, ...filters]);

const minutes = ((performance.now() - begin) / 60_000).toFixed(1);
console.log(`\nnpm test took ${minutes} minutes`);
for (const what of failed) console.log(`✗ failed: ${what}`);
if (existsSync(report)) {
  const {numPassedTests, numFailedTests, numPendingTests, testResults} = JSON.parse(readFileSync(report, 'utf8'));
  for (const {name, message, status, assertionResults} of testResults) {
    const file = relative(root, name);
    const broken = assertionResults.filter((each) => each.status === 'failed');
    for (const each of broken) console.log(`✗ ${file}: ${each.fullName}`);
    // A file that could not be loaded, or whose hooks failed, has no test to name.
    if (status === 'failed' && broken.length === 0) console.log(`✗ ${file}: ${message.split('\n', 1)[0]}`);
  }
  const seconds = testResults.map(({name, startTime, endTime}) => [relative(root, name), (endTime - startTime) / 1000]);
  const slowest = seconds.sort(([, a], [, b]) => b - a).slice(0, 10);
  console.log(`The slowest files: ${slowest.map(([file, took]) => `${file} ${Math.round(took)} s`).join(', ')}`);
  console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
}
rmSync(scratch, {recursive: true, force: true});
process.exit(failed.length === 0 ? 0 : 1);
