/** Forwards over OTLP/gRPC: to another Weft, an OpenTelemetry Collector, or a vendor. */
import {object, required} from '../config/index.ts';
import {grpcCode} from '../net/index.ts';
import {allSignals, type ExporterFactory, type Forwarder, type Settings} from '../pipeline/index.ts';
import {encodeProto} from '../wire/index.ts';
import {
  createGrpcForwarder,
  type Dialect,
  type GrpcTarget,
  grpcClientFields,
  grpcTarget,
  grpcTargetHelp,
} from './grpc-forwarder.ts';
import {readPartialSuccess} from './otlp-answers.ts';
import {grpcPaths} from './otlp-paths.ts';

/** Everything but where to send. */
export const otlpGrpcFields = grpcClientFields;
const template = object(otlpGrpcFields);
export type OtlpGrpcConfig = ReturnType<typeof template.read>;
const config = object({endpoint: required(grpcTarget, grpcTargetHelp), ...otlpGrpcFields});

export const otlpGrpcExporter: ExporterFactory<ReturnType<typeof config.read>> = {
  help: 'Forwards over OTLP/gRPC. The tenant goes along as `x-scope-orgid` where it is not the default one.',
  signals: allSignals,
  config,
  create: (settings, {endpoint, ...options}) => createOtlpGrpc(settings, options, endpoint),
};

/** `isObserved`: whether its queue has gauges of its own. */
export const createOtlpGrpc = (
  settings: Settings,
  options: OtlpGrpcConfig,
  endpoint: GrpcTarget,
  isObserved = true,
): Forwarder => createGrpcForwarder(settings, options, endpoint, otlpDialect, isObserved);

/** Which codes may be retried: the table of the OTLP specification, "Failures". */
const retryable: ReadonlySet<number> = new Set([
  grpcCode.cancelled,
  grpcCode.deadlineExceeded,
  grpcCode.aborted,
  grpcCode.outOfRange,
  grpcCode.unavailable,
  grpcCode.dataLoss,
]);

const otlpDialect: Dialect = {
  encode: encodeProto,
  path: (signal) => grpcPaths[signal],
  read: readPartialSuccess,
  mayRetry: (code, isHinted) => retryable.has(code) || (code === grpcCode.resourceExhausted && isHinted),
};
