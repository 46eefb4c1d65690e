/**
 * The graph's services to every component, whoever wrote it: its items counted by the Collector's names, its time measured,
 * no batch let in once it has stopped, and a stop that is idempotent and waits for everybody inside.
 */
import type {Meter} from '../base/index.ts';
import type {Consumer, Signal} from '../model/index.ts';
import {errorStatus} from '../net/index.ts';
import {allSignals, type Component} from './component.ts';
import {failedItems, sentItems} from './exporter-metrics.ts';
import {createGate, type Gate} from './gate.ts';
import {around} from './kit.ts';
import {type Blame, durationBounds, type PartTally} from './tally.ts';

export interface Supervised {
  readonly id: string;
  check(): Promise<void>;
  start(): Promise<void>;
  /** Idempotent. Closes the door, stops the component, and resolves when nobody is inside. */
  stop(): Promise<void>;
  /** The same where another one has taken its place: requests that still come in on open connections are taken to the end. */
  retire(): Promise<void>;
}

/** `gate` is where the component's batches pass, if any do. */
export function supervise(id: string, component: Component, gate?: Gate): Supervised {
  let stopping: Promise<void> | undefined;
  const end = async (way: 'stop' | 'retire'): Promise<void> => {
    try {
      if (way === 'retire' && component.retire !== undefined) await component.retire();
      else await component.stop?.();
    } finally {
      gate?.close();
      await gate?.empty();
    }
  };
  return {
    id,
    async check() {
      await component.check?.();
    },
    async start() {
      await component.start?.();
    },
    stop() {
      if (component.drains !== true) gate?.close();
      return (stopping ??= end('stop'));
    },
    retire: () => (stopping ??= end('retire')),
  };
}

type Kind = 'processor' | 'exporter' | 'connector';

/** Who supervises: where it counts, and whom it tells of the errors that come out of a component. */
export interface Supervisor {
  readonly meter: Meter;
  readonly tally: PartTally;
  readonly blame: Blame;
}

/** `consumer` behind a gate of its own, counted and timed. */
export function supervised(
  {meter, tally, blame}: Supervisor,
  kind: Kind,
  id: string,
  consumer: Consumer,
  {countsItself = false, work}: {readonly countsItself?: boolean | undefined; readonly work?: OwnWork} = {},
) {
  const gate = createGate(id);
  tally.inside = () => gate.inside;
  const incoming = kind === 'exporter' ? undefined : itemCounter(meter, kind, 'incoming', id);
  const ended = kind === 'exporter' && !countsItself ? exportCounter(meter, id) : undefined;
  const seconds = meter
    .histogram(
      'weft_component_duration_seconds',
      'Time until a component had made a batch safe, what comes behind it included.',
      durationBounds,
    )
    .with({kind, id});
  const wrapped = around(consumer, async (consume, batch, context) => {
    const {signal} = batch;
    const {count} = batch.items;
    const begin = performance.now();
    try {
      work?.begin();
      const done = gate.pass(() => consume(batch, context));
      work?.end();
      await done;
      ended?.sent(signal, count);
    } catch (error) {
      blame(tally, error);
      ended?.failed(signal, count, errorStatus(error).reason);
      throw error;
    } finally {
      incoming?.(signal, count);
      seconds.record((performance.now() - begin) / 1000);
    }
  });
  return {gate, consumer: wrapped};
}

/** The time that a processor takes itself: until it hands a batch on, or begins to wait. */
export interface OwnWork {
  begin(): void;
  end(): void;
}

export function ownWork(meter: Meter, processor: string): OwnWork {
  const seconds = meter
    .histogram(
      'otelcol_processor_internal_duration',
      'Duration of time taken to process a batch of telemetry data through the processor, in seconds.',
      durationBounds,
    )
    .with({processor});
  let since: number | undefined;
  return {
    begin() {
      since = performance.now();
    },
    end() {
      if (since === undefined) return;
      seconds.record((performance.now() - since) / 1000);
      since = undefined;
    },
  };
}

/** Counts the items that a component hands on. */
export function countOutgoing(meter: Meter, kind: Kind, id: string, next: Consumer, work?: OwnWork): Consumer {
  const outgoing = itemCounter(meter, kind, 'outgoing', id);
  return around(next, (consume, batch, context) => {
    work?.end();
    outgoing(batch.signal, batch.items.count);
    return consume(batch, context);
  });
}

/** The Collector's processorhelper names, and the same for connectors. */
function itemCounter(meter: Meter, kind: Kind, direction: 'incoming' | 'outgoing', id: string) {
  const verb = direction === 'incoming' ? 'passed to' : 'emitted from';
  const family = meter.counter(`otelcol_${kind}_${direction}_items`, `Number of items ${verb} the ${kind}.`);
  const series = bySignal((signal) => family.with({[kind]: id, otel_signal: signal}));
  return (signal: Signal, count: number): void => series[signal].add(count);
}

function exportCounter(meter: Meter, id: string) {
  const sent = bySignal((signal) => sentItems(meter, signal));
  const failed = bySignal((signal) => failedItems(meter, signal));
  return {
    sent: (signal: Signal, count: number): void => sent[signal].with({exporter: id}).add(count),
    failed: (signal: Signal, count: number, reason: string): void =>
      failed[signal].with({exporter: id, reason}).add(count),
  };
}

const bySignal = <T>(make: (signal: Signal) => T): Readonly<Record<Signal, T>> =>
  Object.fromEntries(allSignals.map((signal) => [signal, make(signal)])) as Record<Signal, T>;
