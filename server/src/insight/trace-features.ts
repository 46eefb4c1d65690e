/**
 * What traces have, to be counted in two sets of them: services, operations, attributes of spans, resources and events by value, and
 * numbers. A trace has something where one of its spans has it. Bounded for any input.
 */
import {utf8} from '../base/index.ts';
import type {AnyValue, RangeColumn, SpanBatch} from '../model/index.ts';
import {readAttributes} from '../model/index.ts';
import {attributeText} from '../query/index.ts';
import type {Anatomy} from './anatomy.ts';
import {ERROR} from './columns.ts';

/** `trace` is what a trace is as a whole: its first operation, how long it took, how many spans it has. */
export type FeatureOwner = 'span' | 'resource' | 'event' | 'service' | 'operation' | 'failed' | 'kind' | 'trace';

export interface Feature {
  readonly of: FeatureOwner;
  /** Of an attribute. Of an operation its service, of a service and a kind ''. */
  readonly key: string;
  /** Undefined: that there is a value at all. */
  readonly value: string | undefined;
  /** Services on whose spans it was seen; at most three. */
  readonly services: string[];
  /** Of the selection and of the baseline: the traces that have it, by their numbers. */
  readonly traces: readonly [number[], number[]];
}

/** The greatest number that each trace has under a key. */
export interface NumberFeature {
  readonly of: FeatureOwner;
  readonly key: string;
  readonly services: string[];
  readonly traces: readonly [number[], number[]];
  readonly values: readonly [number[], number[]];
}

/** 0 the selection, 1 the baseline. */
export type Side = 0 | 1;

const mostFeatures = 100_000;
const mostValuesOfKey = 2_000;
const mostOfTrace = 4_000;
const longestValue = 300;
const kindNames = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
/** Texts that are long and tell the same as another attribute does; and accidents of a connection or a thread, which tell nothing. */
const skipped = new Set([
  ...['exception.stacktrace', 'code.stacktrace', 'thread.id', 'thread.name'],
  ...['network.peer.port', 'network.local.port', 'client.port', 'net.peer.port', 'net.sock.peer.port', 'net.host.port'],
]);

export class TraceFeatures {
  readonly features: Feature[] = [];
  readonly numbers: NumberFeature[] = [];
  /** Keys that have more values than are told apart. */
  readonly manyValued = new Set<string>();
  readonly traces: [number, number] = [0, 0];
  private readonly index = new Map<string, number>();
  private readonly numberIndex = new Map<string, number>();
  private readonly valuesOfKey = new Map<string, number>();
  private ofTrace = 0;
  private side: Side = 0;

  /** `batch` is the trace of which the anatomy is. */
  add(side: Side, batch: SpanBatch, {trace, root}: Anatomy): void {
    this.side = side;
    this.ofTrace = 0;
    const {spans, services, names} = trace;
    const seen = new Set<number>();
    for (let span = 0; span < trace.count; span++) {
      const key = spans.service[span]! * names.length + spans.name[span]!;
      const failed = spans.status[span] === ERROR;
      const stamp = 2 * (8 * key + spans.kind[span]!) + (failed ? 1 : 0);
      if (seen.has(stamp)) continue;
      seen.add(stamp);
      const [service, name] = [services[spans.service[span]!]!, names[spans.name[span]!]!];
      this.take('service', '', service, service);
      this.take('operation', service, name, service);
      this.take('kind', '', kindNames[spans.kind[span]!] ?? 'unspecified', service);
      if (failed) this.take('failed', service, name, service);
    }
    if (root >= 0) {
      const service = services[spans.service[root]!]!;
      this.take('trace', service, names[spans.name[root]!]!, service);
      this.number('trace', 'duration', trace.total, service);
      this.number('trace', 'spans', trace.count, service);
    }
    this.attributes(batch, trace.services);
    this.traces[side]++;
  }

  private attributes(batch: SpanBatch, services: readonly string[]): void {
    const c = batch.spans.columns;
    const resources = new Map<number, string>();
    for (let row = 0; row < batch.spans.count; row++) {
      const resource = c.resource.get(row);
      let service = resources.get(resource);
      if (service === undefined) {
        const read = attributesOf(batch, batch.resources.columns.attributes, resource);
        const named = read.find(({key}) => key === 'service.name');
        service = named === undefined ? (services[0] ?? '') : attributeText(named.value);
        resources.set(resource, service);
        for (const {key, value} of read) if (key !== 'service.name') this.attribute('resource', key, value, service);
      }
      for (const {key, value} of attributesOf(batch, c.attributes, row)) this.attribute('span', key, value, service);
      const from = c.events.from(row);
      const events = Math.min(20, c.events.count(row));
      for (let event = from; event < from + events; event++) {
        const {name} = batch.events.columns;
        // As questions have it: the key `event` is the name of an event.
        this.take('event', 'event', utf8(batch.heap.bytes, name.start(event), name.size(event)), service);
        for (const {key, value} of attributesOf(batch, batch.events.columns.attributes, event))
          this.attribute('event', key, value, service);
      }
    }
  }

  private attribute(of: FeatureOwner, key: string, value: AnyValue, service: string): void {
    if (skipped.has(key)) return;
    this.take(of, key, undefined, service);
    if (value.type === 'int' || value.type === 'double') this.number(of, key, Number(value.value), service);
    const text = attributeText(value);
    if (text.length > longestValue) this.manyValued.add(key);
    else this.take(of, key, text, service);
  }

  private take(of: FeatureOwner, key: string, value: string | undefined, service: string): void {
    const id = value === undefined ? `${of}\0${key}` : `${of}\0${key}\0${value}`;
    let at = this.index.get(id);
    if (at === undefined) {
      if (this.features.length >= mostFeatures || this.ofTrace++ >= mostOfTrace) return;
      const values = (this.valuesOfKey.get(`${of}\0${key}`) ?? 0) + 1;
      if (values > mostValuesOfKey) {
        this.manyValued.add(key);
        return;
      }
      this.valuesOfKey.set(`${of}\0${key}`, values);
      at = this.features.push({of, key, value, services: [], traces: [[], []]}) - 1;
      this.index.set(id, at);
    }
    const {traces, services} = this.features[at]!;
    const mine = traces[this.side];
    if (mine.at(-1) === this.traces[this.side]) return;
    mine.push(this.traces[this.side]);
    note(services, service);
  }

  private number(of: FeatureOwner, key: string, value: number, service: string): void {
    if (!Number.isFinite(value)) return;
    const id = `${of}\0${key}`;
    let at = this.numberIndex.get(id);
    if (at === undefined) {
      if (this.numbers.length >= mostValuesOfKey) return;
      at = this.numbers.push({of, key, services: [], traces: [[], []], values: [[], []]}) - 1;
      this.numberIndex.set(id, at);
    }
    const {traces, values, services} = this.numbers[at]!;
    const [mine, held] = [traces[this.side], values[this.side]];
    if (mine.at(-1) === this.traces[this.side]) held[held.length - 1] = Math.max(held.at(-1)!, value);
    else {
      mine.push(this.traces[this.side]);
      held.push(value);
    }
    note(services, service);
  }
}

function note(services: string[], service: string): void {
  if (services.length < 3 && !services.includes(service)) services.push(service);
}

const attributesOf = (batch: SpanBatch, owner: RangeColumn, row: number) =>
  readAttributes(batch, owner.from(row), owner.count(row));
