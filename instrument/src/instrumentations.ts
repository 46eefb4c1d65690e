import fastifyOtel from '@fastify/otel';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import {AmqplibInstrumentation} from '@opentelemetry/instrumentation-amqplib';
import {ExpressInstrumentation} from '@opentelemetry/instrumentation-express';
import {GrpcInstrumentation} from '@opentelemetry/instrumentation-grpc';
import {HttpInstrumentation} from '@opentelemetry/instrumentation-http';
import {IORedisInstrumentation} from '@opentelemetry/instrumentation-ioredis';
import {KafkaJsInstrumentation} from '@opentelemetry/instrumentation-kafkajs';
import {PgInstrumentation} from '@opentelemetry/instrumentation-pg';
import {PinoInstrumentation} from '@opentelemetry/instrumentation-pino';
import {RedisInstrumentation} from '@opentelemetry/instrumentation-redis';
import {RuntimeNodeInstrumentation} from '@opentelemetry/instrumentation-runtime-node';
import {UndiciInstrumentation} from '@opentelemetry/instrumentation-undici';
import {WinstonInstrumentation} from '@opentelemetry/instrumentation-winston';

/** Every library that is instrumented, by the name that switches it off. */
export function buildInstrumentations(): Instrumentation[] {
  return [
    new HttpInstrumentation({ignoreIncomingRequestHook: (request) => isHealthCheck(request.url)}),
    new UndiciInstrumentation(),
    new ExpressInstrumentation(),
    new fastifyOtel.FastifyOtelInstrumentation({registerOnInitialization: true, instrumentHooks: false}),
    new GrpcInstrumentation(),
    new PgInstrumentation({requireParentSpan: false, ignoreConnectSpans: false}),
    new RedisInstrumentation(),
    new IORedisInstrumentation(),
    new KafkaJsInstrumentation(),
    new AmqplibInstrumentation(),
    new PinoInstrumentation(),
    new WinstonInstrumentation(),
    new RuntimeNodeInstrumentation(),
  ];
}

const isHealthCheck = (url: string | undefined): boolean =>
  url === '/health' || url === '/healthz' || url === '/metrics';
