/** The store's face: an engine, a spool in front of it, what writes to them and what reads from them. */
export type {Endpoint, Engine, EngineKind, EngineState} from './engine.ts';
export {createEmbeddedEngine, type EmbeddedEngine, type EmbeddedEngineOptions} from './engine-embedded.ts';
export {createRemoteEngine, type RemoteEngineOptions} from './engine-remote.ts';
export {type StoreFigures, storeFigures} from './figures.ts';
export {migrate} from './migrations.ts';
export {createReader, createReaders, type Reader, type ReaderOptions} from './reader.ts';
export {type Retention, setRetention} from './retention.ts';
export {createStoreSink, type StoreSink} from './sink.ts';
export {createSpool, type Spool, type SpoolOptions, type SpoolStatus} from './spool.ts';
export {createStore, type Store, type StoreOptions} from './store.ts';
export {valueText} from './value-text.ts';
