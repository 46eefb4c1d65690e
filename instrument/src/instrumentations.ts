import type {Instrumentation} from '@opentelemetry/instrumentation';
import {ExpressInstrumentation} from '@opentelemetry/instrumentation-express';
import {IORedisInstrumentation} from '@opentelemetry/instrumentation-ioredis';
import {KoaInstrumentation} from '@opentelemetry/instrumentation-koa';
import {RedisInstrumentation} from '@opentelemetry/instrumentation-redis';
import {RuntimeNodeInstrumentation} from '@opentelemetry/instrumentation-runtime-node';
import type {StartOptions} from './config.ts';
import {requestTarget} from './http-origin.ts';
import {amqplibInstrumentation} from './instrumentation-amqplib.ts';
import {fastifyInstrumentation} from './instrumentation-fastify.ts';
import {grpcInstrumentation} from './instrumentation-grpc.ts';
import {httpInstrumentation} from './instrumentation-http.ts';
import {kafkajsInstrumentation} from './instrumentation-kafkajs.ts';
import {mongodbInstrumentation} from './instrumentation-mongodb.ts';
import {mysql2Instrumentation} from './instrumentation-mysql2.ts';
import {pgInstrumentation} from './instrumentation-pg.ts';
import {pinoInstrumentation} from './instrumentation-pino.ts';
import {undiciInstrumentation} from './instrumentation-undici.ts';
import {winstonInstrumentation} from './instrumentation-winston.ts';
import type {LogLevels} from './log-levels.ts';
import {redisText} from './redis-commands.ts';

export type InstrumentationContext = {
  readonly levels: LogLevels;
  readonly ignorePaths: readonly string[];
  readonly captureHeaders: NonNullable<StartOptions['captureHeaders']>;
};

/** Every library that is instrumented, by the name that switches it off. */
const available: Readonly<Record<string, (context: InstrumentationContext) => Instrumentation>> = {
  http: ({ignorePaths, captureHeaders}) => {
    const ignored = new Set(ignorePaths);
    const isIgnored = (url: string | undefined): boolean => url !== undefined && ignored.has(requestTarget(url).path);
    const headers = {
      request: (captureHeaders.request ?? []).map((name) => name.toLowerCase()),
      response: (captureHeaders.response ?? []).map((name) => name.toLowerCase()),
    };
    const captured = {requestHeaders: headers.request, responseHeaders: headers.response};
    return httpInstrumentation(
      {
        ignoreIncomingRequestHook: ({url}) => isIgnored(url),
        headersToSpanAttributes: {server: captured, client: captured},
      },
      isIgnored,
      headers,
    );
  },
  undici: ({captureHeaders}) =>
    undiciInstrumentation({
      requestHeaders: [...(captureHeaders.request ?? [])],
      responseHeaders: [...(captureHeaders.response ?? [])],
    }),
  express: () => new ExpressInstrumentation(),
  fastify: () => fastifyInstrumentation(),
  koa: () => new KoaInstrumentation(),
  grpc: () => grpcInstrumentation(),
  pg: () => pgInstrumentation(),
  mysql2: () => mysql2Instrumentation(),
  mongodb: () => mongodbInstrumentation(),
  redis: () => new RedisInstrumentation({dbStatementSerializer: redisText}),
  ioredis: () => new IORedisInstrumentation({dbStatementSerializer: redisText}),
  kafkajs: () => kafkajsInstrumentation(),
  amqplib: () => amqplibInstrumentation(),
  pino: ({levels}) => pinoInstrumentation(levels),
  winston: ({levels}) => winstonInstrumentation(levels),
  'runtime-node': () => new RuntimeNodeInstrumentation(),
};

export const instrumentationNames: readonly string[] = Object.keys(available);

export function buildInstrumentations(
  disabled: ReadonlySet<string>,
  context: InstrumentationContext,
): Instrumentation[] {
  return Object.entries(available)
    .filter(([name]) => !disabled.has(name))
    .map(([, create]) => create(context));
}
