/**
 * From spans to requests: a client's span and the server's that it is the parent of, a producer's and its consumers', or one that
 * stands alone because the other end is a database, or sends no spans. A hot path: `npm run bench:processors`.
 */
import {type TenantId, utf8Bytes} from '../base/index.ts';
import {findAttribute, type Lent, type SpanBatch} from '../model/index.ts';
import {noSide, type PairSide, PairStore, spanWeight} from '../red/index.ts';
import {spanProbability} from '../sampling/index.ts';
import {type Nodes, tooManyNodes} from './connector-servicegraph-nodes.ts';
import type {ServiceGraphConfig} from './connector-servicegraph-settings.ts';

/** A request whose both ends are known, or are all that will be. Good until the next one. */
export interface Request {
  /** Numbers of nodes, or `noSide`. */
  client: number;
  server: number;
  /** In `connectionTypes`, and in `virtualNodes`. */
  type: number;
  virtual: number;
  isFailed: boolean;
  weight: number;
  /** Seconds, or -1 where that end was not seen. */
  clientSeconds: number;
  serverSeconds: number;
  messagingSeconds: number;
}

export interface PairingEvents {
  request(request: Request, now: number): void;
  /** A span waited too long for its other end; what is known of it. */
  unpaired(client: number, server: number, type: number, weight: number, now: number): void;
  /** A span could not wait: too many do. */
  dropped(client: number, server: number, type: number, weight: number, now: number): void;
  /** A span was not looked at, because of a bound or since its resource names no service. */
  uncounted(reason: 'no_service_name' | 'max_series'): void;
  /** A span begins to wait, and waited in vain. */
  waits(): void;
  expired(): void;
}

const [serverKind, clientKind, producerKind, consumerKind] = [2, 3, 4, 5] as const;
/** Kinds of halves that wait. */
const [clientHalf, serverHalf, linkedHalf] = [0, 1, 2] as const;
/** Bits of `PairSide.flags`. */
const [failed, messaging, served] = [1, 2, 4] as const;
const [direct, viaMessages, database, virtual] = [0, 1, 2, 3] as const;
const [noVirtual, virtualClient, virtualServer] = [0, 1, 2] as const;
const statusError = 2;
const serviceKey = utf8Bytes('service.name');
const unasked = -3;

const emptySide = (): PairSide => ({
  node: noSide,
  peer: noSide,
  seconds: 0,
  millis: 0,
  probability: 1,
  weight: 1,
  flags: 0,
});

export class Pairing {
  readonly store: PairStore;
  private readonly nodes: Nodes;
  private readonly events: PairingEvents;
  private readonly ttl: number;
  private readonly peers: readonly Uint8Array[];
  private readonly databases: readonly Uint8Array[];
  private readonly span = emptySide();
  private readonly waiting = emptySide();
  private readonly found: Request = {
    client: noSide,
    server: noSide,
    type: direct,
    virtual: noVirtual,
    isFailed: false,
    weight: 1,
    clientSeconds: -1,
    serverSeconds: -1,
    messagingSeconds: -1,
  };
  /** Of each resource of a batch: the attribute that names its service, its node where no dimension is of the span, its database. */
  private serviceOf = new Int32Array(16);
  private nodeOf = new Int32Array(16);
  private databaseOf = new Int32Array(16);
  private readonly isNodeOfResource: boolean;
  private now = 0;
  private tenant = '' as TenantId;
  private owner = 0;

  constructor(config: ServiceGraphConfig, nodes: Nodes, events: PairingEvents) {
    this.store = new PairStore(config.store.max_items);
    this.nodes = nodes;
    this.events = events;
    this.ttl = config.store.ttl;
    this.isNodeOfResource = config.dimensions.length === 0;
    this.peers = config.virtual_node_peer_attributes.map((name) => utf8Bytes(name));
    const {database_name_attribute: one, database_name_attributes: names} = config;
    this.databases = (one === undefined ? names : [one, ...names]).map((name) => utf8Bytes(name));
  }

  /** `now` in milliseconds since 1970. */
  add(batch: Lent<SpanBatch>, tenant: TenantId, now: number): void {
    const {count, columns} = batch.spans;
    const kinds = columns.kind.data;
    const resources = columns.resource.data;
    this.beginResources(batch.resources.count);
    this.now = now;
    this.tenant = tenant;
    this.owner = this.nodes.ownerOf(tenant);
    const {serviceOf, span} = this;
    for (let row = 0; row < count; row++) {
      const kind = kinds[row] as number;
      if (kind < serverKind || kind > consumerKind) continue;
      const resource = resources[row] as number;
      let service = serviceOf[resource] as number;
      if (service === unasked) {
        service = findAttribute(batch, batch.resources.columns.attributes, resource, serviceKey);
        serviceOf[resource] = service;
      }
      if (service < 0) {
        this.events.uncounted('no_service_name');
        continue;
      }
      span.node = this.nodeOfSpan(batch, row, resource, service);
      if (span.node === tooManyNodes) {
        this.events.uncounted('max_series');
        continue;
      }
      this.readSpan(batch, row, kind);
      if (kind === clientKind || kind === producerKind) this.addClient(batch, row);
      else if (kind === consumerKind && columns.links.count(row) > 0) this.addLinked(batch, row);
      else this.addServer(batch, row);
    }
  }

  private beginResources(count: number): void {
    if (count > this.serviceOf.length) {
      this.serviceOf = new Int32Array(2 * count);
      this.nodeOf = new Int32Array(2 * count);
      this.databaseOf = new Int32Array(2 * count);
    }
    for (const each of [this.serviceOf, this.nodeOf, this.databaseOf]) each.fill(unasked, 0, count);
  }

  private nodeOfSpan(batch: Lent<SpanBatch>, row: number, resource: number, service: number): number {
    const {nodeOf, nodes, tenant, owner} = this;
    if (!this.isNodeOfResource) return nodes.ofSpan(batch, row, service, tenant, owner);
    const known = nodeOf[resource] as number;
    if (known !== unasked) return known;
    const node = nodes.ofSpan(batch, row, service, tenant, owner);
    nodeOf[resource] = node;
    return node;
  }

  /** The first attribute that names a database: of the resource, or else of the span; -1 where neither has one. */
  private databaseOfSpan(batch: Lent<SpanBatch>, row: number, resource: number): number {
    const {databases, databaseOf} = this;
    let ofResource = databaseOf[resource] as number;
    if (ofResource === unasked) {
      const {attributes} = batch.resources.columns;
      ofResource = databases.findIndex((name) => findAttribute(batch, attributes, resource, name) >= 0);
      databaseOf[resource] = ofResource;
    }
    const last = ofResource < 0 ? databases.length : ofResource;
    for (let i = 0; i < last; i++) {
      const at = findAttribute(batch, batch.spans.columns.attributes, row, databases[i] as Uint8Array);
      if (at >= 0) return at;
    }
    if (ofResource < 0) return -1;
    return findAttribute(batch, batch.resources.columns.attributes, resource, databases[ofResource] as Uint8Array);
  }

  /** Goes through those that have waited too long. */
  expire(now: number): void {
    this.now = now;
    for (let at = this.store.overdue(now); at >= 0; at = this.store.overdue(now)) this.expireOne(at);
  }

  private expireOne(at: number): void {
    const {store, waiting, events, nodes} = this;
    const isClient = store.kindOf(at) === clientHalf;
    store.read(at, waiting);
    store.remove(at);
    if ((waiting.flags & served) !== 0) return;
    events.expired();
    const type = typeOf(waiting.flags);
    const {tenant, owner} = nodes.list[waiting.node] ?? {tenant: this.tenant, owner: this.owner};
    if (isClient && this.peers.length > 0) {
      const server = waiting.peer === noSide ? nodes.ofName('unknown', tenant, owner) : waiting.peer;
      if (server !== tooManyNodes) return this.complete(waiting, undefined, server, virtual, virtualServer);
    }
    const [client, server] = isClient ? [waiting.node, noSide] : [noSide, waiting.node];
    events.unpaired(client, server, type, waiting.weight, this.now);
  }

  private readSpan(batch: Lent<SpanBatch>, row: number, kind: number): void {
    const {start, end, spanId, statusCode} = batch.spans.columns;
    const {span} = this;
    const nanos =
      ((end.words[2 * row + 1] as number) - (start.words[2 * row + 1] as number)) * 2 ** 32 +
      ((end.words[2 * row] as number) - (start.words[2 * row] as number));
    const isSending = kind === clientKind || kind === producerKind;
    const isMessaging = kind === producerKind || kind === consumerKind;
    span.seconds = nanos > 0 ? nanos / 1e9 : 0;
    span.millis = (isSending ? end : start).approximate(row) / 1e6;
    span.probability = spanProbability(batch, row);
    span.weight = spanWeight(span.probability, spanId.bytes, row);
    span.flags = (statusCode.data[row] === statusError ? failed : 0) | (isMessaging ? messaging : 0);
    span.peer = noSide;
  }

  private addClient(batch: Lent<SpanBatch>, row: number): void {
    const {store, span, waiting} = this;
    const {traceId, spanId, attributes, resource} = batch.spans.columns;
    const named = this.databaseOfSpan(batch, row, resource.get(row));
    if (named >= 0) {
      const node = this.nodes.ofAttribute(batch, named, this.tenant, this.owner);
      if (node === tooManyNodes) this.events.uncounted('max_series');
      else this.complete(span, undefined, node, database, noVirtual);
      return;
    }
    store.setKey(this.owner, traceId.bytes, 16 * row, spanId.bytes, 8 * row);
    const server = store.find(serverHalf);
    if (server >= 0) {
      store.read(server, waiting);
      store.remove(server);
      return this.complete(span, waiting, noSide, typeOf(span.flags), noVirtual);
    }
    this.serveLinked();
    for (const name of this.peers) {
      const at = findAttribute(batch, attributes, row, name);
      if (at < 0) continue;
      const peer = this.nodes.ofAttribute(batch, at, this.tenant, this.owner);
      span.peer = peer === tooManyNodes ? noSide : peer;
      break;
    }
    // A span that came twice takes its own place.
    const known = store.find(clientHalf);
    if (known >= 0) store.write(known, span);
    else this.wait(clientHalf, true);
  }

  /** Consumers that have named this producer in a link before it came. */
  private serveLinked(): void {
    const {store, span, waiting} = this;
    for (let at = store.find(linkedHalf); at >= 0; at = store.find(linkedHalf)) {
      store.read(at, waiting);
      store.remove(at);
      span.flags |= served;
      this.complete(span, waiting, noSide, viaMessages, noVirtual);
    }
  }

  private addServer(batch: Lent<SpanBatch>, row: number): void {
    const {store, span, waiting} = this;
    const {traceId, parentSpanId} = batch.spans.columns;
    if (parentSpanId.isEmpty(row)) return this.addRoot();
    store.setKey(this.owner, traceId.bytes, 16 * row, parentSpanId.bytes, 8 * row);
    const client = store.find(clientHalf);
    if (client < 0) return this.wait(serverHalf, false);
    store.read(client, waiting);
    store.remove(client);
    this.complete(waiting, span, noSide, typeOf(span.flags), noVirtual);
  }

  /** Nobody will come for a server's span without a parent: somebody who sends no spans has called. */
  private addRoot(): void {
    const {span, nodes, events} = this;
    const user = this.peers.length > 0 ? nodes.ofName('user', this.tenant, this.owner) : noSide;
    if (user < 0) return events.unpaired(noSide, span.node, typeOf(span.flags), span.weight, this.now);
    this.complete(undefined, span, user, virtual, virtualClient);
  }

  /** A consumer of one message or many, which are linked; each is a request of its own. */
  private addLinked(batch: Lent<SpanBatch>, row: number): void {
    const {store, span, waiting} = this;
    const {links} = batch.spans.columns;
    const {traceId, spanId} = batch.links.columns;
    const from = links.from(row);
    for (let link = from; link < from + links.count(row); link++) {
      store.setKey(this.owner, traceId.bytes, 16 * link, spanId.bytes, 8 * link);
      const producer = store.find(clientHalf);
      if (producer < 0) {
        this.wait(linkedHalf, false);
        continue;
      }
      // It stays: others may link to it.
      store.read(producer, waiting);
      waiting.flags |= served;
      store.write(producer, waiting);
      this.complete(waiting, span, noSide, viaMessages, noVirtual);
    }
  }

  private wait(kind: number, isClient: boolean): void {
    const {store, span, events, now} = this;
    if (store.isFull) {
      // As in the Collector: one that has waited long enough makes room.
      const late = store.overdue(now);
      if (late < 0) {
        const [client, server] = isClient ? [span.node, noSide] : [noSide, span.node];
        return events.dropped(client, server, typeOf(span.flags), span.weight, now);
      }
      this.expireOne(late);
    }
    events.waits();
    store.add(kind, span, now + this.ttl);
  }

  /** `other` is the node of the end that has no span. */
  private complete(
    client: PairSide | undefined,
    server: PairSide | undefined,
    other: number,
    type: number,
    virtualNode: number,
  ): void {
    const {found} = this;
    found.client = client?.node ?? other;
    found.server = server?.node ?? other;
    found.type = type;
    found.virtual = virtualNode;
    found.isFailed = (((client?.flags ?? 0) | (server?.flags ?? 0)) & failed) !== 0;
    // Of two probabilities the lower one decided whether the pair was seen.
    const weighty = client !== undefined && (server === undefined || client.probability <= server.probability);
    found.weight = (weighty ? client?.weight : server?.weight) ?? 1;
    found.clientSeconds = client?.seconds ?? -1;
    // A database is measured at its client.
    found.serverSeconds = server?.seconds ?? (type === database ? (client?.seconds ?? -1) : -1);
    const isMeasured = type === viaMessages && client !== undefined && server !== undefined;
    found.messagingSeconds = isMeasured ? Math.max(0, server.millis - client.millis) / 1000 : -1;
    this.events.request(found, this.now);
  }
}

const typeOf = (flags: number): number => ((flags & messaging) === 0 ? direct : viaMessages);
