/** Sampling and log levels with the real thing: Weft as its users start it, an instrumented program, the command line. */
import {type ChildProcess, execFile, spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {type TestContext, test} from 'vitest';
import type {OverrideChange, SamplingResponse} from '../server/src/api/contract.ts';
import {type RunningWeft, startWeft} from './harness.ts';

const root = join(import.meta.dirname, '..');

/** Of the test that runs: these mostly wait, for a program's next question or a setting's end, and so they wait beside each other. */
type Own = Pick<TestContext, 'expect' | 'onTestFinished'>;

/** A busy machine may take its time. */
const patience = {timeout: 90_000, interval: 200};

interface Said {
  readonly level: string;
  readonly counts: Readonly<Record<string, {readonly begun: number; readonly kept: number}>>;
}

/** Runs `programs/sampled.ts` against Weft; what it says last is `said`. */
async function runProgram({expect, onTestFinished}: Own, weft: RunningWeft, rates: string) {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'programs', 'sampled.ts')],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        OTEL_SERVICE_NAME: 'sampled',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://${weft.endpoints.otlp_http}`,
        OTEL_TRACES_SAMPLER: 'parentbased_jaeger_remote',
        OTEL_TRACES_SAMPLER_ARG: `endpoint=http://${weft.endpoints.sampling_http}/sampling,pollingIntervalMs=5000,initialSamplingRate=1`,
        OTEL_BSP_SCHEDULE_DELAY: '500',
        WEFT_SETTINGS_ENDPOINT: weft.http,
        SAMPLED_RATES: rates,
      },
    },
  );
  onTestFinished(() => stop(child));
  let said: Said | undefined;
  createInterface({input: child.stdout!}).on('line', (line) => {
    said = JSON.parse(line) as Said;
  });
  await expect.poll(() => said, patience).toBeDefined();
  const now = (): Said => said as Said;
  /** The share of an operation's traces that it keeps from here on. */
  const share = async (operation: string, traces = 100): Promise<number> => {
    const before = now().counts[operation]!;
    await expect.poll(() => now().counts[operation]!.begun - before.begun, patience).toBeGreaterThan(traces);
    const after = now().counts[operation]!;
    return (after.kept - before.kept) / (after.begun - before.begun);
  };
  return {now, share};
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}

async function begin(own: Own, dataDirectory?: string, args: readonly string[] = []): Promise<RunningWeft> {
  const weft = await startWeft({args, ...(dataDirectory !== undefined && {dataDirectory})});
  own.onTestFinished(weft.stop);
  return weft;
}

async function call<T>(weft: RunningWeft, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${weft.http}/api/weft/v1${path}`, {method, ...(body && {body: JSON.stringify(body)})});
  if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
const override = (weft: RunningWeft, service: string, change: OverrideChange) =>
  call(weft, 'PUT', `/instrument/overrides/${encodeURIComponent(service)}`, change);

/** How often programs have asked Weft so far, for their settings or their sampling. */
async function asks(weft: RunningWeft, what: 'settings' | 'sampling'): Promise<number> {
  const series = {
    settings: /^weft_api_requests_total\{[^}]*instrument\/settings[^}]*\} (\d+)$/gm,
    sampling: /^weft_sampling_requests_total\{[^}]*success[^}]*\} (\d+)$/gm,
  }[what];
  const text = await (await fetch(`${weft.http}/metrics`)).text();
  return [...text.matchAll(series)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/**
 * Waits until `holds`, and expects that the program had to ask no more than three times. It asks every 5 s: so a change is in
 * force within 15 s, however slow the machine of the test is.
 */
async function soon(
  {expect}: Own,
  weft: RunningWeft,
  what: 'settings' | 'sampling',
  holds: () => boolean | Promise<boolean>,
) {
  const before = await asks(weft, what);
  await expect.poll(holds, patience).toBe(true);
  expect((await asks(weft, what)) - before).toBeLessThanOrEqual(3);
}

test.concurrent('sampling: what a person sets is in force in the program within 15 s, and ends by itself', async (own) => {
  const {expect} = own;
  const weft = await begin(own);
  const program = await runProgram(own, weft, 'work=100');
  expect(program.now().level).toBe('info');
  expect(await program.share('work')).toBe(1);

  await override(weft, 'sampled', {logLevel: 'debug', probability: 0, for: '40s', note: 'too loud'});
  await soon(own, weft, 'settings', () => program.now().level === 'debug');
  await soon(own, weft, 'settings', async () => (await program.share('work', 20)) === 0);
  // Nobody takes it back.
  await expect.poll(() => program.now().level, patience).toBe('info');
  await expect.poll(() => program.share('work', 20), patience).toBe(1);

  // A setting that is no override reaches it by its sampler.
  await call(weft, 'PUT', '/sampling', {probability: 0});
  await soon(own, weft, 'sampling', async () => (await program.share('work', 20)) === 0);
  await override(weft, '*', {probability: 1, note: 'incident'});
  await soon(own, weft, 'settings', async () => (await program.share('work', 20)) === 1);
});

test.concurrent('sampling: a restart keeps what was set', async (own) => {
  const {expect, onTestFinished} = own;
  const directory = mkdtempSync(join(tmpdir(), 'weft-sampling-'));
  onTestFinished(() => rmSync(directory, {recursive: true, force: true}));
  const first = await startWeft({dataDirectory: directory});
  await override(first, 'cart', {logLevel: 'debug', for: '1h', setBy: 'ada', note: 'INC-7'});
  await call(first, 'PUT', '/sampling', {mode: 'adaptive', budget: 12});
  await first.stop();
  const second = await begin(own, directory);
  expect(await call<SamplingResponse>(second, 'GET', '/sampling')).toMatchObject({
    mode: 'adaptive',
    budget: 12,
    overrides: [{service: 'cart', what: 'logLevel', value: 'debug', setBy: 'ada', note: 'INC-7'}],
  });
  expect(await call(second, 'GET', '/instrument/settings?service=cart')).toMatchObject({logLevel: {value: 'debug'}});
});

test.concurrent('adaptive: a real program comes to its budget, and its rare operation stays whole', async (own) => {
  const {expect} = own;
  const weft = await begin(own, undefined, ['--set', 'extensions.remote_sampling.adaptive.calculation_interval=1s']);
  await call(weft, 'PUT', '/sampling', {mode: 'adaptive', budget: 10});
  const program = await runProgram(own, weft, 'busy=300,other=60,rare=0.5');
  const kept = async (): Promise<number> =>
    300 * (await program.share('busy', 2000)) + 60 * (await program.share('other', 300));
  await expect.poll(async () => Math.round(await kept()), patience).toBeLessThan(15);
  await expect.poll(kept, patience).toBeGreaterThan(5);
  const {rare} = program.now().counts;
  expect(rare!.kept).toBe(rare!.begun);

  const operations = async () => {
    const {services} = await call<SamplingResponse>(weft, 'GET', '/sampling');
    return Object.fromEntries(services[0]!.operations.map((each) => [each.operation, each]));
  };
  const shares = async (): Promise<number> =>
    Object.values(await operations()).reduce((sum, {share = 0}) => sum + share, 0);
  // Spans say their probability, so that what was not kept is known all the same.
  await expect.poll(async () => (await operations()).busy!.seenRate / 300, patience).toBeCloseTo(1, 0);
  await expect.poll(async () => (await operations()).busy, patience).toMatchObject({reason: {kind: 'held'}});
  await expect.poll(shares, patience).toBeCloseTo(10, 1);
  expect((await operations()).rare).toMatchObject({probability: 1, reason: {kind: 'whole'}});
});

test.concurrent('sampling: the command line shows and sets', async (own) => {
  const {expect, onTestFinished} = own;
  const directory = mkdtempSync(join(tmpdir(), 'weft-sampling-'));
  onTestFinished(() => rmSync(directory, {recursive: true, force: true}));
  const weft = await begin(own, directory);
  const run = (...args: string[]) => {
    const cli = join(root, 'server', 'src', 'main', 'cli.ts');
    const all = ['--disable-warning=ExperimentalWarning', cli, ...args, '--data', directory];
    return new Promise((resolve) => {
      execFile(process.execPath, all, (error, stdout, stderr) =>
        resolve([error?.code ?? 0, `${stdout}${stderr}`.trim()]),
      );
    });
  };
  await fetch(`http://${weft.endpoints.sampling_http}/sampling?service=cart`);
  expect(await run('sampling')).toEqual([
    0,
    expect.stringMatching(/^Mode fixed: every service keeps 100 %\n[\s\S]*\ncart +0 +0 +the same for all/),
  ]);
  expect(
    await run('sampling', 'set', 'cart', '--probability', '0.5', '--for', '30m', '--by', 'ada', '--note', 'INC-7'),
  ).toEqual([0, expect.stringMatching(/^cart: keeps 50 % of traces until \S+ \S+ UTC \(30 min\), by ada: INC-7$/)]);
  expect(await run('log-level', '--all', 'debug', '--by', 'ada')).toEqual([
    0,
    expect.stringMatching(/^every service: log level debug until .* UTC \(60 min\), by ada$/),
  ]);
  expect(await call(weft, 'GET', '/instrument/settings?service=cart')).toMatchObject({
    logLevel: {value: 'debug'},
    sampling: {probability: 0.5},
  });
  expect(await run('log-level', '--all', '--clear')).toEqual([0, 'every service: no log level is set any more']);
  expect(await run('sampling', 'clear', 'cart')).toEqual([0, 'cart: nothing is set any more']);
  expect(await run('sampling', 'clear', 'cart')).toEqual([
    1,
    expect.stringMatching(/^weft sampling: Nothing is set for "cart"\./),
  ]);
  expect(await run('sampling', 'mode', 'adaptive', '--budget', '50')).toEqual([
    0,
    'Mode adaptive: a budget of 50 traces a second is shared out by traffic (changed at run time)',
  ]);
  expect(await run('sampling', 'reset')).toEqual([0, 'Mode fixed: every service keeps 100 %']);
  expect(await run('sampling', 'set', '--probability', '1')).toEqual([
    2,
    expect.stringMatching(/^weft sampling: which service\?/),
  ]);
});
