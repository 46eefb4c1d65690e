/**
 * The OTLP receiver against SDKs in other languages, with their own gRPC and HTTP stacks. Needs Go, Python, Java with
 * Maven, Rust and their registries; says why it skips where they are not there.
 */
import {spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {startTestCollector, type TestCollector} from '../../server/src/collector/testing.ts';
import {namesOf} from '../../server/src/pipeline/testing.ts';
import {type Dialect, expectedLog, expectedMetrics, expectedSpan, logsOf, metricsOf, spansOf} from './everything.ts';
import {sendJavaScript} from './send-javascript.ts';

/** Runs to the end; undefined where it succeeded, else what it said. */
function fails(command: string, args: readonly string[], cwd: string, timeout = 100_000): string | undefined {
  const {status, error, stderr} = spawnSync(command, args, {cwd, encoding: 'utf8', timeout});
  return error === undefined && status === 0
    ? undefined
    : (error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit ${status}`);
}

/** Runs a sender against a fresh collector and gives the names of the spans that arrived. */
async function receive(command: string, args: readonly string[], cwd: string): Promise<string[]> {
  await using collector = await startTestCollector();
  await send(collector, command, args, cwd);
  return collector.traces.flatMap(namesOf).sort();
}

async function send(collector: TestCollector, command: string, args: readonly string[], cwd: string): Promise<void> {
  const {otlp_grpc, otlp_http} = collector.endpoints;
  const sender = spawn(command, [...args, `${otlp_grpc}`, `${otlp_http}`], {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const status = await new Promise((resolve) => sender.on('close', resolve));
  expect(status).toBe(0);
}

/** That everything which the sender sent arrived, each way, field by field. */
async function expectEverything(
  ways: readonly string[],
  dialect: Dialect,
  [command, args, cwd]: readonly [string, readonly string[], string],
): Promise<void> {
  await using collector = await startTestCollector();
  await send(collector, command, args, cwd);
  expectIn(collector, ways, dialect);
}

function expectIn(collector: TestCollector, ways: readonly string[], dialect: Dialect): void {
  expect(spansOf(collector)).toEqual(new Map(ways.map((way) => [way, expectedSpan(way, dialect)])));
  expect(logsOf(collector)).toEqual(new Map(ways.map((way) => [way, expectedLog(way, dialect)])));
  expect(metricsOf(collector)).toEqual(new Map(ways.map((way) => [way, expectedMetrics(dialect)])));
}

it("interoperation: takes spans of Go's SDK over gRPC (plain, gzip, zstd) and HTTP (plain, gzip)", async (context) => {
  const folder = join(import.meta.dirname, 'go');
  const work = mkdtempSync(join(tmpdir(), 'weft-interop-'));
  try {
    const sender = join(work, 'sender');
    const reason = fails('go', ['build', '-o', sender, '.'], folder);
    if (reason !== undefined) return context.skip(`Go cannot build the sender here: ${reason}`);
    expect(await receive(sender, [], folder)).toEqual([
      'go grpc',
      'go grpc gzip',
      'go grpc zstd',
      'go http',
      'go http gzip',
    ]);
  } finally {
    rmSync(work, {recursive: true, force: true});
  }
});

it("interoperation: takes spans of Python's SDK over gRPC and HTTP (plain, gzip, deflate)", async (context) => {
  const folder = join(import.meta.dirname, 'python');
  const environment = mkdtempSync(join(tmpdir(), 'weft-interop-'));
  try {
    const python = join(environment, 'bin', 'python');
    const reason =
      fails('python3', ['-m', 'venv', environment], folder) ??
      fails(
        python,
        ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt'],
        folder,
      );
    if (reason !== undefined || !existsSync(python)) return context.skip(`Python's SDK cannot be had here: ${reason}`);
    expect(await receive(python, ['send.py'], folder)).toEqual([
      'python grpc',
      'python grpc deflate',
      'python grpc gzip',
      'python http',
      'python http deflate',
      'python http gzip',
    ]);
  } finally {
    rmSync(environment, {recursive: true, force: true});
  }
});

it("interoperation: takes everything that JavaScript's SDK can send, over gRPC, HTTP and JSON (plain, gzip)", async () => {
  await using collector = await startTestCollector();
  const {otlp_grpc, otlp_http} = collector.endpoints;
  const ways = await sendJavaScript(`${otlp_grpc}`, `${otlp_http}`);
  const instead = {
    int: {intValue: `${Number.MAX_SAFE_INTEGER}`},
    least: {intValue: `${Number.MIN_SAFE_INTEGER}`},
    whole: {intValue: '3'},
    doubles: {arrayValue: {values: [{doubleValue: 1.5}, {intValue: '2'}]}},
  };
  expectIn(collector, ways, {instead, gauge: {asDouble: 2.5}, flags: 0x301, linkFlags: 0x101});
});

it("interoperation: takes everything that Java's SDK can send, over gRPC and HTTP (plain, gzip)", async (context) => {
  const folder = join(import.meta.dirname, 'java');
  const work = mkdtempSync(join(tmpdir(), 'weft-interop-'));
  try {
    const classPath = join(work, 'classpath');
    const reason =
      fails('java', ['-version'], folder) ??
      fails('mvn', ['-q', '-B', 'dependency:build-classpath', `-Dmdep.outputFile=${classPath}`], folder);
    if (reason !== undefined) return context.skip(`Java's SDK cannot be had here: ${reason}`);
    await expectEverything(
      ['java grpc', 'java http', 'java grpc gzip', 'java http gzip'],
      {flags: 0x301, linkFlags: 0x101},
      ['java', ['-cp', readFileSync(classPath, 'utf8'), 'Sender.java'], folder],
    );
  } finally {
    rmSync(work, {recursive: true, force: true});
  }
});

// Two to three minutes of compiling: asked for as README.md says.
it.runIf(process.env.WEFT_INTEROP_RUST === '1')(
  "interoperation: takes everything that Rust's SDK can send, over gRPC, HTTP and JSON (plain, gzip, zstd)",
  {timeout: 1_200_000},
  async (context) => {
    const folder = join(import.meta.dirname, 'rust');
    const target = join(tmpdir(), 'weft-interop-rust');
    const reason = fails('cargo', ['build', '--quiet', '--locked', '--target-dir', target], folder, 1_000_000);
    if (reason !== undefined) return context.skip(`Rust cannot build the sender here: ${reason}`);
    const compressions = ['', ' gzip', ' zstd'];
    const ways = ['grpc', 'http', 'json'].flatMap((way) => compressions.map((suffix) => `rust ${way}${suffix}`));
    // The attributes of its spans cannot be maps or bytes.
    await expectEverything(ways, {lacks: ['bytes', 'map'], flags: 0x301, linkFlags: 0x101}, [
      join(target, 'debug', 'weft-interop'),
      [],
      folder,
    ]);
  },
);
