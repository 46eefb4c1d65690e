/** Serves the order service's gRPC interface: failures as the shop's status codes, every call counted. */
import {Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status} from '@grpc/grpc-js';
import {trace} from '@opentelemetry/api';
import {recordFailure} from '@weft/instrument';
import type {Logger} from 'pino';
import {failureKind, failures} from './errors.ts';
import type {Metrics} from './metrics.ts';
import {loadOrderService, type OrderMethods} from './order-api.ts';

export type OrderHandlers = {
  readonly [M in keyof OrderMethods]: (request: OrderMethods[M]['request']) => Promise<OrderMethods[M]['reply']>;
};
export interface OrderServer {
  readonly address: string;
  /** Lets calls under way finish, for 2 s at most. */
  stop(): Promise<void>;
}

const drainMilliseconds = 2_000;

export async function serveOrders(
  handlers: OrderHandlers,
  {metrics, log, port}: {readonly metrics: Metrics; readonly log: Logger; readonly port: number},
): Promise<OrderServer> {
  /** Runs one handler. Its error is on the span and in the log before the caller gets it. */
  const unary =
    (name: string, handle: (request: unknown) => Promise<unknown>) =>
    (call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>): void => {
      const started = performance.now();
      const count = (code: number): void => {
        const milliseconds = performance.now() - started;
        metrics.observe({method: 'gRPC', route: name, status: code}, milliseconds / 1000);
        log.debug({method: name, status: code, duration_ms: milliseconds}, `${name} answered`);
      };
      const fail = (error: Error): void => {
        const {grpc: code, http} = failures[failureKind(error)];
        const isOurs = http >= 500;
        const span = trace.getActiveSpan();
        if (isOurs && span !== undefined) recordFailure(span, error);
        log[isOurs ? 'error' : 'info']({err: error, method: name}, `${name} failed: ${error.message}`);
        count(code);
        done({code, details: error.message});
      };
      handle(call.request).then((reply) => {
        count(status.OK);
        done(null, reply);
      }, fail);
    };

  const server = new Server();
  const entries = Object.entries(handlers) as [string, (request: unknown) => Promise<unknown>][];
  server.addService(
    loadOrderService().service,
    Object.fromEntries(entries.map(([name, handle]) => [name, unary(name, handle)])),
  );
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, its) =>
      error === null ? resolve(its) : reject(error),
    ),
  );
  return {
    address: `127.0.0.1:${bound}`,
    stop: () => {
      setTimeout(() => server.forceShutdown(), drainMilliseconds).unref();
      return new Promise((resolve) => server.tryShutdown(() => resolve()));
    },
  };
}
