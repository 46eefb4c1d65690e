/**
 * How many traces begin, by service and operation, in bounded memory: what adaptive sampling divides its budget by. Looks at
 * root spans only, because there sampling is decided; the rest of a span's way through here is one comparison.
 */
import {utf8Bytes} from '../base/index.ts';
import {findAttribute, type Lent, type SpanBatch, valueType} from '../model/index.ts';
import {ByteTable} from './byte-table.ts';
import {nextRate} from './rate.ts';
import {notByChance, rootProbability} from './root-probability.ts';

export interface TrafficLimits {
  readonly services: number;
  /** Of one service. */
  readonly operations: number;
}

/** The traces that began under one name. `name` is '' for everything beyond the limits. */
export class OperationTraffic {
  readonly name: string;
  /** Traces per second, those included that were not kept; and those that arrived. */
  seen = 0;
  kept = 0;
  /** The probability assumed for a span of it that states none, where its service asks for a strategy. */
  told = 1;
  /** The probability that its service's strategy listed for it, where the list changes with the traffic; 0 where none. */
  listed = 0;
  /** When a span of it last arrived, in milliseconds. */
  lastSeen = 0;
  /** The share of its spans that were kept as those are that are not listed, lately. */
  straying = 0;
  /** The number of traces that a span of it lately stood for. */
  weight = 1;
  // Since the last `advance`.
  arrived = 0;
  sum = 0;
  squares = 0;
  matches = 0;
  strays = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Its service knows it by another name when a trace begins, so that what is listed for it is not followed. */
  get isStray(): boolean {
    return this.straying > 0.5;
  }

  advance(seconds: number, now: number): void {
    const decided = this.matches + this.strays;
    if (decided > 0) this.straying = 0.7 * this.straying + (0.3 * this.strays) / decided;
    this.matches = this.strays = 0;
    if (this.arrived > 0) this.lastSeen = now;
    if (this.sum > 0) this.weight = this.squares / this.sum;
    this.seen = nextRate(this.seen, this.sum, this.squares, this.weight, seconds);
    this.kept = nextRate(this.kept, this.arrived, this.arrived, 1, seconds);
    // A span that a lower bound kept stands for itself and for no others: `seen` is at least `kept`.
    this.seen = Math.max(this.seen, this.kept);
    this.arrived = this.sum = this.squares = 0;
  }
}

export class ServiceTraffic {
  readonly name: string;
  readonly operations: ByteTable<OperationTraffic>;
  /** Takes what has no room in `operations`. */
  readonly rest = new OperationTraffic('');
  /** When it last asked, in milliseconds; 0 for never. */
  lastAsked = 0;
  lastAskedSettings = 0;
  /** The probability that its strategy gave to operations not listed, where the list changes with the traffic; else 0. */
  unlisted = 0;
  /** The share of its root spans that say nothing of their probability, lately; undefined before the first. */
  silence: number | undefined;
  // Since the last `advance`.
  saying = 0;
  silent = 0;

  constructor(name: string, limit: number) {
    this.name = name;
    this.operations = new ByteTable(limit);
  }

  /** Whether nothing can be learnt from its spans about what was not kept. */
  get isSilent(): boolean {
    return this.silence !== undefined && this.silence > 0.5;
  }

  advance(seconds: number, now: number): void {
    for (const operation of this.operations) operation.advance(seconds, now);
    this.rest.advance(seconds, now);
    const roots = this.saying + this.silent;
    if (roots > 0) {
      const share = this.silent / roots;
      this.silence = this.silence === undefined ? share : 0.7 * this.silence + 0.3 * share;
    }
    this.saying = this.silent = 0;
  }

  /** Those that were seen, the rest included. */
  *all(): Generator<OperationTraffic> {
    yield* this.operations;
    if (this.rest.seen > 0 || this.rest.lastSeen > 0) yield this.rest;
  }

  /** The operation of this name, made where there is room; else the rest. */
  restore(name: string): OperationTraffic {
    const bytes = utf8Bytes(name);
    return name === '' ? this.rest : (this.operations.find(bytes, 0, bytes.length, makeOperation) ?? this.rest);
  }

  /** Of all its operations, per second. */
  seen(): number {
    let sum = this.rest.seen;
    for (const operation of this.operations) sum += operation.seen;
    return sum;
  }

  kept(): number {
    let sum = this.rest.kept;
    for (const operation of this.operations) sum += operation.kept;
    return sum;
  }

  lastSeen(): number {
    let last = 0;
    for (const operation of this.all()) last = Math.max(last, operation.lastSeen);
    return last;
  }
}

const serviceName = utf8Bytes('service.name');
/** Longer names count among the rest. */
const maxNameBytes = 512;
/** Services and operations idle for this long are forgotten; sooner where their room is wanted. */
const idleMillis = 60 * 60_000;
const idleMillisWhenFull = 5 * 60_000;
/** For so long after it asked, a service's spans that say no probability are taken to follow what it was told. */
const followsMillis = 10 * 60_000;

/** How many services may be told apart, by everybody who shares it. */
export class Room {
  readonly limit: number;
  used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get isFull(): boolean {
    return this.used >= this.limit;
  }
}

export class Traffic {
  readonly limits: TrafficLimits;
  readonly services: ByteTable<ServiceTraffic>;
  readonly rest: ServiceTraffic;

  readonly #room: Room;

  constructor(limits: TrafficLimits, room = new Room(limits.services)) {
    this.limits = limits;
    this.#room = room;
    this.services = new ByteTable(limits.services);
    this.rest = new ServiceTraffic('', 0);
  }

  /** Counts the batch's root spans. `now` in milliseconds. Changes nothing in the batch. */
  observe(batch: Lent<SpanBatch>, now: number): void {
    const {parentSpanId, resource} = batch.spans.columns;
    const parents = parentSpanId.bytes;
    const resources = resource.data;
    let lastResource = -1;
    let service = this.rest;
    for (let row = 0, at = 0; row < batch.spans.count; row++, at += 8) {
      if (parents[at] !== 0 || !parentSpanId.isEmpty(row)) continue;
      if (resources[row] !== lastResource) {
        lastResource = resources[row] as number;
        service = this.#serviceOf(batch, lastResource);
      }
      count(batch, row, service, now);
    }
  }

  /**
   * The service of this name, made where there is none; else the rest. Those that only asked may take half of the room: names
   * that somebody makes up must not displace what sends spans.
   */
  service(name: string): ServiceTraffic {
    const bytes = utf8Bytes(name);
    if (bytes.length > maxNameBytes) return this.rest;
    const hasRoom = this.services.size < this.limits.services / 2;
    return this.services.find(bytes, 0, bytes.length, hasRoom ? this.#maker : undefined) ?? this.rest;
  }

  /** The service of this name, made where there is room; else the rest. */
  restore(name: string): ServiceTraffic {
    const bytes = utf8Bytes(name);
    return this.#find(bytes, 0, bytes.length);
  }

  /** Those that were seen or asked, the rest included. */
  *all(): Generator<ServiceTraffic> {
    yield* this.services;
    if (this.rest.rest.seen > 0 || this.rest.rest.lastSeen > 0) yield this.rest;
  }

  /** Brings the rates up to now and forgets what has been idle for long. */
  advance(seconds: number, now: number): void {
    for (const service of [...this.services, this.rest]) {
      service.advance(seconds, now);
      const limit = now - (service.operations.isFull ? idleMillisWhenFull : idleMillis);
      service.operations.remove((operation) => operation.lastSeen < limit);
    }
    const limit = now - (this.services.isFull || this.#room.isFull ? idleMillisWhenFull : idleMillis);
    const before = this.services.size;
    this.services.remove(
      (service) => Math.max(service.lastAsked, service.lastAskedSettings, service.lastSeen()) < limit,
    );
    this.#room.used -= before - this.services.size;
  }

  get isEmpty(): boolean {
    return this.services.size === 0 && this.rest.rest.seen === 0 && this.rest.rest.arrived === 0;
  }

  #serviceOf(batch: Lent<SpanBatch>, resource: number): ServiceTraffic {
    const at = findAttribute(batch, batch.resources.columns.attributes, resource, serviceName);
    const {type, value} = batch.attributes.columns;
    if (at < 0 || type.get(at) !== valueType.string) return this.rest;
    return this.#find(batch.heap.bytes, value.words[2 * at] as number, value.words[2 * at + 1] as number);
  }

  #find(bytes: Uint8Array, start: number, length: number): ServiceTraffic {
    if (length === 0 || length > maxNameBytes) return this.rest;
    return this.services.find(bytes, start, length, this.#maker) ?? this.rest;
  }

  get #maker(): ((name: string) => ServiceTraffic) | undefined {
    return this.#room.isFull ? undefined : this.#make;
  }

  readonly #make = (name: string): ServiceTraffic => {
    this.#room.used++;
    return new ServiceTraffic(name, this.limits.operations);
  };
}

function count(batch: Lent<SpanBatch>, row: number, service: ServiceTraffic, now: number): void {
  const {name} = batch.spans.columns;
  const length = name.size(row);
  const operation =
    length === 0 || length > maxNameBytes
      ? service.rest
      : (service.operations.find(batch.heap.bytes, name.start(row), length, makeOperation) ?? service.rest);
  operation.arrived++;
  const said = rootProbability(batch, row);
  if (said === notByChance) return;
  if (said > 0) {
    service.saying++;
    // A probability that fits neither was decided before the service heard of its strategy. One that fits both tells nothing.
    const {listed} = operation;
    if (listed > 0 && !isNear(listed, service.unlisted)) {
      if (isNear(said, listed)) operation.matches++;
      else if (isNear(said, service.unlisted)) operation.strays++;
    }
  } else service.silent++;
  const follows = now - service.lastAsked < followsMillis;
  const weight = 1 / (said > 0 ? said : follows ? operation.told : 1);
  operation.sum += weight;
  operation.squares += weight * weight;
}

/** A threshold in tracestate has four digits. */
const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 0.001 * b;

const makeOperation = (name: string): OperationTraffic => new OperationTraffic(name);
