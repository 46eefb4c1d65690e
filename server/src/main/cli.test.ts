import {execFile} from 'node:child_process';
import {expect, test} from 'vitest';

/** Runs the program to its end; gives its exit code and what it said on standard error. */
const weft = (...args: string[]): Promise<readonly [code: number, text: string]> =>
  new Promise((resolve) => {
    execFile(process.execPath, [new URL('./cli.ts', import.meta.url).pathname, ...args], (error, _, text) => {
      resolve([typeof error?.code === 'number' ? error.code : 0, text.trim()]);
    });
  });

const absent = `weft serve: the configuration has a fault:
  absent.yaml: cannot read it: ENOENT: no such file or directory, open 'absent.yaml'
See weft serve --help`;

test.each([
  [['--config=absent.yaml']],
  [['--config', 'absent.yaml']],
  [['-config', 'absent.yaml']],
  [['--config=absent.yaml', '--set=processors.batch.timeout=2s', '--set', 'processors.batch.timeout=2s']],
])('command line: %s without a command is what serve does, as the Collector is started', async (args) => {
  expect(await weft(...args)).toEqual([2, expect.stringContaining('absent.yaml: cannot read it: ENOENT')]);
});

test('command line: the feature gates of a Collector are named and left out', async () => {
  const expected = [2, `weft: --feature-gates has no effect: there are none\n${absent}`];
  expect(await weft('--feature-gates=-a,b', '--config=absent.yaml')).toEqual(expected);
  expect(await weft('-feature-gates', 'a', '--config=absent.yaml')).toEqual(expected);
});

test('command line: a word that is no command is told the commands', async () => {
  expect(await weft('start')).toEqual([2, expect.stringContaining('there is no command "start"')]);
});
