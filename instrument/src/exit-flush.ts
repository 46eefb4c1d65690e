import {Worker} from 'node:worker_threads';
import type {Signal} from './config.ts';
import type {OtlpTarget} from './config-otlp.ts';

/** Encoded export requests that are still unsent when the process ends. */
export type Leftover = Pick<OtlpTarget, 'protocol' | 'url' | 'headers' | 'tls'> & {
  readonly signal: Signal;
  readonly bodies: readonly Uint8Array[];
};

/**
 * Sends what is left from inside the `exit` event, where nothing asynchronous runs any more: a worker thread does the
 * requests while this thread waits, at most `limitMillis`. This is what makes `process.exit()` and a crash lose nothing.
 * Costs nothing when nothing is left.
 */
export function flushAtExit(leftovers: readonly Leftover[], limitMillis: number): void {
  const work = leftovers.filter(({bodies}) => bodies.length > 0);
  if (work.length === 0 || limitMillis <= 0) return;
  const done = new Int32Array(new SharedArrayBuffer(4));
  try {
    new Worker(senderSource, {
      eval: true,
      workerData: {work, done},
      execArgv: [],
      env: {}, // Not ours: a NODE_OPTIONS that preloads this package would start it again in there.
      stdout: true,
      stderr: true,
    });
  } catch {
    return; // No thread can be had any more; the process must still end.
  }
  Atomics.wait(done, 0, 0, limitMillis);
}

/** Plain JavaScript, because a worker made from text has no types stripped. The gRPC paths are those of `grpcPaths`. */
const senderSource = `
const {workerData: {work, done}} = require('node:worker_threads');
const finish = () => { Atomics.store(done, 0, 1); Atomics.notify(done, 0); };
let open = work.reduce((sum, {bodies}) => sum + bodies.length, 0);
const settled = () => { if (--open === 0) finish(); };
const byHttp = ({protocol, url, tls, headers, bodies}) => {
  const type = protocol === 'http/json' ? 'application/json' : 'application/x-protobuf';
  const {request} = require(url.startsWith('https:') ? 'node:https' : 'node:http');
  for (const body of bodies) {
    const call = request(url, {...tls, method: 'POST', headers: {'content-type': type, ...headers}}, (response) => {
      response.resume();
      response.once('close', settled);
    });
    call.once('error', settled);
    call.end(body);
  }
};
const services = {traces: 'trace.v1.TraceService', logs: 'logs.v1.LogsService'};
const byGrpc = ({url, tls, signal, headers, bodies}) => {
  const session = require('node:http2').connect(url, {...tls});
  session.on('error', () => {});
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  for (const body of bodies) {
    const path = '/opentelemetry.proto.collector.' + services[signal] + '/Export';
    const call = session.request({':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...lower});
    call.on('error', () => {});
    call.once('close', settled);
    call.resume();
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length, 1);
    call.end(Buffer.concat([head, body]));
  }
};
for (const item of work) (item.protocol === 'grpc' ? byGrpc : byHttp)(item);`;
