/** A ClickHouse endpoint, wherever it runs: the one thing the rest of the store knows about its database. */
import type {ClickHouseClient} from '@clickhouse/client';
import type {QueryClient} from './query-client.ts';

export type EngineKind = 'embedded' | 'clickhouse';
export type EngineState =
  | {readonly kind: 'stopped'}
  | {readonly kind: 'starting'}
  | {readonly kind: 'ready'; readonly version: string}
  | {readonly kind: 'unavailable'; readonly error: Error};

/** How statements reach the endpoint: `http://user:pass@host:8123`, or the path of a Unix socket. */
export type Endpoint = {readonly kind: 'socket'; readonly path: string} | {readonly kind: 'url'; readonly url: URL};

/** Names what a file of Native blocks has, so that the engine need not look, and what every row of it gets beside that. */
export interface InsertShape {
  /** By name: types without codecs and statistics. */
  readonly columns: Readonly<Record<string, string>>;
  readonly constants: Readonly<Record<string, number>>;
}

export interface Engine {
  readonly kind: EngineKind;
  readonly state: EngineState;
  /** Its database: every table of Weft lives in it. */
  readonly database: string;
  /** On a cluster, its name: the migrations then make replicated tables and distributed ones over them. */
  readonly cluster: string | undefined;
  /**
   * For statements that change something: valid from creation to `stop`, through every restart of the endpoint. While the
   * endpoint is away, its calls fail. Aborting a call (`abort_signal`) cancels the query in the endpoint too.
   */
  readonly client: ClickHouseClient;
  /** For questions: valid for as long, and failing alike. */
  readonly queries: QueryClient;
  readonly endpoint: Endpoint;
  /**
   * Inserts a file of Native blocks as one block: all of it or nothing, and once however often it is called with the same
   * token. The file must not change meanwhile. Resolves when the rows are on disk and can be queried. Without a shape, the blocks
   * say which of the table's columns they have.
   */
  insertFile(table: string, path: string, token: string, signal: AbortSignal, shape?: InsertShape): Promise<void>;
  /**
   * Resolves once statements can be run, and for an endpoint that others run at the latest when it has been looked for in vain:
   * it goes on looking then. Rejects when it can never be (another Weft owns the directory, say).
   */
  start(): Promise<void>;
  /** Calls `listener` whenever statements can be run again, the first time too: the database may be another one than before. */
  onReady(listener: () => void): void;
  /** Calls `listener` whenever it no longer answers: what waits for an answer may be given up. */
  onAway(listener: () => void): void;
  /** Ends running queries, then the endpoint if it is ours. Idempotent. */
  stop(): Promise<void>;
}
