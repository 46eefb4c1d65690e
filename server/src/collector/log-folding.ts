/**
 * Folds log records that say the same into one with a count: what `logdedup` and `log_patterns` share. Records are gathered for an
 * interval and then handed on; those that wait are in the journal, so that an answered sender has lost nothing to a crash.
 */
import {hash} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import {errorMessage, PermanentError, RetryableError} from '../base/index.ts';
import {
  type ConsumeContext,
  type Consumer,
  copyBatch,
  emptyBatch,
  gatherRows,
  type Lent,
  type LogBatch,
} from '../model/index.ts';
import type {LogRecord, Processor, Settings} from '../pipeline/index.ts';
import {takes} from '../pipeline/index.ts';
import {AttributeEditor} from './attribute-editor.ts';
import {type FoldingJournal, openFoldingJournal} from './log-folding-journal.ts';

/** A group of records that say the same, and when the first and the last of them were seen (milliseconds since 1970). */
export interface Group {
  count: number;
  readonly first: number;
  last: number;
}

export interface FoldRules {
  /** How long records are gathered, in milliseconds. */
  readonly interval: number;
  /** So many groups at once; a group more hands on what there is before its time. */
  readonly maxGroups: number;
  /** So many tenants and values of metadata keys at once; 0: without a bound of its own. */
  readonly maxPartitions: number;
  readonly isDurable: boolean;
  readonly metadataKeys: readonly string[];
  /** Whether a record is folded; it passes where it is not. */
  isFolded(batch: LogBatch, row: number): boolean;
  /** Edits records before they are compared. */
  prepare(batch: LogBatch): void;
  /** What makes two records of a batch the same. */
  keys(batch: LogBatch): (row: number) => string;
  /** When a record was seen. */
  seen(batch: LogBatch, row: number, now: number): number;
  /** Tells the group in its first record. */
  finish(editor: AttributeEditor, batch: LogBatch, row: number, group: Group, now: number): void;
}

/** The groups of one tenant, and of the same values of metadata keys. */
interface Partition {
  readonly context: ConsumeContext;
  /** The first record of each group, in the order of `groups`. */
  readonly batch: LogBatch;
  readonly rows: Map<string, number>;
  readonly groups: Group[];
}

/** What has been gathered since the last time that it was handed on. */
interface Gathering {
  readonly partitions: Map<string, Partition>;
  readonly records: LogRecord[];
  groups: number;
}

const newGathering = (): Gathering => ({partitions: new Map(), records: [], groups: 0});
/** A gathering with more text than this is handed on before its time. */
const maxGatheredBytes = 64 << 20;
/** How often a component that has been taken out of the configuration tries to hand on what it has. */
const retiredTries = 5;

export function createFolding(settings: Settings, rules: FoldRules, next: Consumer): Processor {
  const {log, clock, meter, id} = settings;
  const sizes = meter
    .histogram(
      'otelcol_dedup_processor_aggregated_logs',
      'Number of log records that were aggregated over the span of the interval.',
      [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000],
    )
    .with({processor: id});
  const lost = meter
    .counter('weft_processor_folded_logs_lost', 'Groups of log records that could not be handed on.')
    .with({processor: id});
  let journal: FoldingJournal | undefined;
  let gathering = newGathering();
  let flushing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const ended = new AbortController();

  const fold = (batch: LogBatch, context: ConsumeContext): void => {
    const partition = partitionOf(gathering, context, rules.metadataKeys);
    const keyOf = rules.keys(batch);
    const now = clock.now();
    const fresh: number[] = [];
    for (let row = 0; row < batch.logs.count; row++) {
      const key = hash('sha256', keyOf(row), 'base64url');
      const seen = rules.seen(batch, row, now);
      const known = partition.rows.get(key);
      if (known === undefined) {
        partition.rows.set(key, partition.groups.length);
        partition.groups.push({count: 1, first: seen, last: seen});
        fresh.push(row);
      } else {
        const group = partition.groups[known] as Group;
        group.count++;
        if (seen > group.last) group.last = seen;
      }
    }
    gatherRows(partition.batch, batch as Lent<LogBatch>, fresh);
    gathering.groups += fresh.length;
  };

  const isFull = (): boolean =>
    gathering.groups >= rules.maxGroups ||
    [...gathering.partitions.values()].reduce((sum, {batch}) => sum + batch.heap.length, 0) > maxGatheredBytes;

  /** Hands on what was gathered until it is taken, or `tries` are over; then it stays in the journal, if it is there. */
  const handOn = async ({partitions, records}: Gathering, tries: number): Promise<void> => {
    const now = clock.now();
    let isDone = true;
    for (const {batch, groups, context} of partitions.values()) {
      const editor = new AttributeEditor(batch);
      for (const [row, group] of groups.entries()) {
        rules.finish(editor, batch, row, group, now);
        sizes.record(group.count);
      }
      if (!(await deliver(batch, context, tries))) isDone = false;
    }
    if (isDone) await journal?.confirm(records);
  };

  const deliver = async (batch: LogBatch, context: ConsumeContext, tries: number): Promise<boolean> => {
    for (let attempt = 1; ; attempt++) {
      try {
        // A consumer that takes the batch would leave none for another try.
        if (next.access === 'reads') await next.consume(batch as Lent<LogBatch>, context);
        else await next.consume(copyBatch(batch as Lent<LogBatch>), context);
        return true;
      } catch (error) {
        const isFinal = error instanceof PermanentError || !(error instanceof RetryableError);
        if (isFinal || attempt >= tries) {
          log.error({groups: batch.logs.count}, `folded records could not be handed on: ${errorMessage(error)}`);
          if (isFinal || !rules.isDurable || tries === retiredTries) lost.add(batch.logs.count);
          return isFinal;
        }
        const wait = Math.min((error as RetryableError).retryAfterMs, rules.interval);
        await sleep(wait, undefined, {signal: ended.signal}).catch(() => {}); // one more try at the end
      }
    }
  };

  const flush = (tries = Number.POSITIVE_INFINITY): Promise<void> => {
    if (flushing !== undefined) return flushing;
    if (gathering.partitions.size === 0) return Promise.resolve();
    const full = gathering;
    gathering = newGathering();
    flushing = handOn(full, tries)
      .catch((error) => log.error({}, errorMessage(error)))
      .finally(() => {
        flushing = undefined;
      });
    return flushing;
  };

  /** What cannot be handed on now stays in the journal for the next start, unless there is none for this component. */
  const stop = async (isRetired: boolean): Promise<void> => {
    clearInterval(timer);
    if (!isRetired) ended.abort();
    const waiting = gathering.records;
    await flush(isRetired ? retiredTries : 1);
    await flush(isRetired ? retiredTries : 1);
    if (isRetired) await journal?.confirm(waiting);
    await journal?.close();
  };

  return {
    consumer: takes<'logs'>(async (batch, context) => {
      const {folded, passing} = split(batch, rules);
      if (passing !== undefined) await next.consume(passing as never, context);
      if (folded === undefined) return;
      if (isFull()) {
        if (flushing !== undefined)
          throw new RetryableError('folding_full', 'too many different log records wait', 1000);
        void flush();
      }
      const own = contextOf(context, rules.metadataKeys);
      const id = partitionId(own, rules.metadataKeys);
      const {partitions} = gathering;
      if (rules.maxPartitions > 0 && partitions.size >= rules.maxPartitions && !partitions.has(id)) {
        throw new PermanentError(
          'metadata_cardinality',
          `more than ${rules.maxPartitions} combinations of metadata at once`,
        );
      }
      rules.prepare(folded);
      const record = await journal?.write(folded, own);
      fold(folded, own);
      if (record !== undefined) gathering.records.push(record);
    }),
    async start() {
      journal = await openFoldingJournal(settings.directory(), rules.isDurable);
      for await (const {batch, context, record} of journal.left()) {
        fold(batch, context);
        gathering.records.push(record);
      }
      timer = setInterval(() => void flush(), rules.interval);
    },
    stop: () => stop(false),
    retire: () => stop(true),
  };
}

/** The records that are folded, and those that pass; either is undefined where there are none. */
function split(batch: LogBatch, rules: FoldRules): {folded: LogBatch | undefined; passing: LogBatch | undefined} {
  const folded: number[] = [];
  const passing: number[] = [];
  for (let row = 0; row < batch.logs.count; row++) (rules.isFolded(batch, row) ? folded : passing).push(row);
  if (passing.length === 0) return {folded: batch, passing: undefined};
  if (folded.length === 0) return {folded: undefined, passing: batch};
  return {folded: gathered(batch, folded), passing: gathered(batch, passing)};
}

function gathered(batch: LogBatch, rows: readonly number[]): LogBatch {
  const target = emptyBatch('logs') as LogBatch;
  gatherRows(target, batch as Lent<LogBatch>, rows);
  return target;
}

/** Of the sender's metadata, what groups are kept apart by. */
function contextOf({tenant, metadata}: ConsumeContext, keys: readonly string[]): ConsumeContext {
  if (keys.length === 0 || metadata === undefined) return {tenant};
  return {tenant, metadata: new Map([...metadata].filter(([key]) => keys.includes(key)))};
}

const partitionId = ({tenant, metadata}: ConsumeContext, keys: readonly string[]): string =>
  JSON.stringify([tenant, ...keys.map((key) => metadata?.get(key) ?? 0)]);

function partitionOf({partitions}: Gathering, context: ConsumeContext, keys: readonly string[]): Partition {
  const id = partitionId(context, keys);
  let partition = partitions.get(id);
  if (partition === undefined) {
    partition = {context, batch: emptyBatch('logs') as LogBatch, rows: new Map(), groups: []};
    partitions.set(id, partition);
  }
  return partition;
}
