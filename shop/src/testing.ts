/** An OTLP/HTTP receiver for the shop's tests: keeps what the services send and waits for what a test expects. */
import {createServer} from 'node:http';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {gunzip} from 'node:zlib';
import protobuf from 'protobufjs';

export type AttributeValue = string | number | boolean | AttributeValue[] | undefined;
export type Attributes = Readonly<Record<string, AttributeValue>>;
export interface SeenSpan {
  readonly service: string;
  readonly resource: Attributes;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** The empty string for a root. */
  readonly parentId: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly milliseconds: number;
  readonly startMilliseconds: number;
  readonly attributes: Attributes;
  readonly events: readonly {readonly name: string; readonly attributes: Attributes}[];
  readonly links: readonly {readonly traceId: string; readonly spanId: string}[];
  readonly isError: boolean;
  readonly message: string;
}
export interface SeenLog {
  readonly service: string;
  readonly body: string;
  readonly severity: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
}
export interface SeenPoint {
  readonly service: string;
  readonly metric: string;
  readonly attributes: Attributes;
}
export interface Sink {
  readonly endpoint: string;
  readonly spans: readonly SeenSpan[];
  readonly logs: readonly SeenLog[];
  readonly points: readonly SeenPoint[];
  /** The spans of one trace, oldest first. */
  trace(traceId: string): SeenSpan[];
  /**
   * Resolves with the first result of `find` that is not undefined, looked for whenever something arrives. Rejects, with
   * what `describe` says is there instead, when nothing fits for too long.
   */
  until<T>(find: () => T | undefined, describe?: () => string): Promise<T>;
  close(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: what protobufjs decodes has no types; it is read field by field below
type Decoded = any;

const root = protobuf.loadSync(fileURLToPath(new URL('testing-otlp.proto', import.meta.url)));
const types = {
  '/v1/traces': root.lookupType('otlp.Traces'),
  '/v1/logs': root.lookupType('otlp.Logs'),
  '/v1/metrics': root.lookupType('otlp.Metrics'),
} as const;
const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const patienceMilliseconds = 40_000;
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

function value(any: Decoded): AttributeValue {
  if (any?.arrayValue !== undefined && any.arrayValue !== null) return any.arrayValue.values.map(value);
  const found = any?.[any?.value];
  return typeof found === 'object' && found !== null ? Number(found) : found;
}
const attributesOf = (pairs: Decoded[]): Attributes =>
  Object.fromEntries((pairs ?? []).map((pair) => [pair.key, value(pair.value)]));

export async function startSink(): Promise<Sink> {
  const spans: SeenSpan[] = [];
  const logs: SeenLog[] = [];
  const points: SeenPoint[] = [];
  let waiting: (() => void)[] = [];

  const takers: Readonly<Record<keyof typeof types, (item: Decoded, resource: Attributes) => void>> = {
    '/v1/traces': (span, resource) => {
      const start = BigInt(span.start.toString());
      spans.push({
        service: String(resource['service.name']),
        resource,
        name: span.name,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentId: hex(span.parentSpanId),
        kind: kinds[span.kind] ?? 'internal',
        milliseconds: Number(BigInt(span.end.toString()) - start) / 1e6,
        startMilliseconds: Number(start) / 1e6,
        attributes: attributesOf(span.attributes),
        events: span.events.map((event: Decoded) => ({name: event.name, attributes: attributesOf(event.attributes)})),
        links: span.links.map((link: Decoded) => ({traceId: hex(link.traceId), spanId: hex(link.spanId)})),
        isError: span.status?.code === 2,
        message: span.status?.message ?? '',
      });
    },
    '/v1/logs': (log, resource) => {
      logs.push({
        service: String(resource['service.name']),
        body: String(value(log.body)),
        severity: log.severity,
        traceId: hex(log.traceId),
        spanId: hex(log.spanId),
        attributes: attributesOf(log.attributes),
      });
    },
    '/v1/metrics': (metric, resource) => {
      for (const point of (metric.gauge ?? metric.sum ?? metric.histogram)?.points ?? []) {
        points.push({
          service: String(resource['service.name']),
          metric: metric.name,
          attributes: attributesOf(point.attributes),
        });
      }
    },
  };

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const path = request.url as keyof typeof types;
    const bytes = request.headers['content-encoding'] === 'gzip' ? await promisify(gunzip)(body) : body;
    const message: Decoded = types[path].decode(bytes);
    for (const {resource, scopes} of message.resources) {
      const its = attributesOf(resource?.attributes);
      for (const scope of scopes) for (const item of scope.items) takers[path](item, its);
    }
    response.writeHead(200, {'content-type': 'application/x-protobuf'}).end();
    for (const check of waiting.slice()) check();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('BUG: a TCP server without a port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    spans,
    logs,
    points,
    trace: (traceId) =>
      spans.filter((span) => span.traceId === traceId).sort((a, b) => a.startMilliseconds - b.startMilliseconds),
    until: (find, describe = () => '') =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting = waiting.filter((one) => one !== check);
          reject(new Error(`what was waited for did not arrive: ${find}\n${describe()}`));
        }, patienceMilliseconds);
        const check = (): void => {
          const found = find();
          if (found === undefined) return;
          clearTimeout(timer);
          waiting = waiting.filter((one) => one !== check);
          resolve(found);
        };
        waiting.push(check);
        check();
      }),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The trace as an indented text, for a failure's message. */
export function drawTrace(spans: readonly SeenSpan[]): string {
  const lines: string[] = [];
  const ids = new Set(spans.map((span) => span.spanId));
  const draw = (parents: readonly SeenSpan[], depth: number): void => {
    for (const span of parents) {
      const links = span.links.length > 0 ? ` links=${span.links.length}` : '';
      lines.push(
        `${'  '.repeat(depth)}${span.isError ? '✗ ' : ''}${span.service}: ${span.name} [${span.kind}] ${span.milliseconds.toFixed(0)} ms${links}`,
      );
      draw(
        spans.filter((one) => one.parentId === span.spanId),
        depth + 1,
      );
    }
  };
  draw(
    spans.filter((span) => !ids.has(span.parentId)),
    0,
  );
  return lines.join('\n');
}
