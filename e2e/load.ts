/**
 * Senders for tests that kill and starve Weft: each request is a trace of its own, over gRPC and over HTTP in turns, and what
 * was acknowledged is remembered by its trace id.
 */
import {randomBytes} from 'node:crypto';
import {Agent, request} from 'node:http';
import {type ClientHttp2Session, connect} from 'node:http2';
import {setTimeout as sleep} from 'node:timers/promises';
import {otlp} from '../server/src/wire/index.ts';
import {until} from './harness.ts';

export interface Load {
  /** Trace ids, in hexadecimal. */
  readonly acknowledged: ReadonlySet<string>;
  readonly sent: ReadonlySet<string>;
  /** How often each answer came: `http 200`, `grpc 14`, `http ECONNRESET`. */
  readonly answers: ReadonlyMap<string, number>;
  /** Milliseconds from each request to its acknowledgement. */
  readonly latencies: readonly number[];
  /** Resolves when `count` more than now are acknowledged. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly endpoints: Readonly<Record<string, string>>;
  /** Of each protocol. Default 2. */
  readonly senders?: number;
  /** Between an answer and the next request. Default 5 ms. */
  readonly pauseMs?: number;
}

export const spansPerTrace = 20;

export function startLoad({endpoints, senders = 2, pauseMs = 5}: LoadOptions): Load {
  const acknowledged = new Set<string>();
  const sent = new Set<string>();
  const answers = new Map<string, number>();
  const latencies: number[] = [];
  let stopped = false;

  const run = async (protocol: 'http' | 'grpc', sender: Sender): Promise<void> => {
    while (!stopped) {
      const traceId = randomBytes(16).toString('hex');
      sent.add(traceId);
      const begin = performance.now();
      const {ok, answer} = await sender.send(traceBody(traceId));
      if (ok) {
        acknowledged.add(traceId);
        latencies.push(performance.now() - begin);
      }
      answers.set(`${protocol} ${answer}`, (answers.get(`${protocol} ${answer}`) ?? 0) + 1);
      // Enough to catch every moment; a refusal or a closed port is not asked again without pause.
      await sleep(ok ? pauseMs : 20);
    }
    sender.close();
  };
  const running = Array.from({length: senders}, () => [
    run('http', httpSender(endpoints.otlp_http as string)),
    run('grpc', grpcSender(endpoints.otlp_grpc as string)),
  ]).flat();
  return {
    acknowledged,
    sent,
    answers,
    latencies,
    more(count) {
      const wanted = acknowledged.size + count;
      return until(() => acknowledged.size >= wanted);
    },
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}

/** OTLP JSON of a trace of `spansPerTrace` spans. */
export function traceBody(traceId: string): string {
  const now = BigInt(Date.now()) * 1_000_000n;
  const spans = Array.from({length: spansPerTrace}, (_, i) => ({
    traceId,
    spanId: (i + 1).toString(16).padStart(16, '0'),
    parentSpanId: i === 0 ? '' : '0000000000000001',
    name: `step ${i}`,
    kind: 1,
    startTimeUnixNano: String(now + BigInt(i)),
    endTimeUnixNano: String(now + BigInt(i + 1000)),
  }));
  const resource = {attributes: [{key: 'service.name', value: {stringValue: 'load'}}]};
  return JSON.stringify({resourceSpans: [{resource, scopeSpans: [{spans}]}]});
}

interface Answered {
  readonly ok: boolean;
  readonly answer: string;
}
interface Sender {
  send(json: string): Promise<Answered>;
  close(): void;
}

const deadlineMs = 10_000;
const toProto = (json: string): Uint8Array => otlp.traces.encodeProto(otlp.traces.decodeJson(Buffer.from(json)).batch);

function httpSender(address: string): Sender {
  const [hostname, port] = address.split(':');
  const headers = {'content-type': 'application/json'};
  const agent = new Agent({keepAlive: true, maxSockets: 1});
  return {
    send: (json) =>
      new Promise((resolve) => {
        const options = {
          hostname,
          port,
          path: '/v1/traces',
          method: 'POST',
          headers,
          timeout: deadlineMs,
          agent: false as const,
        };
        const call = request(options, (response) => {
          response.resume();
          response.on('error', (error) => resolve(failed(error)));
          response.on('end', () => resolve({ok: response.statusCode === 200, answer: String(response.statusCode)}));
        });
        call.on('error', (error) => resolve(failed(error, call.reusedSocket ? '' : ' before it was taken')));
        call.on('timeout', () => call.destroy(new Error('timeout')));
        call.end(json);
      }),
    close: () => agent.destroy(),
  };
}

function grpcSender(address: string): Sender {
  let session: ClientHttp2Session | undefined;
  const connected = (): ClientHttp2Session => {
    if (session === undefined || session.destroyed || session.closed) {
      session = connect(`http://${address}`);
      session.on('error', () => {}); // every call hears of it
    }
    return session;
  };
  return {
    send: (json) =>
      new Promise((resolve) => {
        const stream = connected().request({
          ':method': 'POST',
          ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
          'content-type': 'application/grpc',
          te: 'trailers',
        });
        let status: string | undefined;
        let broken: Error | undefined;
        stream.on('response', (head) => (status = head['grpc-status']?.toString() ?? status));
        stream.on('trailers', (tail) => (status = tail['grpc-status']?.toString() ?? status));
        stream.on('error', (error) => (broken = error));
        stream.on('data', () => {});
        stream.setTimeout(deadlineMs, () => stream.destroy(new Error('timeout')));
        stream.on('close', () =>
          resolve(
            status === undefined
              ? failed(broken ?? new Error('closed without an answer'))
              : {ok: status === '0', answer: status},
          ),
        );
        const message = toProto(json);
        const head = Buffer.alloc(5);
        head.writeUInt32BE(message.length, 1);
        stream.end(Buffer.concat([head, message]));
      }),
    close: () => session?.destroy(),
  };
}

/** A connection that breaks at its very first request may have been one that the server had not yet taken from its queue. */
function failed(error: NodeJS.ErrnoException, when = ''): Answered {
  const http2Code = /NGHTTP2_\w+/.exec(error.message)?.[0];
  return {
    ok: false,
    answer: http2Code ?? (error.code === 'ECONNRESET' ? error.code + when : (error.code ?? error.message)),
  };
}

/**
 * The part of `sent` that the store holds, compared with what was acknowledged, by asking ClickHouse itself: `missing` were acknowledged and
 * are not there once and whole; `broken` are there in part or twice.
 */
export async function compare(
  sql: (query: string) => Promise<string>,
  loads: readonly Pick<Load, 'acknowledged' | 'sent'>[],
): Promise<{readonly missing: readonly string[]; readonly broken: readonly string[]; readonly strangers: number}> {
  const text = await sql(
    `SELECT lower(hex(trace_id)) AS id, count() AS spans, uniqExact(span_id) AS distinct FROM spans_11
     WHERE service = 'load' GROUP BY id FORMAT TSV`,
  );
  const whole = new Set<string>();
  const broken: string[] = [];
  let strangers = 0;
  const sent = new Set(loads.flatMap((load) => [...load.sent]));
  for (const line of text.trimEnd().split('\n').filter(Boolean)) {
    const [id, spans, distinct] = line.split('\t') as [string, string, string];
    if (Number(spans) === spansPerTrace && Number(distinct) === spansPerTrace) whole.add(id);
    else broken.push(line);
    if (!sent.has(id)) strangers++;
  }
  const missing = loads.flatMap((load) => [...load.acknowledged]).filter((id) => !whole.has(id));
  return {missing, broken, strangers};
}

/** Runs SQL over ClickHouse's HTTP interface: at `127.0.0.1:8123`, or the path of a Unix socket. */
export function sqlAt(target: string, database = 'default'): (query: string) => Promise<string> {
  const [hostname, port] = target.split(':');
  const where = target.startsWith('/') ? {socketPath: target} : {hostname, port};
  return (query) =>
    new Promise((resolve, reject) => {
      const path = `/?database=${encodeURIComponent(database)}`;
      const call = request({...where, path, method: 'POST', timeout: 60_000}, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(text));
      });
      call.on('error', reject);
      call.end(query);
    });
}
