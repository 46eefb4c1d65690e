export {type Collector, type CollectorOptions, startCollector} from './collector.ts';
export type {WeftSink} from './component.ts';
export type {CollectorConfig} from './config-check.ts';
export {type ConfigRequest, type LoadedConfig, loadConfig} from './config-load.ts';
export {type Fault, formatFault, type Position} from './config-node.ts';
export {renderConfigReference} from './config-reference.ts';
export {isLoopback} from './config-units.ts';
export type {WeftConfig} from './config-weft.ts';
