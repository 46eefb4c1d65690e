/** What the connector `servicegraph` has counted of the requests between two nodes. */
import {enlarged} from '../base/index.ts';
import {DurationColumns, type DurationShape, KeyTable, KeyWriter, moveColumn} from '../red/index.ts';

export const connectionTypes = ['', 'messaging_system', 'database', 'virtual_node'] as const;
export const virtualNodes = ['', 'client', 'server'] as const;

/** An edge, by numbers: of its nodes (-1 for one that is not known), and in the lists above. */
export interface EdgeKey {
  client: number;
  server: number;
  type: number;
  isFailed: boolean;
  virtual: number;
}

/** Edges keep their columns by number; numbers change when edges are forgotten. */
export class EdgeTable {
  clients = new Float64Array(0);
  servers = new Float64Array(0);
  /** Type, failure and virtual node, as `kindOf` reads them. */
  kinds = new Uint8Array(0);
  counts = new Float64Array(0);
  /** Milliseconds since 1970: since when an edge counts, and when it last did. */
  starts = new Float64Array(0);
  seen = new Float64Array(0);
  /** Durations as the server, the client and the messaging system saw them. */
  readonly server: DurationColumns;
  readonly client: DurationColumns;
  readonly messaging: DurationColumns;
  private readonly keys = new KeyTable();
  private readonly key = new KeyWriter();

  constructor(durations: DurationShape, messaging: DurationShape) {
    this.server = new DurationColumns(durations);
    this.client = new DurationColumns(durations);
    this.messaging = new DurationColumns(messaging);
  }

  get count(): number {
    return this.keys.count;
  }

  /** The number of the edge, or -1 where it would be a new one and there may be no more than `most`. */
  numberOf({client, server, type, isFailed, virtual}: EdgeKey, now: number, most: number): number {
    const kind = type | (isFailed ? 4 : 0) | (virtual << 3);
    const {key} = this;
    key.begin().word(client);
    key.word(server);
    key.byte(kind);
    const found = this.keys.find(key.bytes, 0, key.length);
    if (found >= 0) return found;
    if (this.keys.count >= most) return -1;
    const id = this.keys.add(key.bytes, 0, key.length);
    if (id === this.counts.length) this.grow(Math.max(32, 2 * id));
    this.clients[id] = client;
    this.servers[id] = server;
    this.kinds[id] = kind;
    this.counts[id] = 0;
    this.starts[id] = now;
    for (const each of this.durations) each.zero(id);
    return id;
  }

  add(id: number, weight: number, now: number): void {
    this.counts[id] = (this.counts[id] as number) + weight;
    this.seen[id] = now;
  }

  edge(id: number): Readonly<EdgeKey> {
    const kind = this.kinds[id] as number;
    return {
      client: this.clients[id] as number,
      server: this.servers[id] as number,
      type: kind & 3,
      isFailed: (kind & 4) !== 0,
      virtual: kind >> 3,
    };
  }

  /** Forgets the edges without a request since that time. */
  forget(before: number): void {
    const moved = this.keys.retain((id) => (this.seen[id] as number) >= before);
    if (moved === undefined) return;
    for (const column of [this.clients, this.servers, this.kinds, this.counts, this.starts, this.seen]) {
      moveColumn(column, moved);
    }
    for (const each of this.durations) each.move(moved, this.keys.count);
  }

  private get durations(): readonly DurationColumns[] {
    return [this.server, this.client, this.messaging];
  }

  private grow(capacity: number): void {
    this.clients = enlarged(this.clients, capacity);
    this.servers = enlarged(this.servers, capacity);
    this.kinds = enlarged(this.kinds, capacity);
    this.counts = enlarged(this.counts, capacity);
    this.starts = enlarged(this.starts, capacity);
    this.seen = enlarged(this.seen, capacity);
    for (const each of this.durations) each.grow(capacity);
  }
}
