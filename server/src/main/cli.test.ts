import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';
import {readFlags} from './command.ts';
import {portsOf, serveFlags, serveOptions} from './command-serve.ts';

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

test('command line: ./weft keeps compiled modules beside the packages, or where NODE_COMPILE_CACHE says', async () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const told = 'data:text/javascript,import {getCompileCacheDir} from "node:module"; console.log(getCompileCacheDir())';
  const directory = (env: Record<string, string>) =>
    new Promise<string>((resolve) => {
      const {NODE_COMPILE_CACHE: _, ...rest} = process.env;
      const options = {env: {...rest, NODE_OPTIONS: `--import ${encodeURI(told)}`, ...env}};
      execFile(join(root, 'weft'), ['--version'], options, (_error, text) => resolve(text.split('\n')[0] as string));
    });
  expect(await directory({})).toContain(join(root, 'node_modules/.cache/weft/'));
  const elsewhere = mkdtempSync(join(tmpdir(), 'weft-'));
  expect(await directory({NODE_COMPILE_CACHE: elsewhere})).toContain(elsewhere);
  rmSync(elsewhere, {recursive: true});
});

test('command line: a word that is no command is told the commands', async () => {
  expect(await weft('start')).toEqual([2, expect.stringContaining('there is no command "start"')]);
});

test.each([
  [['--free-ports'], 0],
  [['--free-ports', '--http=127.0.0.1:17001'], 17_001],
  [['--free-ports', '--set=weft.http.endpoint=127.0.0.1:17002'], 17_002],
  [[], 16_686],
])('command line: %j listens for the page on port %i', async (args, port) => {
  const options = await serveOptions(readFlags(serveFlags, args), 'error');
  expect(options.http.port).toBe(port);
});

test('command line: --set of an address keeps its port beside --free-ports', () =>
  expect(portsOf(['receivers.otlp.protocols.grpc.endpoint=[::1]:4400', 'a.endpoint=unix:/x', 'b.rate=1:5'])).toEqual(
    new Set([4400]),
  ));

test('command line: no thread loads an HTTP client and WebSockets that nobody asked for', async () => {
  const told =
    'process.stdout.write(process.moduleLoadList.filter((name) => /undici/.test(name)).join(), () => process.exit())';
  for (const module of ['./command-serve.ts', '../api/index.ts', '../engine/server.ts']) {
    const code = `await import(${JSON.stringify(new URL(module, import.meta.url).href)}); ${told}`;
    const loaded = new Promise((resolve, reject) => {
      execFile(process.execPath, ['--input-type=module', '--eval', code], (error, text) =>
        error ? reject(error) : resolve(text),
      );
    });
    await expect(loaded, module).resolves.toBe('');
  }
});
