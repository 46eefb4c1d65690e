/** The way out: spans of kept traces, marked and merged by tenant, are handed on until somebody has taken them, and held until then. */
import {setTimeout as sleep} from 'node:timers/promises';
import {errorMessage, type Log, RetryableError, type TenantId} from '../base/index.ts';
import type {Consumer, SpanBatch} from '../model/index.ts';
import {otlp} from '../wire/index.ts';
import {assemble} from './assemble.ts';
import type {HeldSpans} from './held-spans.ts';
import type {JournalDecision} from './journal.ts';
import {type Marking, SpanMarker} from './mark-spans.ts';
import {type NewMarking, OpenMarkings} from './open-markings.ts';
import type {TailWatch} from './watch.ts';

export interface ShipperParts {
  readonly held: HeldSpans;
  readonly next: Consumer;
  readonly watch: TailWatch;
  readonly log: Log;
  /** The spans are safe, or were refused for ever: nobody may hand them on again. */
  readonly onDelivered: (tenant: TenantId, decisions: readonly JournalDecision[]) => void;
}

export interface Shipment {
  readonly tenant: TenantId;
  readonly slots: number[];
  /** Of each slot. Slots of one trace, which lie together, share theirs. */
  readonly markings: Marking[];
}

const shipmentSpans = 8192;
const maxAtOnce = 4;
const firstWaitMs = 200;
const maxWaitMs = 30_000;

export class Shipper {
  readonly #parts: ShipperParts;
  readonly #marker = new SpanMarker();
  readonly #filling = new Map<TenantId, Shipment>();
  readonly #queue: Shipment[] = [];
  readonly #undelivered: Shipment[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #open = new OpenMarkings();
  readonly #stopping = new AbortController();
  #failing = 0;
  #change = Promise.withResolvers<void>();
  #bytes = 0;

  constructor(parts: ShipperParts) {
    this.#parts = parts;
  }

  /** Requests that are being handed on, beside the held spans that they were made of. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whoever comes next refuses, and is asked again after a while. */
  get isFailing(): boolean {
    return this.#failing > 0;
  }

  /** Takes the spans of a trace. A trace that is larger than a shipment comes in several. */
  add(tenant: TenantId, slots: readonly number[], marking: NewMarking): void {
    const own = this.#open.add(tenant, marking);
    let filling = this.#filling.get(tenant);
    for (let from = 0; from < slots.length; ) {
      const room = filling === undefined ? 0 : shipmentSpans - filling.slots.length;
      if (filling === undefined || room < Math.min(slots.length - from, shipmentSpans)) {
        if (filling !== undefined) this.#queue.push(filling);
        this.#filling.set(tenant, (filling = {tenant, slots: [], markings: []}));
      }
      own.shipments++;
      const to = Math.min(slots.length, from + shipmentSpans - filling.slots.length);
      for (; from < to; from++) {
        filling.slots.push(slots[from] as number);
        filling.markings.push(own);
      }
    }
  }

  /** Hands on what was added. */
  flush(): void {
    this.#queue.push(...this.#filling.values());
    this.#filling.clear();
    this.#run();
  }

  /** Something is being handed on, or waits to be. */
  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /** Resolves when a shipment has gone, or has been refused for now. */
  nextChange(): Promise<void> {
    return this.#change.promise;
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  /** Hands on what there is, without waiting for those who refuse; resolves to what nobody took. */
  async stop(): Promise<readonly Shipment[]> {
    this.#stopping.abort();
    this.flush();
    while (this.#running.size > 0) await Promise.all(this.#running);
    return this.#undelivered;
  }

  /** Counts shipments as lost that nobody took and nobody keeps. */
  lose(shipments: readonly Shipment[]): void {
    for (const {slots} of shipments) this.#parts.watch.lost('shutdown', slots.length);
  }

  #run(): void {
    while (this.#running.size < maxAtOnce) {
      const shipment = this.#queue.shift();
      if (shipment === undefined) return;
      const running = this.#deliver(shipment).finally(() => {
        this.#running.delete(running);
        this.#run();
        this.#changed();
      });
      this.#running.add(running);
    }
  }

  async #deliver(shipment: Shipment): Promise<void> {
    const {log, watch, onDelivered} = this.#parts;
    const {tenant, slots} = shipment;
    let waitMs = firstWaitMs;
    for (let isFirst = true; ; isFirst = false) {
      try {
        await this.#hand(shipment, isFirst);
        break;
      } catch (error) {
        if (!(error instanceof RetryableError)) {
          watch.lost('refused', slots.length);
          log.error({err: error, spans: slots.length}, 'spans of kept traces were refused for ever');
          break;
        }
        if (this.#stopping.signal.aborted) {
          this.#undelivered.push(shipment);
          return;
        }
        if (waitMs === firstWaitMs)
          log.warn({error: errorMessage(error)}, 'kept traces are refused for now: they wait');
        this.#failing++;
        this.#changed();
        const wait = Math.min(maxWaitMs, Math.max(waitMs, error.retryAfterMs));
        await sleep(wait, undefined, {signal: this.#stopping.signal}).catch(() => {}); // it is tried once more at the end
        this.#failing--;
        waitMs *= 2;
      }
    }
    onDelivered(tenant, this.#decisions(shipment));
    for (const slot of slots) this.#parts.held.release(slot);
  }

  async #hand(shipment: Shipment, isFirst: boolean): Promise<void> {
    const {next} = this.#parts;
    const batch = this.#build(shipment, isFirst);
    const bytes = batch.heap.length;
    this.#bytes += bytes;
    try {
      if (batch.spans.count > 0) await next.consume(batch, {tenant: shipment.tenant});
    } finally {
      this.#bytes -= bytes;
    }
  }

  /** A batch of one's own of the shipment, each span with what became of its trace. */
  #build({slots, markings}: Shipment, isFirst: boolean): SpanBatch {
    const {held, watch} = this.#parts;
    let last: Marking | undefined;
    let suffix: ReturnType<SpanMarker['suffix']> | undefined;
    const suffixes = markings.map((marking) => {
      if (marking !== last) suffix = this.#marker.suffix(marking);
      last = marking;
      return suffix;
    });
    const own = (length: number): Uint8Array => new Uint8Array(length);
    const {request, order, withTraceState} = assemble(held, Int32Array.from(slots), slots.length, own, suffixes);
    const {batch} = otlp.traces.decodeProto(request);
    const missing = slots.length - batch.spans.count;
    if (missing > 0 && isFirst) watch.lost('unreadable', missing);
    let unreadable = 0;
    // Where some are missing their rows are not known: such spans keep the tracestate that they came with.
    for (const row of missing > 0 ? [] : withTraceState) {
      if (!this.#marker.merge(batch, row, markings[order[row] as number] as Marking)) unreadable++;
    }
    if (isFirst) watch.unreadableTraceState.add(unreadable);
    return batch;
  }

  /** Of the traces whose last spans these were, as far as nothing that came before is still on its way. */
  #decisions({tenant, slots, markings}: Shipment): JournalDecision[] {
    const decisions: JournalDecision[] = [];
    for (let at = 0; at < slots.length; ) {
      const marking = markings[at] as Marking;
      for (; markings[at] === marking; at++)
        marking.upTo = Math.max(marking.upTo, this.#parts.held.recordOf(slots[at] as number)?.seq ?? 0);
      marking.shipments--;
      if (marking.shipments > 0) continue;
      const {traceId, upTo, mark} = marking;
      if (!this.#open.close(tenant, marking) || upTo === 0) continue;
      decisions.push({traceId: new Uint8Array(traceId.slice().buffer), upTo, mark});
    }
    return decisions;
  }
}
