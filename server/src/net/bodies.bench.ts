/**
 * `npm run bench:net`: what the HTTP and gRPC servers cost for each request, bodies of usual sizes going in and nothing being
 * done with them. Prints requests per second and CPU microseconds a request, of server and client together.
 */
import * as http from 'node:http';
import * as http2 from 'node:http2';
import {silentLog} from '../base/index.ts';
import {createAdmission} from './admission.ts';
import {createGrpcServer} from './grpc-server.ts';
import {frame} from './grpc-status.ts';
import {createHttpServer} from './http-server.ts';

const sizes = [1000, 100_000, 2_000_000];
const underWay = 16;
const seconds = Number(process.argv[2] ?? 3);
const admission = createAdmission(1 << 30);
const maxBodyBytes = 4 << 20;

const httpServer = createHttpServer({
  routes: new Map([
    ['/in', {method: 'POST', contentTypes: [], handle: async () => ({status: 200, contentType: 'a/b', body: ''})}],
  ]),
  refuse: ({message}) => ({contentType: 'text/plain', body: message}),
  onRefused: ({message}) => console.error(message),
  admission,
  log: silentLog,
  maxBodyBytes,
  encodings: new Set(['identity'] as const),
  headerTimeoutMs: 60_000,
  requestTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
  keepAlive: true,
});
const grpcServer = createGrpcServer({
  methods: new Map([['/b.B/In', {kind: 'unary', handle: async () => new Uint8Array()}]]),
  statusOf: (error) => ({code: 13, message: String(error)}),
  admission,
  log: silentLog,
  maxMessageBytes: maxBodyBytes,
  maxConcurrentStreams: 1000,
  receiveTimeoutMs: 60_000,
  keepAlive: {maxConnectionIdleMs: 0, maxConnectionAgeMs: 0, maxConnectionAgeGraceMs: 0, timeMs: 7.2e6, timeoutMs: 2e4},
});
const here = {host: '127.0.0.1', port: 0};
const agent = new http.Agent({keepAlive: true});
const httpPort = (await httpServer.listen(here)).port;
// More than Node's 10 MB: the client's large bodies wait in its session.
const session = http2.connect(`http://127.0.0.1:${(await grpcServer.listen(here)).port}`, {maxSessionMemory: 500});

const senders = {
  http: (body: Buffer) =>
    new Promise<void>((resolve, reject) => {
      const options = {
        ...here,
        port: httpPort,
        path: '/in',
        method: 'POST',
        agent,
        headers: {'content-length': body.length},
      };
      http
        .request(options, (answer) => answer.resume().once('end', resolve))
        .on('error', reject)
        .end(body);
    }),
  grpc: (body: Buffer) =>
    new Promise<void>((resolve, reject) => {
      const headers = {':method': 'POST', ':path': '/b.B/In', 'content-type': 'application/grpc', te: 'trailers'};
      session.request(headers).on('error', reject).once('close', resolve).resume().end(frame(body));
    }),
};

for (const [protocol, send] of Object.entries(senders)) {
  for (const size of sizes) {
    const body = Buffer.alloc(size, 1);
    let count = 0;
    const run = async (end: number): Promise<void> => {
      while (performance.now() < end) {
        await send(body);
        count++;
      }
    };
    const all = (forMs: number) => Promise.all(Array.from({length: underWay}, () => run(performance.now() + forMs)));
    await all(500); // warm
    count = 0;
    const cpu = process.cpuUsage();
    const begin = performance.now();
    await all(seconds * 1000);
    const {user, system} = process.cpuUsage(cpu);
    const perSecond = Math.round((count * 1000) / (performance.now() - begin));
    console.log(
      `${protocol} ${size} B: ${perSecond} requests/s, ${Math.round((user + system) / count)} µs of CPU a request`,
    );
  }
}
session.close();
agent.destroy();
await Promise.all([httpServer.stop(100), grpcServer.stop(100)]);
