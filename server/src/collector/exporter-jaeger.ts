/** Sends to Jaeger's collector over gRPC, or to what takes its `PostSpans`. */
import {object, oneOf, required, withDefault} from '../config/index.ts';
import type {Lent, SpanBatch} from '../model/index.ts';
import {grpcCode} from '../net/index.ts';
import type {ExporterFactory} from '../pipeline/index.ts';
import {encodeJaegerProto} from '../wire/index.ts';
import {createGrpcForwarder, type Dialect, grpcClientFields, grpcTarget, grpcTargetHelp} from './grpc-forwarder.ts';
import {postSpansPath} from './jaeger-paths.ts';

const config = object({
  endpoint: required(grpcTarget, grpcTargetHelp),
  ...grpcClientFields,
  // Jaeger's collector did not always know gzip.
  compression: withDefault(
    oneOf('gzip', 'zstd', 'deflate', 'none', ''),
    'none',
    'none',
    'How requests are compressed.',
  ),
});

export const jaegerExporter: ExporterFactory<ReturnType<typeof config.read>> = {
  help: "Sends spans to Jaeger's collector over gRPC. Jaeger takes OTLP too: `otlp` loses nothing on the way.",
  signals: ['traces'],
  config,
  create(settings, {endpoint, ...options}) {
    settings.log.info({exporter: settings.id}, 'Jaeger from 1.35 on takes OTLP: the exporter `otlp` succeeds `jaeger`');
    return createGrpcForwarder(settings, options, endpoint, dialect);
  },
};

/** What sending again cannot mend; a busy collector answers RESOURCE_EXHAUSTED, a broken storage UNKNOWN or INTERNAL. */
const final: ReadonlySet<number> = new Set([
  grpcCode.invalidArgument,
  grpcCode.notFound,
  grpcCode.permissionDenied,
  grpcCode.unauthenticated,
  grpcCode.unimplemented,
]);

const dialect: Dialect = {
  // Only traces lead here.
  encode: (batch) => encodeJaegerProto(batch as Lent<SpanBatch>),
  path: () => postSpansPath,
  read: () => ({rejected: 0, message: ''}),
  mayRetry: (code) => !final.has(code),
};
