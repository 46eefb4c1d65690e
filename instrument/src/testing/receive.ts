import {createServer, type IncomingMessage} from 'node:http';
import type {AddressInfo} from 'node:net';
import {buffer} from 'node:stream/consumers';
import {gunzipSync} from 'node:zlib';
import type {CapturedLog, CapturedMetric} from './captured.ts';
import {readLogs, readMetrics, readSpans} from './otlp-read.ts';
import {createSpanStore, type SpanStore} from './span-store.ts';

export type Receiver = SpanStore & {
  readonly logs: readonly CapturedLog[];
  /** Every point of every export so far, the latest last. */
  readonly metrics: readonly CapturedMetric[];
  /** Base URL, for `start({endpoint})`. */
  readonly url: string;
  /** The environment with which a process under test sends here soon after each span ends. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
};

/**
 * A collector for tests: a real OTLP/HTTP server on a free port that keeps what processes under test send.
 *
 * @example const received = await receiveOtlp(); spawn('node', ['--import', '@weft/instrument', 'app.js'], {env: {...process.env, ...received.env}});
 */
export async function receiveOtlp(): Promise<Receiver> {
  const store = createSpanStore();
  const logs: CapturedLog[] = [];
  const metrics: CapturedMetric[] = [];
  const take: Readonly<Record<string, (body: Uint8Array) => void>> = {
    '/v1/traces': (body) => readSpans(body).forEach(store.add),
    '/v1/logs': (body) => void logs.push(...readLogs(body)),
    '/v1/metrics': (body) => void metrics.push(...readMetrics(body)),
  };
  const server = createServer((request, response) => {
    const accept = async (): Promise<void> => {
      const handle = take[request.url ?? ''];
      const body = await readBody(request);
      handle?.(body);
      response.writeHead(handle === undefined ? 404 : 200, {'content-type': 'application/x-protobuf'}).end();
    };
    accept().catch((error: unknown) => response.writeHead(400).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(store, {
    logs,
    metrics,
    url,
    env: {OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: '20', OTEL_METRIC_EXPORT_INTERVAL: '200'},
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const body = await buffer(request);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}
