/** Every part that a configuration can name. To add one is to write its file and its line here. */
import type {Registry} from '../pipeline/index.ts';
import {forwardConnector} from './connector-forward.ts';
import {debugExporter, loggingExporter} from './exporter-debug.ts';
import {otlpGrpcExporter} from './exporter-otlp-grpc.ts';
import {otlpHttpExporter} from './exporter-otlp-http.ts';
import {weftExporter} from './exporter-weft.ts';
import {jaegerRemoteSamplingExtension, remoteSamplingExtension} from './extension-remote-sampling.ts';
import {adaptiveSamplingProcessor} from './processor-adaptive-sampling.ts';
import {batchProcessor} from './processor-batch.ts';
import {memoryLimiterProcessor} from './processor-memory-limiter.ts';
import {otlpReceiver} from './receiver-otlp.ts';

export const registry = {
  receivers: {otlp: otlpReceiver},
  processors: {
    batch: batchProcessor,
    memory_limiter: memoryLimiterProcessor,
    adaptive_sampling: adaptiveSamplingProcessor,
  },
  connectors: {forward: forwardConnector},
  exporters: {
    weft: weftExporter,
    otlp: otlpGrpcExporter,
    otlp_grpc: otlpGrpcExporter,
    otlphttp: otlpHttpExporter,
    otlp_http: otlpHttpExporter,
    debug: debugExporter,
    logging: loggingExporter,
  },
  extensions: {remote_sampling: remoteSamplingExtension, jaegerremotesampling: jaegerRemoteSamplingExtension},
} satisfies Registry;
