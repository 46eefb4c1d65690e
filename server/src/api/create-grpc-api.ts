/**
 * The APIs that are asked over gRPC, on the address `weft.grpc`: Jaeger's query services, and the health of these
 * (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). What may be asked, and what it may cost, is as over HTTP.
 */
import {defaultTenant, type Log, MalformedError, type Meter, parseTenant, type TenantId} from '../base/index.ts';
import {
  type Admission,
  createAdmission,
  createGrpcServer,
  type GrpcCall,
  GrpcError,
  type GrpcMethod,
  type GrpcServer,
  grpcCode,
  requestBytes,
} from '../net/index.ts';
import {Budget} from '../query/index.ts';
import {healthResponse, readHealthRequest} from '../wire/index.ts';
import {apiShare} from './create-api.ts';
import {ApiFailure, expectedFailure} from './errors.ts';
import {jaegerGrpcRoutes, jaegerGrpcServices} from './grpc-jaeger.ts';
import type {QueryOptions, Source} from './source.ts';

export interface GrpcApiOptions {
  readonly source: Source;
  readonly meter: Meter;
  readonly log: Log;
  /** The process's bound on memory that is held for others. Default: 256 MiB for this API alone. */
  readonly admission?: Admission;
  /** How long a caller may leave a message unread. Default 20 s. */
  readonly unreadMs?: number;
}

/** What is asked, and whatever it takes to answer. */
export interface GrpcQuestion {
  readonly request: Uint8Array;
  readonly tenant: TenantId;
  readonly source: Source;
  readonly options: QueryOptions;
  /** Counts `bytes` more as held for this call. */
  hold(bytes: number): void;
}

export type GrpcRoute =
  | {readonly path: string; readonly stream?: never; handle(question: GrpcQuestion): Promise<Uint8Array>}
  | {readonly path: string; readonly stream: true; handle(question: GrpcQuestion): AsyncGenerator<Uint8Array>};

export function createGrpcApi(options: GrpcApiOptions): GrpcServer {
  const {meter, log, unreadMs = 20_000} = options;
  const admission = options.admission ?? createAdmission(2 ** 28, {share: apiShare});
  const calls = meter.counter('weft_api_grpc_calls_total', 'Calls that the gRPC API answered, by status code.');
  const durations = meter.histogram(
    'weft_api_grpc_call_duration_seconds',
    'Time from a call to the end of its answer.',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  );
  const counted = async <T>(method: string, answer: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    let code: number = grpcCode.ok;
    try {
      return await answer();
    } catch (error) {
      const status = statusOf(error);
      ({code} = status);
      if (code === grpcCode.internal && !(error instanceof GrpcError))
        log.error({err: error, method}, 'a call failed unexpectedly');
      throw new GrpcError(status);
    } finally {
      calls.with({method, code: String(code)}).add(1);
      durations.with({method}).record((performance.now() - began) / 1000);
    }
  };
  const question = (request: Uint8Array, call: GrpcCall): GrpcQuestion => ({
    request,
    tenant: tenantOf(call),
    source: options.source,
    options: {budget: new Budget(call.signal)},
    hold: (bytes) => call.hold(Math.min(bytes, admission.limitBytes * apiShare - requestBytes)),
  });
  const methods = new Map<string, GrpcMethod>([
    ['/grpc.health.v1.Health/Check', {kind: 'unary', handle: async (request) => healthResponse(await health(request))}],
    ['/grpc.health.v1.Health/Watch', {kind: 'server_stream', handle: watchHealth}],
  ]);
  for (const route of jaegerGrpcRoutes) {
    const {path} = route;
    methods.set(
      path,
      route.stream
        ? {
            kind: 'server_stream',
            handle: (request, call, send) =>
              counted(path, async () => {
                for await (const message of route.handle(question(request, call))) {
                  await within(unreadMs, send(message));
                  // A caller that reads fast must not keep others waiting.
                  await new Promise(setImmediate);
                }
              }),
          }
        : {kind: 'unary', handle: (request, call) => counted(path, () => route.handle(question(request, call)))},
    );
  }
  return createGrpcServer({
    methods,
    statusOf,
    admission,
    log,
    maxMessageBytes: 256 * 1024,
    maxConcurrentStreams: 100,
    receiveTimeoutMs: 30_000,
    keepAlive: {
      maxConnectionIdleMs: 0,
      maxConnectionAgeMs: 0,
      maxConnectionAgeGraceMs: 0,
      timeMs: 60_000,
      timeoutMs: 20_000,
    },
  });
}

/** https://github.com/grpc/grpc/blob/master/doc/statuscodes.md, by HTTP's status for the same. */
const codes: Readonly<Record<number, number>> = {
  400: grpcCode.invalidArgument,
  403: grpcCode.permissionDenied,
  404: grpcCode.notFound,
  413: grpcCode.resourceExhausted,
  501: grpcCode.unimplemented,
  503: grpcCode.unavailable,
  504: grpcCode.deadlineExceeded,
};

function statusOf(error: unknown): {readonly code: number; readonly message: string} {
  if (error instanceof GrpcError) return error.status;
  if (error instanceof MalformedError) return {code: grpcCode.invalidArgument, message: error.message};
  const failure = expectedFailure(error);
  if (failure === undefined)
    return {code: grpcCode.internal, message: 'an unexpected error; the log of Weft says more'};
  return {code: codes[failure.status] ?? grpcCode.internal, message: failure.message};
}

function tenantOf({headers}: GrpcCall): TenantId {
  const header = headers['x-scope-orgid'];
  if (header === undefined) return defaultTenant;
  const tenant = parseTenant(String(header));
  if (tenant !== undefined) return tenant;
  throw new ApiFailure('tenant_invalid', {});
}

/** Rejects where the promise takes longer: the caller reads nothing, and what is held for it would be held for ever. */
async function within(ms: number, sent: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => late.reject(new GrpcError({code: grpcCode.deadlineExceeded, message: 'the answer is not being read'})),
    ms,
  );
  try {
    await Promise.race([sent, late.promise]);
  } finally {
    clearTimeout(timer);
    sent.catch(() => {}); // it settles when the call is over
  }
}

const serving = 1;
const serviceUnknown = 3;
/** It answers as long as it listens: what is amiss beyond that is told by `/ready`. */
const healthy: ReadonlySet<string> = new Set(['', ...jaegerGrpcServices]);

async function health(request: Uint8Array): Promise<number> {
  if (healthy.has(readHealthRequest(request))) return serving;
  throw new GrpcError({code: grpcCode.notFound, message: 'unknown service'});
}

async function watchHealth(
  request: Uint8Array,
  {signal}: GrpcCall,
  send: (message: Uint8Array) => Promise<void>,
): Promise<void> {
  await send(healthResponse(healthy.has(readHealthRequest(request)) ? serving : serviceUnknown));
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, {once: true}));
}
