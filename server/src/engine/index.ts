export {createEngineClient, insertSettings} from './client.ts';
export {partsWithoutToken, readTables, tokensWithoutPart} from './deduplication-log.ts';
export {createEmbeddedEngine, type EmbeddedEngine, startEngineProcess} from './embedded.ts';
export type {Endpoint, Engine, InsertShape} from './engine.ts';
export {
  ClickHouseException,
  createQueryClient,
  exceptionCode,
  type ParameterValue,
  type QueryClient,
  type Question,
} from './query-client.ts';
export {createRemoteEngine} from './remote.ts';
