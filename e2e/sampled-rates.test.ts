/** Rates and calls of services whose spans are sampled before the store: they are those of all that was sent. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import type {ServicesRedResponse, ServicesResponse} from '../server/src/api/contract.ts';
import {type RunningWeft, startWeft, until} from './harness.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-sampled-'));
afterAll(() => rmSync(directory, {recursive: true, force: true}));

/** Two ways, by the names of services. */
const config = `
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
processors:
  probabilistic_sampler: {mode: proportional, sampling_percentage: 25}
  tail_sampling:
    decision_wait: 1s
    policies: [{name: tenth, type: probabilistic, probabilistic: {sampling_percentage: 10}}]
  filter/quarter: {traces: {span: ['IsMatch(resource.attributes["service.name"], "-tail$")']}}
  filter/tail: {traces: {span: ['not IsMatch(resource.attributes["service.name"], "-tail$")']}}
exporters: {weft: }
service:
  pipelines:
    traces/quarter: {receivers: [otlp], processors: [filter/quarter, probabilistic_sampler], exporters: [weft]}
    traces/tail: {receivers: [otlp], processors: [filter/tail, tail_sampling], exporters: [weft]}
`;
const start = (): Promise<RunningWeft> => startWeft({args: ['--config', `yaml:${config}`], dataDirectory: directory});

const traces = 2000;
const minute = BigInt(Math.floor(Date.now() / 60_000) - 5) * 60_000_000_000n;

/** A call of `cart` by `web`, one in ten of which fails; the randomness of trace ids is spread evenly, so that shares are exact. */
function traceOf(number: number, run: number, way: string) {
  const randomness = (BigInt(number) * 2n ** 56n) / BigInt(traces);
  const traceId = `${String(1 + run).padStart(18, '0')}${randomness.toString(16).padStart(14, '0')}`;
  const span = (id: number, parent: number | undefined, kind: number) => ({
    traceId,
    spanId: (1 + id + 4 * (number + traces * run)).toString(16).padStart(16, '0'),
    ...(parent !== undefined && {
      parentSpanId: (1 + parent + 4 * (number + traces * run)).toString(16).padStart(16, '0'),
    }),
    name: 'GET /cart',
    kind,
    startTimeUnixNano: String(minute + BigInt(number) * 1_000_000n),
    endTimeUnixNano: String(minute + BigInt(number) * 1_000_000n + 5_000_000n),
    status: {code: number % 10 === 0 ? 2 : 0},
  });
  const of = (service: string, ...spans: object[]) => ({
    resource: {
      attributes: [
        {key: 'service.name', value: {stringValue: `${service}${way}`}},
        {key: 'deployment.environment.name', value: {stringValue: 'test'}},
      ],
    },
    scopeSpans: [{spans}],
  });
  return [of('web', span(0, undefined, 2), span(1, 0, 3)), of('cart', span(2, 1, 2))];
}

async function send(weft: RunningWeft, run: number, way = ''): Promise<void> {
  for (let from = 0; from < traces; from += 500) {
    const resourceSpans = Array.from({length: 500}, (_, i) => traceOf(from + i, run, way)).flat();
    const answer = await fetch(`http://${weft.endpoints.otlp_http}/v1/traces`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({resourceSpans}),
    });
    expect(answer.status).toBe(200);
  }
}

const get = async <T>(weft: RunningWeft, path: string): Promise<T> =>
  (await fetch(`${weft.http}${path}`)).json() as Promise<T>;

/** How many traces the tail sampler has kept, once it has decided of all; undefined before. */
async function keptByTail(weft: RunningWeft): Promise<number | undefined> {
  const metrics = await (await fetch(`${weft.http}/metrics`)).text();
  const of = (decision: string): number =>
    Number(
      new RegExp(`^otelcol_processor_tail_sampling_global_count_traces_sampled\\S*"${decision}"\\S* (\\d+)`, 'm').exec(
        metrics,
      )?.[1] ?? 0,
    );
  return of('sampled') + of('not_sampled') === traces ? of('sampled') : undefined;
}

/** What everybody says who tells rates; `flush` before it waits for the store. */
async function told(weft: RunningWeft) {
  expect((await fetch(`${weft.http}/api/weft/v1/flush`, {method: 'POST'})).status).toBe(200);
  const range = `start=${minute}&end=${minute + 60_000_000_000n}`;
  const red = async (more: string) =>
    new Map(
      (await get<ServicesRedResponse>(weft, `/api/weft/v1/services/red?${range}${more}`)).services.map((one) => [
        one.name,
        {requests: one.requests, stored: one.stored, errors: one.errors},
      ]),
    );
  const ms = minute / 1_000_000n;
  const {data} = await get<{data: {parent: string; child: string; callCount: number}[]}>(
    weft,
    `/api/dependencies?endTs=${ms + 60_000n}&lookback=60000`,
  );
  const zipkin = await get<{parent: string; child: string; callCount: number}[]>(
    weft,
    `/zipkin/api/v2/dependencies?endTs=${ms + 60_000n}&lookback=60000`,
  );
  const {services} = await get<ServicesResponse>(weft, '/api/weft/v1/services');
  const callsIn = (list: typeof data) => new Map(list.map(({child, callCount}) => [child, callCount]));
  return {
    red: await red(''),
    ofSpans: await red('&environment=test'),
    calls: callsIn(data),
    zipkinCalls: callsIn(zipkin),
    spans: new Map(services.map(({name, spans}) => [name, spans])),
  };
}

test('sampled rates: rates, names and calls are of what was sent, also after a kill and the replay', async () => {
  const weft = await start();
  await send(weft, 0);
  await send(weft, 1, '-tail');
  // The tail sampler decides by its own clock.
  await until(async () => (await keptByTail(weft)) !== undefined);
  const kept = (await keptByTail(weft)) as number;
  await until(async () => ((await told(weft)).red.get('cart-tail')?.stored ?? 0) >= kept);
  const first = await told(weft);
  const sent = {requests: traces, stored: traces / 4, errors: traces / 10};
  expect(first.red.get('cart')).toEqual(sent);
  expect(first.red.get('web')).toEqual(sent);
  expect(first.spans.get('web')).toBe(2 * traces);
  expect(first.calls.get('cart')).toBe(traces);
  expect(first.zipkinCalls.get('cart')).toBe(traces);
  const tail = first.red.get('cart-tail');
  // By a hash of the id, and what a tenth is in four digits: nearly always ten for one.
  expect(tail?.stored).toBe(kept);
  expect((tail?.requests as number) / (tail?.stored as number)).toBeCloseTo(10, 1);
  expect(Math.abs((tail?.requests as number) / traces - 1)).toBeLessThan(0.2);
  expect(first.ofSpans).toEqual(first.red);
  expect(first.calls.get('cart-tail')).toBeGreaterThan(0.99 * (tail?.requests as number));

  await send(weft, 2);
  process.kill(weft.pid, 'SIGKILL');
  await weft.stop();
  await using again = await start();
  const both = await told(again);
  expect(both.red.get('cart')).toEqual({requests: 2 * traces, stored: traces / 2, errors: traces / 5});
  expect(both.calls.get('cart')).toBe(2 * traces);
  expect(both.spans.get('web')).toBe(4 * traces);
  expect(both.ofSpans.get('cart')).toEqual(both.red.get('cart'));
});
