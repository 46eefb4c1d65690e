import {diag} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import type * as Express from '@opentelemetry/instrumentation-express';
import type * as IORedis from '@opentelemetry/instrumentation-ioredis';
import type * as Koa from '@opentelemetry/instrumentation-koa';
import type * as Redis from '@opentelemetry/instrumentation-redis';
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
import {MissingPackage, optionalPackage} from './optional-package.ts';
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
  express: () => {
    const {ExpressInstrumentation} = optionalPackage<typeof Express>('@opentelemetry/instrumentation-express');
    return new ExpressInstrumentation();
  },
  fastify: () => fastifyInstrumentation(),
  koa: () => {
    const {KoaInstrumentation} = optionalPackage<typeof Koa>('@opentelemetry/instrumentation-koa');
    return new KoaInstrumentation();
  },
  grpc: () => grpcInstrumentation(),
  pg: () => pgInstrumentation(),
  mysql2: () => mysql2Instrumentation(),
  mongodb: () => mongodbInstrumentation(),
  redis: () => {
    const {RedisInstrumentation} = optionalPackage<typeof Redis>('@opentelemetry/instrumentation-redis');
    return new RedisInstrumentation({dbStatementSerializer: redisText});
  },
  ioredis: () => {
    const {IORedisInstrumentation} = optionalPackage<typeof IORedis>('@opentelemetry/instrumentation-ioredis');
    return new IORedisInstrumentation({dbStatementSerializer: redisText});
  },
  kafkajs: () => kafkajsInstrumentation(),
  amqplib: () => amqplibInstrumentation(),
  pino: ({levels}) => pinoInstrumentation(levels),
  winston: ({levels}) => winstonInstrumentation(levels),
  'runtime-node': () => new RuntimeNodeInstrumentation(),
};

export const instrumentationNames: readonly string[] = Object.keys(available);

/**
 * Builds every instrumentation that is not disabled. One whose package is not installed is left out: with a warning where
 * it is among those `asked` for by name, else a line at level debug.
 */
export function buildInstrumentations(
  disabled: ReadonlySet<string>,
  asked: ReadonlySet<string>,
  context: InstrumentationContext,
): Instrumentation[] {
  const wanted = Object.entries(available).filter(([name]) => !disabled.has(name));
  return wanted.flatMap(([name, create]) => {
    try {
      return [create(context)];
    } catch (error) {
      if (!(error instanceof MissingPackage)) throw error;
      diag[asked.has(name) ? 'warn' : 'debug'](`${name} is not instrumented: ${error.message}`);
      return [];
    }
  });
}
