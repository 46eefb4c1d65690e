/**
 * The tail sampler: holds spans until their trace is due, judges the trace, and hands on those that are kept. Senders are answered
 * when their spans are held, with a journal when they are on disk (docs/decisions/0067-tail-sampling.md).
 */
import {giveBytes, type Log, RetryableError, type TenantId, takeBytes} from '../base/index.ts';
import type {ConsumeContext, Consumer, SpanBatch} from '../model/index.ts';
import {encodedSize, otlp} from '../wire/index.ts';
import {judgeArrivals} from './arrivals.ts';
import {assemble} from './assemble.ts';
import {DecidedTraces, Remembered} from './decided.ts';
import {type HeldRecord, HeldSpans, noSlot} from './held-spans.ts';
import type {Journal, JournalDecision} from './journal.ts';
import {Judge, type NamedPolicy} from './judge.ts';
import {RowJudge} from './judge-rows.ts';
import {LateSpans} from './late-spans.ts';
import {SpanHead} from './request-index.ts';
import {type Shipment, Shipper} from './shipper.ts';
import {type Tenant, Tenants} from './tenants.ts';
import {keyWords, noRow, TraceTable, waiting} from './trace-table.ts';
import {type Mark, notKept} from './verdict.ts';
import type {EarlyReason, TailWatch} from './watch.ts';
import {readId, wordsOf} from './words.ts';

export interface TailOptions {
  readonly decisionWaitMs: number;
  /** From the root's arrival; 0: it does not matter. */
  readonly rootWaitMs: number;
  readonly numTraces: number;
  readonly maximumBytes: number;
  /** Of one trace; 0: none. */
  readonly maximumTraceBytes: number;
  /** A trace of so many spans is decided at once: it never ends, or is none. What follows is late. */
  readonly maximumTraceSpans: number;
  /** Refuse what has no room, instead of deciding the oldest traces early. */
  readonly refuseOverflow: boolean;
  readonly firstMatch: boolean;
  /** Judge traces by each request as it comes; those that no request decides are not kept when they are due. */
  readonly atIngest: boolean;
  readonly keptCapacity: number;
  readonly notKeptCapacity: number;
  /** Ask the policies again where a late span tells of an error. */
  readonly overturns: boolean;
  /** What becomes at the end of traces that wait. */
  readonly atEnd: 'keep' | 'decide' | 'drop';
}

export interface TailParts {
  readonly policies: readonly NamedPolicy[];
  readonly next: Consumer;
  readonly watch: TailWatch;
  readonly log: Log;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

/** Traces are judged together up to about this many spans, so that nothing else waits long. */
const roundSpans = 4096;
const roundTraces = 256;

export class TailSampler {
  readonly #options: TailOptions;
  readonly #parts: TailParts;
  readonly #judge: Judge;
  readonly #rowJudge: RowJudge;
  readonly #lateSpans: LateSpans;
  readonly #held: HeldSpans;
  readonly #table = new TraceTable();
  readonly #decided: DecidedTraces;
  readonly #tenants = new Tenants();
  readonly #shipper: Shipper;
  #journal: Journal | undefined;
  #isDurable = false;
  /** Marks of the rows whose spans came late and wait for the next tick. */
  readonly #late = new Map<number, Mark>();
  /** Bytes of requests on their way to the disk. */
  #arriving = 0;
  #ticking: Promise<void> | undefined;
  #isReplaying = false;
  #isStopping = false;
  /** How many there were. */
  #decisions = 0;
  readonly #found = new Remembered();
  readonly #head = new SpanHead();

  constructor(options: TailOptions, parts: TailParts) {
    this.#options = options;
    this.#parts = parts;
    this.#held = new HeldSpans(
      Math.min(4 << 20, Math.max(1 << 16, 2 ** Math.floor(Math.log2(options.maximumBytes / 64)))),
    );
    this.#decided = new DecidedTraces(options.keptCapacity, options.notKeptCapacity);
    const judge = new Judge(parts.policies, options.firstMatch, parts.watch.judge, options.atIngest);
    this.#judge = judge;
    this.#rowJudge = new RowJudge(this.#held, this.#table, judge);
    this.#lateSpans = new LateSpans({
      table: this.#table,
      decided: this.#decided,
      tenants: this.#tenants,
      judge,
      watch: parts.watch,
      now: parts.now,
      overturns: options.overturns,
      findsNew: options.refuseOverflow,
    });
    this.#shipper = new Shipper({
      held: this.#held,
      next: parts.next,
      watch: parts.watch,
      log: parts.log,
      onDelivered: (tenant, decisions) => this.#journal?.decisions(tenant, decisions),
    });
    parts.watch.traces.observe(() => this.#table.count);
    parts.watch.heldBytes.observe(() => this.bytes);
    parts.watch.journalBytes.observe(() => this.#journal?.bytes ?? 0);
    parts.watch.maximumBytes.set(options.maximumBytes);
  }

  /** Spans that wait. */
  get held(): number {
    return this.#held.count;
  }

  /** The memory of everything that waits. */
  get bytes(): number {
    return this.#held.bytes + this.#table.memory + this.#arriving + this.#shipper.bytes;
  }

  /** Takes up what an earlier process left. With `isDurable`, requests are written to the journal from now on. */
  async start(journal: Journal, isDurable: boolean): Promise<void> {
    this.#journal = journal;
    this.#isReplaying = true;
    let spans = 0;
    for await (const entry of journal.left()) {
      const tenant = this.#tenants.of(entry.tenant);
      if (entry.kind === 'request') {
        const before = this.#held.count;
        this.#hold(tenant, entry.request, entry.record);
        spans += this.#held.count - before;
      } else for (const each of entry.decisions) this.#replay(tenant, each);
    }
    this.#isReplaying = false;
    this.#isDurable = isDurable;
    if (this.#options.atIngest) this.#judgeLeft();
    if (spans > 0)
      this.#parts.log.info({spans, traces: this.#table.count}, 'traces that waited for a decision are back');
  }

  /** Takes the batch. Resolves when its spans are held; rejects with RetryableError where there is no room for them. */
  async consume(batch: SpanBatch, context: ConsumeContext): Promise<void> {
    if (this.#isStopping) throw new RetryableError('stopping', 'the tail sampler is stopping');
    const rest = this.#lateSpans.sift(batch, context);
    const decisions = this.#decisions;
    const spans = rest.spans.count;
    if (spans === 0) return;
    const room = takeBytes(encodedSize(rest));
    try {
      const request = otlp.traces.encodeProto(rest, room);
      await this.#makeRoom(request.length, spans);
      const record = this.#isDurable ? await this.#write(context.tenant, request, spans) : undefined;
      // What was decided meanwhile may be overturned as if the spans had come after it.
      if (this.#decisions !== decisions) this.#lateSpans.rows(rest, context.tenant);
      const tenant = this.#tenants.of(context.tenant);
      this.#hold(tenant, request, record);
      if (this.#options.atIngest) this.#judgeArrivals(rest, tenant);
    } finally {
      giveBytes(room);
    }
  }

  async #write(tenant: TenantId, request: Uint8Array, spans: number): Promise<HeldRecord | undefined> {
    this.#arriving += request.length;
    try {
      return await this.#journal?.request(tenant, request, spans);
    } finally {
      this.#arriving -= request.length;
    }
  }

  /** Judges the traces that are due and sends what is kept on its way. */
  tick(): Promise<void> {
    this.#ticking ??= this.#tick().finally(() => (this.#ticking = undefined));
    return this.#ticking;
  }

  async #tick(): Promise<void> {
    const {now, watch, log} = this.#parts;
    const begin = performance.now();
    this.#shipLate();
    await this.#judgeInRounds(this.#due(now()));
    this.#shipper.flush();
    watch.timer.record(performance.now() - begin);
    const error = watch.takeError();
    if (error !== undefined) log.warn({error}, 'a sampling policy could not be evaluated');
  }

  /** Resolves when nothing is under way to those behind, or they refuse. For tests. */
  async delivered(): Promise<void> {
    while (this.#shipper.isBusy && !this.#shipper.isFailing) await this.#shipper.nextChange();
  }

  /** Resolves when the journal has written what it was told. For tests. */
  settled(): Promise<void> {
    return this.#journal?.settled() ?? Promise.resolve();
  }

  /** Idempotence is the graph's. Everything that came is handed on, written down or counted when it resolves. */
  async stop(atEnd = this.#options.atEnd): Promise<void> {
    this.#isStopping = true;
    await this.#ticking;
    this.#shipLate();
    const waitingRows = this.#rows(() => true);
    if (atEnd === 'decide') await this.#judgeInRounds(waitingRows);
    else if (atEnd === 'drop') {
      for (const [row] of waitingRows) {
        this.#parts.watch.lost('shutdown', this.#table.spans[row] as number);
        this.#forget(row);
      }
    }
    const undelivered = await this.#shipper.stop();
    if (this.#journal === undefined) return this.#shipper.lose(undelivered);
    const spans = undelivered.reduce((sum, {slots}) => sum + slots.length, 0);
    if (spans > 0) this.#parts.log.warn({spans}, 'kept traces that nobody takes now wait on disk for the next start');
    if (!this.#isDurable) await this.#writeDown(undelivered);
    await this.#journal.close();
  }

  // ── In ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #makeRoom(bytes: number, spans: number): Promise<void> {
    const {maximumBytes, refuseOverflow, numTraces} = this.#options;
    const refuse = (message: string): never => {
      this.#parts.watch.refused('tail_sampling_full', spans);
      throw new RetryableError('tail_sampling_full', message, 1000);
    };
    if (refuseOverflow && this.#lateSpans.hasNew && this.#table.count >= numTraces)
      refuse(`${numTraces} traces wait for their decision`);
    while (this.bytes + this.#held.growth(bytes) > maximumBytes) {
      const full = `the spans that wait for a decision take ${maximumBytes} bytes`;
      if (refuseOverflow || this.#shipper.isFailing) refuse(full);
      const waits = this.#table.count - this.#late.size;
      if (waits > 0) this.#decideOldest(Math.ceil(waits / 16), 'maximum_bytes');
      this.#shipLate();
      this.#shipper.flush();
      if (this.bytes + this.#held.growth(bytes) <= maximumBytes) return;
      if (this.#shipper.isBusy) await this.#shipper.nextChange();
      else if (waits === 0) return; // nothing else is held: one request has room whatever its size
    }
  }

  #hold(tenant: Tenant, request: Uint8Array, record: HeldRecord | undefined): void {
    this.#held.hold(request, record, (slot, bytes, start, end) => this.#link(tenant, slot, bytes, start, end));
  }

  /** Adds a held span to its trace. */
  #link(tenant: Tenant, slot: number, bytes: Uint8Array, start: number, end: number): void {
    const table = this.#table;
    const head = this.#head;
    const {now, watch} = this.#parts;
    head.read(bytes, start, end);
    const {key} = table;
    if (head.traceId < 0) {
      watch.lost('unreadable', 1);
      return this.#held.release(slot);
    }
    key[0] = tenant.number;
    readId(bytes, head.traceId, key);
    const time = now();
    let row = table.find();
    if (row === noRow) {
      row = this.#begin(tenant, time);
      if (row === noRow) return this.#held.release(slot);
    } else if (table.state[row] === waiting.delivery) watch.releasedLate.kept.add(1);
    if (table.first[row] === noSlot) table.first[row] = slot;
    else this.#held.next[table.last[row] as number] = slot;
    table.last[row] = slot;
    table.spans[row] = (table.spans[row] as number) + 1;
    table.bytes[row] = (table.bytes[row] as number) + end - start;
    if (table.state[row] === waiting.delivery) return;
    const {rootWaitMs, maximumTraceBytes} = this.#options;
    if (rootWaitMs > 0 && !head.hasParent) table.due[row] = Math.min(table.due[row] as number, time + rootWaitMs);
    if (maximumTraceBytes > 0 && (table.bytes[row] as number) > maximumTraceBytes) {
      watch.tooLarge.add(1);
      this.#settle(row, notKept, time);
    } else if ((table.spans[row] as number) >= this.#options.maximumTraceSpans && !this.#isReplaying) {
      watch.decidedEarly('trace_spans', 1);
      this.#judgeRows(tenant, [row]);
    }
  }

  /** The row of a trace, whose key is in the table's, that does not wait yet; `noRow` where it was decided not to be kept. */
  #begin(tenant: Tenant, time: number): number {
    const {watch} = this.#parts;
    const table = this.#table;
    this.#decided.find(table.key, this.#found);
    const mark = this.#isOverturned(this.#found.mark) ? undefined : this.#found.mark;
    if (mark !== undefined && !mark.kept) {
      watch.releasedLate.not.add(1);
      return noRow;
    }
    if (mark !== undefined) {
      watch.lateAge.record((time - this.#found.at) / 1000);
      watch.releasedLate.kept.add(1);
    } else if (!this.#isReplaying && table.count - this.#late.size >= this.#options.numTraces) {
      // Many at once: each round decodes for itself.
      const key = table.key.slice();
      this.#decideOldest(Math.ceil(this.#options.numTraces / 64), 'num_traces');
      table.key.set(key);
    }
    tenant.traces++;
    const row = table.add(
      time,
      time + this.#options.decisionWaitMs,
      mark === undefined ? waiting.decision : waiting.delivery,
    );
    if (mark !== undefined) this.#late.set(row, mark);
    else watch.newTraces.add(1);
    return row;
  }

  /** An earlier process wrote late spans of a trace down although it had not kept it: for an error. They are judged again. */
  #isOverturned(mark: Mark | undefined): boolean {
    return this.#isReplaying && this.#options.overturns && mark?.kept === false && !mark.dropped;
  }

  // ── Decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Rows that wait for a decision and for which `test` holds, oldest first, each with its generation. */
  #rows(
    test: (row: number) => boolean,
    most = Number.POSITIVE_INFINITY,
  ): (readonly [row: number, generation: number])[] {
    const table = this.#table;
    const rows: (readonly [number, number])[] = [];
    for (let row = table.oldest; row !== noRow && rows.length < most; row = table.newer(row)) {
      if (table.state[row] === waiting.decision && test(row)) rows.push([row, table.generation[row] as number]);
    }
    return rows;
  }

  #due(time: number): (readonly [row: number, generation: number])[] {
    const {due} = this.#table;
    if (this.#options.rootWaitMs > 0) return this.#rows((row) => (due[row] as number) <= time);
    // All wait equally long, so the first that is not due ends it.
    let isOver = false;
    const rows = [];
    for (let row = this.#table.oldest; row !== noRow && !isOver; row = this.#table.newer(row)) {
      if (this.#table.state[row] !== waiting.decision) continue;
      isOver = (due[row] as number) > time;
      if (!isOver) rows.push([row, this.#table.generation[row] as number] as const);
    }
    return rows;
  }

  #decideOldest(count: number, reason: EarlyReason): void {
    const rows = this.#rows(() => true, count);
    this.#parts.watch.decidedEarly(reason, rows.length);
    this.#parts.watch.droppedTooEarly.add(rows.length);
    for (let from = 0; from < rows.length; ) from = this.#judgeSome(rows, from);
  }

  /** Between two rounds others have their turn. */
  async #judgeInRounds(rows: readonly (readonly [row: number, generation: number])[]): Promise<void> {
    for (let from = 0; from < rows.length; ) {
      from = this.#judgeSome(rows, from);
      this.#shipper.flush();
      if (from < rows.length) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Judges rows of one tenant from `from` on, as many as make a round; returns where the next round begins. */
  #judgeSome(rows: readonly (readonly [row: number, generation: number])[], from: number): number {
    const table = this.#table;
    const chosen: number[] = [];
    let spans = 0;
    let tenant = -1;
    let at = from;
    for (; at < rows.length; at++) {
      const [row, generation] = rows[at] as readonly [number, number];
      // Decided meanwhile.
      if (table.generation[row] !== generation) continue;
      const of = table.keys[row * keyWords] as number;
      if (chosen.length > 0 && (of !== tenant || spans + (table.spans[row] as number) > roundSpans)) break;
      tenant = of;
      spans += table.spans[row] as number;
      chosen.push(row);
    }
    if (chosen.length > 0) this.#judgeRows(this.#tenants.numbered(tenant), chosen);
    return at;
  }

  #judgeRows(tenant: Tenant, rows: readonly number[]): void {
    const time = this.#parts.now();
    const marks = this.#options.atIngest ? rows.map(() => notKept) : this.#rowJudge.judge(rows, tenant.id, time);
    const left: JournalDecision[] = [];
    for (const [trace, row] of rows.entries()) {
      const mark = marks[trace] as Mark;
      this.#parts.watch.decided(mark);
      if (!mark.kept && this.#journal !== undefined) left.push(this.#journalled(row, mark));
      this.#settle(row, mark, time, true);
    }
    this.#journal?.decisions(tenant.id, left);
  }

  /** Settles the traces of a batch that it decides. */
  #judgeArrivals(batch: SpanBatch, tenant: Tenant): void {
    const table = this.#table;
    const time = this.#parts.now();
    const rowOf = (id: Uint32Array): number => {
      table.key[0] = tenant.number;
      table.key.set(id, 1);
      const row = table.find();
      return row !== noRow && table.state[row] === waiting.decision ? row : noRow;
    };
    for (const {id, mark} of judgeArrivals(this.#judge, batch, tenant.id, time, (id) => rowOf(id) !== noRow)) {
      if (!mark.kept && !mark.dropped) continue;
      this.#parts.watch.decided(mark);
      this.#settle(rowOf(id), mark, time);
    }
  }

  /** What an earlier process decided and did not hand on any more it decides again, by all that it left of a trace. */
  #judgeLeft(): void {
    const {keys} = this.#table;
    const time = this.#parts.now();
    const rows = this.#rows(() => true).map(([row]) => row);
    for (const [number, own] of Map.groupBy(rows, (row) => keys[row * keyWords] as number)) {
      const tenant = this.#tenants.numbered(number);
      for (let from = 0; from < own.length; from += roundTraces) {
        const some = own.slice(from, from + roundTraces);
        for (const [trace, mark] of this.#rowJudge.judge(some, tenant.id, time).entries()) {
          if (!mark.kept && !mark.dropped) continue;
          this.#parts.watch.decided(mark);
          this.#settle(some[trace] as number, mark, time);
        }
      }
    }
  }

  /** Remembers the decision; the spans are handed on or forgotten, and the row is free. */
  #settle(row: number, mark: Mark, time: number, isWritten = false): void {
    const table = this.#table;
    const key = table.keys.slice(row * keyWords, (row + 1) * keyWords);
    this.#decided.set(key, mark, time);
    this.#decisions++;
    this.#parts.watch.removalAge.record((time - (table.arrived[row] as number)) / 1000);
    if (mark.kept) return this.#ship(row, mark, false);
    if (!isWritten && this.#journal !== undefined) {
      const tenant = this.#tenants.numbered(key[0] as number);
      this.#journal.decisions(tenant.id, [this.#journalled(row, mark)]);
    }
    this.#forget(row);
  }

  #journalled(row: number, mark: Mark): JournalDecision {
    const table = this.#table;
    const key = table.keys.slice(row * keyWords + 1, (row + 1) * keyWords);
    let upTo = 0;
    for (let slot = table.first[row] as number; slot !== noSlot; slot = this.#held.next[slot] as number) {
      upTo = Math.max(upTo, this.#held.recordOf(slot)?.seq ?? 0);
    }
    return {traceId: new Uint8Array(key.buffer), upTo, mark};
  }

  /** A decision of an earlier process: the spans of the trace up to there were dealt with. */
  #replay(tenant: Tenant, {traceId, upTo, mark}: JournalDecision): void {
    const table = this.#table;
    table.key[0] = tenant.number;
    table.key.set(wordsOf(traceId.slice()), 1);
    this.#decided.set(table.key, mark, this.#parts.now());
    const row = table.find();
    if (row === noRow) return;
    const kept: number[] = [];
    for (let slot = table.first[row] as number; slot !== noSlot; ) {
      const next = this.#held.next[slot] as number;
      if ((this.#held.recordOf(slot)?.seq ?? 0) > upTo) kept.push(slot);
      else this.#held.release(slot);
      slot = next;
    }
    table.first[row] = noSlot;
    this.#forget(row);
    for (const slot of kept) {
      this.#held.next[slot] = noSlot;
      const bytes = this.#held.bytesOf(this.#held.originOf(slot));
      this.#link(tenant, slot, bytes, this.#held.startOf(slot), this.#held.endOf(slot));
    }
  }

  // ── Out ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #shipLate(): void {
    for (const [row, mark] of this.#late) this.#ship(row, mark, true);
  }

  /** The spans of the row are the shipper's from here on, and the row is free. */
  #ship(row: number, mark: Mark, isLate: boolean): void {
    const table = this.#table;
    const key = table.keys.slice(row * keyWords, (row + 1) * keyWords);
    const slots: number[] = [];
    for (let slot = table.first[row] as number; slot !== noSlot; slot = this.#held.next[slot] as number)
      slots.push(slot);
    this.#shipper.add(this.#tenants.numbered(key[0] as number).id, slots, {mark, isLate, traceId: key.subarray(1)});
    table.first[row] = noSlot;
    this.#forget(row);
  }

  /** Releases the spans that the row has, and the row. */
  #forget(row: number): void {
    const table = this.#table;
    for (let slot = table.first[row] as number; slot !== noSlot; ) {
      const next = this.#held.next[slot] as number;
      this.#held.release(slot);
      slot = next;
    }
    this.#tenants.numbered(table.keys[row * keyWords] as number).traces--;
    this.#late.delete(row);
    table.remove(row);
  }

  /** Everything that waits and is in no record yet, for the next process. */
  async #writeDown(undelivered: readonly Shipment[]): Promise<void> {
    const byTenant = new Map<TenantId, number[]>();
    const add = (tenant: TenantId, slot: number): void => {
      if (this.#held.recordOf(slot) !== undefined) return;
      const known = byTenant.get(tenant);
      if (known === undefined) byTenant.set(tenant, [slot]);
      else known.push(slot);
    };
    for (const {tenant, slots} of undelivered) for (const slot of slots) add(tenant, slot);
    const table = this.#table;
    for (let row = table.oldest; row !== noRow; row = table.newer(row)) {
      const tenant = this.#tenants.numbered(table.keys[row * keyWords] as number).id;
      for (let slot = table.first[row] as number; slot !== noSlot; slot = this.#held.next[slot] as number)
        add(tenant, slot);
    }
    for (const [tenant, slots] of byTenant) {
      for (let from = 0; from < slots.length; from += roundSpans) {
        const some = Int32Array.from(slots.slice(from, from + roundSpans));
        const {request} = assemble(this.#held, some, some.length, (length) => new Uint8Array(length));
        await this.#journal?.request(tenant, request, some.length);
      }
    }
  }
}
