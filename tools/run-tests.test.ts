/** What is run a second time, with the real Vitest and files that fail as often as their test says. */
import {mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {runTests, vitestRunner} from './run-tests.ts';

const root = join(import.meta.dirname, '..');

/** Runs a repository of these files, each of which fails so many times first. */
function runFiles(files: Readonly<Record<string, number>>, extra = '') {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), 'weft-unsteady-')));
  onTestFinished(() => rmSync(copy, {recursive: true}));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  writeFileSync(join(copy, 'package.json'), '{"type": "module"}');
  writeFileSync(join(copy, 'vitest.config.ts'), 'export default {test: {watch: false}};');
  for (const [name, failures] of Object.entries(files)) {
    mkdirSync(join(copy, name, '..'), {recursive: true});
    writeFileSync(
      join(copy, name),
      `import {appendFileSync, readFileSync} from 'node:fs';
       import {expect, test} from 'vitest';
       appendFileSync(${JSON.stringify(join(copy, 'runs'))}, ${JSON.stringify(`${name}\n`)});
       const runs = readFileSync(${JSON.stringify(join(copy, 'runs'))}, 'utf8').split('\\n').filter((one) => one === ${JSON.stringify(name)}).length;
       test('steady', () => {});
       test('late', () => expect(runs, 'the row is there').toBeGreaterThan(${failures}));
       ${extra}`,
    );
  }
  const {isGood, unsteady} = runTests(copy, vitestRunner(copy, process.env, [], 'ignore'));
  const runs = readFileSync(join(copy, 'runs'), 'utf8').trimEnd().split('\n').sort();
  return {isGood, unsteady: unsteady.map(({file, test}) => `${file}: ${test}`), runs, message: unsteady[0]?.message};
}

test('npm test: what passes is run once', () => {
  const {isGood, unsteady, runs} = runFiles({'e2e/ui-a.test.ts': 0, 'server/b.test.ts': 0});
  expect({isGood, unsteady, runs}).toEqual({
    isGood: true,
    unsteady: [],
    runs: ['e2e/ui-a.test.ts', 'server/b.test.ts'],
  });
});

test('npm test: up to three files of the page that fail once are run again by themselves, pass, and are told', () => {
  const pages = ['e2e/ui-a.test.ts', 'e2e/ui-b.test.ts', 'e2e/ui-c.test.ts'];
  const {isGood, unsteady, runs, message} = runFiles({
    ...Object.fromEntries(pages.map((name) => [name, 1])),
    'e2e/kill.test.ts': 0,
  });
  expect(isGood).toBe(true);
  expect(unsteady.sort()).toEqual(pages.map((name) => `${name}: late`));
  expect(message).toContain('the row is there: expected 1 to be greater than 1');
  expect(runs).toEqual(['e2e/kill.test.ts', ...pages.flatMap((name) => [name, name])]);
});

test('npm test: a file of the page that fails twice is a failure', () => {
  const {isGood, unsteady, runs} = runFiles({'e2e/ui-a.test.ts': 1, 'e2e/ui-b.test.ts': 2});
  expect({isGood, unsteady, runs: runs.length}).toEqual({isGood: false, unsteady: [], runs: 4});
});

test.each([
  ['a test of anything else fails', {'e2e/kill.test.ts': 1}],
  ['a test of anything else fails beside one of the page', {'e2e/ui-a.test.ts': 1, 'server/ui-b.test.ts': 1}],
  ['more than three files of the page fail', Object.fromEntries([1, 2, 3, 4].map((n) => [`e2e/ui-${n}.test.ts`, 1]))],
])('npm test: nothing is run again where %s', (_, files) => {
  const {isGood, unsteady, runs} = runFiles(files);
  expect({isGood, unsteady, runs}).toEqual({isGood: false, unsteady: [], runs: Object.keys(files).sort()});
});

test('npm test: an error outside any test is a failure, and nothing is run again', () => {
  const {isGood, runs} = runFiles({'e2e/ui-a.test.ts': 1}, "Promise.reject(new Error('nobody looks'));");
  expect({isGood, runs}).toEqual({isGood: false, runs: ['e2e/ui-a.test.ts']});
});
