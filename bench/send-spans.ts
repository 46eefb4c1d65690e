/**
 * Sends realistic spans at a fixed rate (open loop: a slow answer does not slow the sender) and prints what came back as one
 * line of JSON. Run by the other benchmarks as a process of its own; by hand:
 *   node bench/send-spans.ts --protocol grpc --address 127.0.0.1:4317 --rate 20000 --seconds 10
 */

import {Agent, request} from 'node:http';
import {connect} from 'node:http2';
import {connect as connectSocket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {createSpanSource, spansPerTrace} from './realistic-spans.ts';

const {values} = parseArgs({
  options: {
    protocol: {type: 'string', default: 'grpc'},
    address: {type: 'string', default: '127.0.0.1:4317'},
    rate: {type: 'string', default: '80000'},
    seconds: {type: 'string', default: '10'},
    /** Spans in one request. */
    batch: {type: 'string', default: '1000'},
    /** Stop after this number of spans, whatever the seconds. */
    spans: {type: 'string'},
    /** Spread the spans' times over this number of past hours instead of now. */
    hours: {type: 'string'},
    seed: {type: 'string', default: '1'},
    /** Another value in every attribute of every span. */
    varying: {type: 'boolean', default: false},
    /** As fast as answers come, with this number of requests in flight, instead of at a rate. */
    window: {type: 'string'},
    /** Begin as soon as somebody listens there. */
    wait: {type: 'boolean', default: false},
  },
});
const batch = Number(values.batch);
const rate = Number(values.rate);
const limit = values.spans === undefined ? Math.round(rate * Number(values.seconds)) : Number(values.spans);
const maxInFlight = values.window === undefined ? 256 : Number(values.window);

if (values.wait) while (!(await listens(values.address))) await sleep(5);

type Outcome = 'ok' | 'refused' | 'failed';
const send = values.protocol === 'grpc' ? grpcSender(values.address) : httpSender(values.address);
const source = createSpanSource(Number(values.seed), batch, values.varying);
const latencies: number[] = [];
const counts = {ok: 0, refused: 0, failed: 0};
/** Failures by status or error, and how often each came. */
const reasons: Record<string, number> = {};
const because = (reason: string): void => void (reasons[reason] = (reasons[reason] ?? 0) + 1);
let sent = 0;
let inFlight = 0;
let late = 0;
const begin = performance.now();
const startNano = BigInt(Date.now()) * 1_000_000n;
const totalRequests = Math.ceil(limit / batch);
const spreadNano = values.hours === undefined ? undefined : BigInt(Math.round(Number(values.hours) * 3600e9));

await new Promise<void>((done) => {
  let answered = 0;
  function tick(): void {
    const elapsed = performance.now() - begin;
    const due =
      values.window === undefined
        ? Math.min(totalRequests, Math.floor((elapsed / 1000) * (rate / batch)) + 1)
        : totalRequests;
    while (sent < due && inFlight < maxInFlight) {
      const wave = Math.floor(sent / spansPerTrace);
      const waves = Math.ceil(totalRequests / spansPerTrace);
      const now =
        spreadNano === undefined
          ? BigInt(Date.now()) * 1_000_000n
          : startNano - spreadNano + (spreadNano * BigInt(wave)) / BigInt(waves);
      const step = spreadNano === undefined ? 12_000n : spreadNano / BigInt(waves) / BigInt(batch);
      const body = source.next(now, step);
      sent++;
      inFlight++;
      const at = performance.now();
      send(body, (outcome) => {
        inFlight--;
        answered++;
        counts[outcome] += batch;
        if (outcome === 'ok') latencies.push(performance.now() - at);
        if (answered === totalRequests) done();
        else if (values.window !== undefined) tick();
      });
    }
    if (sent < due) late++;
    if (values.window === undefined && sent < totalRequests) setTimeout(tick, 5);
  }
  tick();
});

const seconds = (performance.now() - begin) / 1000;
latencies.sort((a, b) => a - b);
const percentile = (p: number): number =>
  latencies[Math.min(latencies.length - 1, Math.floor(p * latencies.length))] ?? Number.NaN;
const cpu = process.cpuUsage();
console.log(
  JSON.stringify({
    spans: counts.ok,
    refused: counts.refused,
    failed: counts.failed,
    reasons,
    seconds,
    rate: counts.ok / seconds,
    p50: percentile(0.5),
    p99: percentile(0.99),
    max: percentile(1),
    lateTicks: late,
    senderCpuMicrosPerSpan: (cpu.user + cpu.system) / Math.max(1, counts.ok),
  }),
);
process.exit(0);

function listens(address: string): Promise<boolean> {
  const [host, port] = address.split(':') as [string, string];
  return new Promise((resolve) => {
    const socket = connectSocket(Number(port), host);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function grpcSender(address: string): (body: Buffer, done: (outcome: Outcome) => void) => void {
  // What waits to be sent counts as the session's memory: beyond 10 MB, Node's own client resets calls that are being answered.
  const session = connect(`http://${address}`, {maxSessionMemory: 1024, settings: {initialWindowSize: 1 << 20}});
  return (body, done) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status = '';
    stream.on('response', (headers) => (status = String(headers['grpc-status'] ?? status)));
    stream.on('trailers', (trailers) => (status = String(trailers['grpc-status'] ?? status)));
    stream.on('error', (error) => because(error.message));
    stream.on('data', () => {});
    stream.on('close', () => {
      if (status !== '0') because(`grpc-status ${status}`);
      done(status === '0' ? 'ok' : status === '8' || status === '14' ? 'refused' : 'failed');
    });
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length, 1);
    stream.write(head);
    stream.end(body);
  };
}

function httpSender(address: string): (body: Buffer, done: (outcome: Outcome) => void) => void {
  const [host, port] = address.split(':') as [string, string];
  const agent = new Agent({keepAlive: true, maxSockets: 64});
  return (body, done) => {
    const call = request(
      {
        host,
        port,
        agent,
        method: 'POST',
        path: '/v1/traces',
        headers: {'content-type': 'application/x-protobuf', 'content-length': body.length},
      },
      (response) => {
        response.resume();
        response.on('end', () =>
          done(
            response.statusCode === 200
              ? 'ok'
              : response.statusCode === 429 || response.statusCode === 503
                ? 'refused'
                : 'failed',
          ),
        );
      },
    );
    call.on('error', () => done('failed'));
    call.end(body);
  };
}
