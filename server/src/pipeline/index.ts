export {type Batcher, type BatcherOptions, createBatcher} from './batcher.ts';
export {type Collector, startCollector} from './collector.ts';
export {
  allSignals,
  type ClientAuth,
  type Component,
  type ConnectorFactory,
  type Consumers,
  type Exporter,
  type ExporterFactory,
  type Extension,
  type ExtensionFactory,
  type Headers,
  type Kind,
  kinds,
  loadFactories,
  type Processor,
  type ProcessorFactory,
  type Queries,
  type ReceiverFactory,
  type Registry,
  type Running,
  type Settings,
  type Storage,
  type WeftSink,
} from './component.ts';
export {ComponentFaults} from './component-faults.ts';
export type {ComponentView} from './component-view.ts';
export {type CollectorConfig, storesNothing} from './config-check.ts';
export {collectorComponents} from './config-known.ts';
export {type ConfigRequest, type LoadedConfig, loadConfig} from './config-load.ts';
export {renderConfigReference} from './config-reference.ts';
export {explainConfig} from './explain.ts';
export {
  clientAuth,
  createForwarder,
  type Forwarder,
  type ForwardRequest,
  type QueuedRequest,
} from './exporter-forward.ts';
export {failedItems, sentItems} from './exporter-metrics.ts';
export {fanOut, throwWorst} from './fan-out.ts';
export type {Change} from './graph.ts';
export type {Intake} from './intake.ts';
export {edits, handOn, inspects, reads, takes} from './kit.ts';
export type {PipelineView} from './pipeline-view.ts';
export {type LogRecord, openQueueLog, type QueueLog} from './queue-log.ts';
export {contextOf} from './receiver-context.ts';
export {createReceiverMetrics, itemNoun, type ReceiverMetrics} from './receiver-metrics.ts';
export {
  clientFields,
  fixedHeaders,
  retryOnFailure,
  retrySettings,
  sendingQueue,
  type TlsClient,
  tlsClient,
  tlsClientOptions,
} from './settings-exporter.ts';
export {release, takeSpare} from './spares.ts';
