/** What the connector `servicegraph` knows: the nodes, the spans that wait for their other end, and the edges. */
import {type TenantId, unixNanoFromMillis} from '../base/index.ts';
import {createMetricWriter, type KeyValue, type Lent, type MetricWriter, type SpanBatch} from '../model/index.ts';
import {type DurationColumns, type DurationShape, type Durations, noSide} from '../red/index.ts';
import {durationType, writeDurations} from './connector-durations.ts';
import {type Flushed, maxPoints} from './connector-flush.ts';
import {connectionTypes, type EdgeKey, EdgeTable, virtualNodes} from './connector-servicegraph-edges.ts';
import {Nodes} from './connector-servicegraph-nodes.ts';
import {Pairing, type PairingEvents, type Request} from './connector-servicegraph-pairing.ts';
import {boundsOf, type ServiceGraphConfig} from './connector-servicegraph-settings.ts';

/** An edge without a request in so long is forgotten, as in the Collector. */
const staleMs = 15 * 60_000;

/** Hears what is not an edge of its own. */
export interface GraphEvents extends Pick<PairingEvents, 'waits' | 'expired'> {
  dropped(): void;
  uncounted(reason: 'no_service_name' | 'max_series' | 'overflow'): void;
}

const noKind: DurationShape = {kind: 'none'};
const overflowLabel: KeyValue = {key: 'otel.metric.overflow', value: {type: 'bool', value: true}};

export class ServiceGraph {
  readonly nodes: Nodes;
  readonly pairing: Pairing;
  private readonly config: ServiceGraphConfig;
  private readonly events: GraphEvents;
  private readonly shape: DurationShape;
  private readonly edges: EdgeTable;
  private readonly unpaired = new EdgeTable(noKind, noKind);
  private readonly dropped = new EdgeTable(noKind, noKind);
  private readonly key: EdgeKey = {client: noSide, server: noSide, type: 0, isFailed: false, virtual: 0};

  constructor(config: ServiceGraphConfig, events: GraphEvents) {
    this.config = config;
    this.events = events;
    const {exponential_histogram_max_size: maxSize, enable_messaging_system_latency_histogram: messaging} = config;
    this.shape = maxSize > 0 ? {kind: 'exponential', maxSize} : {kind: 'explicit', bounds: boundsOf(config)};
    this.edges = new EdgeTable(this.shape, messaging ? this.shape : noKind);
    this.nodes = new Nodes(config.dimensions, 2 * config.max_series);
    const beside =
      (table: EdgeTable, told?: () => void) =>
      (client: number, server: number, type: number, weight: number, now: number): void => {
        told?.();
        Object.assign(this.key, {client, server, type, isFailed: false, virtual: 0});
        const id = this.numberOf(table, now);
        table.add(id, weight, now);
      };
    this.pairing = new Pairing(config, this.nodes, {
      request: (request, now) => this.count(request, now),
      unpaired: beside(this.unpaired),
      dropped: beside(this.dropped, () => events.dropped()),
      uncounted: events.uncounted,
      waits: events.waits,
      expired: events.expired,
    });
  }

  /** Series that are kept. */
  get series(): number {
    return this.edges.count + this.unpaired.count + this.dropped.count;
  }

  /** `now` in milliseconds since 1970, here and below. */
  add(batch: Lent<SpanBatch>, tenant: TenantId, now: number): void {
    this.pairing.add(batch, tenant, now);
  }

  expire(now: number): void {
    this.pairing.expire(now);
  }

  /** Forgets the edges that are no more, and the nodes that nothing refers to. */
  clean(now: number): void {
    const used = new Set<number>();
    for (const table of [this.edges, this.unpaired, this.dropped]) {
      table.forget(now - staleMs);
      for (let id = 0; id < table.count; id++) {
        used.add(table.clients[id] as number);
        used.add(table.servers[id] as number);
      }
    }
    const side = {node: noSide, peer: noSide, seconds: 0, millis: 0, probability: 1, weight: 1, flags: 0};
    for (const at of this.pairing.store) {
      this.pairing.store.read(at, side);
      used.add(side.node);
      used.add(side.peer);
    }
    this.nodes.retain((number) => used.has(number));
  }

  /** The metrics of now, by tenant, in batches. */
  *flush(now: number): Generator<Flushed> {
    const time = unixNanoFromMillis(now - this.config.metrics_timestamp_offset);
    for (const [tenant, own] of this.tenants()) {
      for (let from = 0; from < own.length; from += maxPoints / 4) {
        const writer = createMetricWriter();
        writer.resource([]);
        writer.scope('traces_service_graph');
        this.write(writer, own.slice(from, from + maxPoints / 4), time);
        yield {tenant, batch: writer.batch, failed() {}};
      }
    }
  }

  private count(request: Request, now: number): void {
    const {edges, key} = this;
    key.client = request.client;
    key.server = request.server;
    key.type = request.type;
    key.isFailed = request.isFailed;
    key.virtual = this.config.virtual_node_extra_label ? request.virtual : 0;
    const id = this.numberOf(edges, now);
    const {weight, serverSeconds, clientSeconds, messagingSeconds} = request;
    edges.add(id, weight, now);
    if (serverSeconds >= 0) edges.server.observe(id, serverSeconds, weight);
    if (clientSeconds >= 0) edges.client.observe(id, clientSeconds, weight);
    if (messagingSeconds >= 0) edges.messaging.observe(id, messagingSeconds, weight);
  }

  /** The edge of `key`, or the overflow edge of its tenant. */
  private numberOf(table: EdgeTable, now: number): number {
    const found = table.numberOf(this.key, now, this.config.max_series);
    if (found >= 0) return found;
    this.events.uncounted('overflow');
    const {client, server} = this.key;
    const node = this.nodes.list[client === noSide ? server : client];
    const own = node === undefined ? noSide : this.nodes.ofOverflow(node.tenant, node.owner);
    Object.assign(this.key, {client: own, server: own, type: 0, virtual: 0});
    return table.numberOf(this.key, now, Number.POSITIVE_INFINITY);
  }

  private tenants(): Map<TenantId, Row[]> {
    const tenants = new Map<TenantId, Row[]>();
    for (const table of [this.edges, this.unpaired, this.dropped]) {
      for (let id = 0; id < table.count; id++) {
        const edge = table.edge(id);
        const tenant = this.nodes.list[edge.client === noSide ? edge.server : edge.client]?.tenant;
        if (tenant === undefined) continue;
        const rows = tenants.get(tenant);
        if (rows === undefined) tenants.set(tenant, [{table, id, edge}]);
        else rows.push({table, id, edge});
      }
    }
    return tenants;
  }

  private write(writer: MetricWriter, rows: readonly Row[], time: bigint): void {
    const {edges, unpaired, dropped} = this;
    const {shape} = this;
    const places = new Map(
      rows.map((row) => [
        row,
        {attributes: this.labels(row), start: unixNanoFromMillis(row.table.starts[row.id] as number), time},
      ]),
    );
    const placeOf = (row: Row) => places.get(row) as NonNullable<ReturnType<typeof places.get>>;
    const counter = (name: string, counted: readonly Row[]): void => {
      if (counted.length === 0) return;
      writer.metric({name: `traces_service_graph_${name}`, type: 'sum', temporality: 'cumulative', monotonic: true});
      for (const row of counted) writer.number({...placeOf(row), value: BigInt(row.table.counts[row.id] as number)});
    };
    const histogram = (name: string, columns: DurationColumns, measured: readonly Row[]): void => {
      const read = measured
        .map((row) => [row, columns.read(row.id)] as const)
        .filter(([, durations]) => countOf(durations) > 0);
      if (read.length === 0) return;
      writer.metric({
        name: `traces_service_graph_request_${name}`,
        unit: 's',
        type: durationType(shape),
        temporality: 'cumulative',
      });
      for (const [row, durations] of read) writeDurations(writer, placeOf(row), durations, columns.bounds);
    };
    const requests = rows.filter(({table}) => table === edges);
    counter('request_total', requests);
    counter(
      'request_failed_total',
      requests.filter(({edge}) => edge.isFailed),
    );
    histogram('server', edges.server, requests);
    histogram('client', edges.client, requests);
    histogram('messaging_system', edges.messaging, requests);
    counter(
      'unpaired_spans_total',
      rows.filter(({table}) => table === unpaired),
    );
    counter(
      'dropped_spans_total',
      rows.filter(({table}) => table === dropped),
    );
  }

  private labels({table, edge}: Row): readonly KeyValue[] {
    const [client, server] = [this.nodes.list[edge.client], this.nodes.list[edge.server]];
    const failed: KeyValue = {key: 'failed', value: {type: 'bool', value: edge.isFailed}};
    if (client?.isOverflow === true) return table === this.edges ? [overflowLabel, failed] : [overflowLabel];
    const labels: KeyValue[] = [];
    const put = (key: string, value: string): void => void labels.push({key, value: {type: 'string', value}});
    put('client', client?.name ?? '');
    put('server', server?.name ?? '');
    put('connection_type', connectionTypes[edge.type] ?? '');
    if (table !== this.edges) return labels;
    labels.push(failed);
    for (const [index, name] of this.config.dimensions.entries()) {
      for (const [role, node] of [
        ['client', client],
        ['server', server],
      ] as const) {
        const value = node?.dimensions[index];
        if (value !== undefined) put(`${role}_${name}`, value);
      }
    }
    if (this.config.virtual_node_extra_label) put('virtual_node', virtualNodes[edge.virtual] ?? '');
    return labels;
  }
}

function countOf(durations: Durations): number {
  if (durations.kind === 'none') return 0;
  return durations.kind === 'explicit' ? durations.count : durations.histogram.count;
}

interface Row {
  readonly table: EdgeTable;
  readonly id: number;
  readonly edge: Readonly<EdgeKey>;
}
