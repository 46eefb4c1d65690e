/**
 * PromQL against what Prometheus itself says: its own tests of the language, out of the sources that Go fetches, and its command
 * line `promtool` against a running Weft. Says why it skips where they are not there.
 */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {runScript} from '../../server/src/promql/testing.ts';
import {readScript} from '../../server/src/promql/testing-script.ts';
import {startWeft} from '../harness.ts';

const prometheus = 'github.com/prometheus/prometheus@v0.316.0';
/** Behind flags of Prometheus's that Weft does not have: names that outlive a function, names that are not ASCII without quotes. */
const behindFlags = ['name_label_dropping.test', 'unquoted_utf8_names.test'];
/** A text that is no UTF-8 is none in JavaScript. */
const known = ['label_replace(testmetric, "\\xff", "", "src", "(.*)")'];

/** Prometheus's sources; undefined where there are none to be had. */
function sources(work: string): string | undefined {
  writeFileSync(join(work, 'go.mod'), 'module x\n\ngo 1.25\n');
  const {status, stdout} = spawnSync('go', ['mod', 'download', '-json', prometheus], {
    cwd: work,
    encoding: 'utf8',
    timeout: 100_000,
  });
  const directory = status === 0 ? (JSON.parse(stdout) as {Dir?: string}).Dir : undefined;
  return directory !== undefined && existsSync(directory) ? directory : undefined;
}

it('interoperation: PromQL answers Prometheus’s own tests of the language as they say', async (context) => {
  const work = mkdtempSync(join(tmpdir(), 'weft-interop-'));
  try {
    const directory = sources(work);
    if (directory === undefined) return context.skip(`go cannot fetch ${prometheus}`);
    const tests = join(directory, 'promql', 'promqltest', 'testdata');
    let passed = 0;
    const failed: string[] = [];
    for (const file of readdirSync(tests).filter((name) => name.endsWith('.test') && !behindFlags.includes(name))) {
      const result = await runScript(readScript(readFileSync(join(tests, file), 'utf8')));
      passed += result.passed;
      failed.push(
        ...result.failed
          .filter(({text}) => !known.includes(text))
          .map(({line, text, why}) => `${file}:${line}: ${text}: ${why}`),
      );
    }
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(950);
  } finally {
    rmSync(work, {recursive: true, force: true});
  }
});

it('interoperation: promtool asks Weft', async (context) => {
  if (spawnSync('promtool', ['--version']).status !== 0) return context.skip('promtool is not installed');
  await using weft = await startWeft();
  const now = Math.floor(Date.now() / 1000);
  const points = Array.from({length: 13}, (_, i) => ({
    attributes: [{key: 'http.route', value: {stringValue: '/a'}}],
    startTimeUnixNano: `${now - 120}000000000`,
    timeUnixNano: `${now - 120 + 10 * i}000000000`,
    asInt: String(20 * i),
  }));
  const sum = {isMonotonic: true, aggregationTemporality: 2, dataPoints: points};
  const answer = await fetch(`http://${weft.endpoints.otlp_http}/v1/metrics`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({
      resourceMetrics: [
        {
          resource: {attributes: [{key: 'service.name', value: {stringValue: 'cart'}}]},
          scopeMetrics: [{metrics: [{name: 'http.server.calls', sum}]}],
        },
      ],
    }),
  });
  expect(answer.status, await answer.text()).toBe(200);
  await weft.send();
  const tool = (...args: readonly string[]): string => {
    const {status, stdout, stderr} = spawnSync('promtool', ['query', ...args], {encoding: 'utf8', timeout: 60_000});
    expect(status, stderr).toBe(0);
    return stdout.trim();
  };
  const url = `${weft.http}/prometheus`;
  expect(tool('instant', '--time', String(now), url, 'sum by (job) (rate(http_server_calls_total[1m]))')).toBe(
    `{job="cart"} => 2 @[${now}]`,
  );
  expect(tool('labels', url, 'http_route')).toBe('/a');
  expect(tool('series', '--match', 'http_server_calls_total', url)).toBe(
    '{__name__="http_server_calls_total", http_route="/a", job="cart"}',
  );
  const range = tool(
    'range',
    '--start',
    String(now - 60),
    '--end',
    String(now),
    '--step',
    '30s',
    url,
    'http_server_calls_total',
  );
  // How series are written changes with promtool's version.
  expect(range.split('\n').slice(1)).toEqual([`120 @[${now - 60}]`, `180 @[${now - 30}]`, `240 @[${now}]`]);
});
