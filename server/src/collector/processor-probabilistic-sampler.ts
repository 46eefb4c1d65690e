/** Keeps a share of spans or log records, by chance that all samplers of a trace share. Decides as the Collector's does. */
import {type Counter, goFloat, isZero, utf8, utf8Bytes} from '../base/index.ts';
import {bool, integer, number, object, oneOf, optional, text, withDefault} from '../config/index.ts';
import {
  attributeGoText,
  findAttribute,
  type Lent,
  type LogBatch,
  retainItems,
  type SpanBatch,
  setAttribute,
  valueType,
} from '../model/index.ts';
import {edits, type Processor, type ProcessorFactory, type Settings} from '../pipeline/index.ts';
import {
  type Bits56,
  isBelow,
  keepAll,
  keepNone,
  minProbability,
  probabilityThreshold,
  randomnessText,
  readHex,
  readTraceState,
  TraceState,
  type TraceStateChange,
  thresholdText,
  traceIdRandomness,
  writeTraceState,
} from '../sampling/index.ts';
import {
  createDecide,
  type Decision,
  type DecisionFault,
  hashRandomness,
  isKept,
  newDecision,
} from './probabilistic-decision.ts';

const config = object(
  {
    mode: optional(
      oneOf('hash_seed', 'proportional', 'equalizing'),
      '`hash_seed` compares a hash of the trace id, `proportional` keeps the share of what arrives, `equalizing` brings ' +
        'everything down to the share; the default is `hash_seed`.',
    ),
    sampling_percentage: withDefault(
      number((value) => value >= 0, 'a number of at least 0'),
      0,
      '0',
      'The share in percent; 0 keeps nothing but what has a priority, 100 and more keep all.',
    ),
    hash_seed: withDefault(
      integer(0, 0xffff_ffff),
      0,
      '0',
      'The seed of the hash. Collectors of one tier must have the same.',
    ),
    fail_closed: withDefault(
      bool,
      true,
      'true',
      'Whether to drop items without randomness or with faulty sampling information.',
    ),
    sampling_precision: withDefault(
      integer(1, 14),
      4,
      '4',
      'Significant hexadecimal digits of the thresholds it writes.',
    ),
    attribute_source: withDefault(
      oneOf('traceID', 'record'),
      'traceID',
      'traceID',
      'Logs, mode `hash_seed`: whether the trace id comes before `from_attribute`.',
    ),
    from_attribute: withDefault(text, '', '', 'Logs, mode `hash_seed`: the attribute whose value is hashed.'),
    sampling_priority: withDefault(
      text,
      '',
      '',
      'Logs: the attribute that gives a record a percentage of its own; 0 drops it, 100 and more keep it.',
    ),
  },
  ({sampling_percentage}, node, report) => {
    const ratio = Math.fround(sampling_percentage) / 100;
    if (ratio > 0 && ratio < minProbability) {
      report.fault(node.at, `\`sampling_percentage\` is too small: ${sampling_percentage} is less than 2^-56`);
    }
  },
);
export type ProbabilisticSamplerConfig = ReturnType<typeof config.read>;

export const probabilisticSamplerProcessor: ProcessorFactory<ProbabilisticSamplerConfig> = {
  help: 'Keeps a share of spans or log records, consistently for each trace; says the probability in `ot=th`.',
  signals: ['traces', 'logs'],
  config,
  create(settings, wanted, next, signal): Processor {
    const mode = wanted.mode ?? 'hash_seed';
    const decide = createDecide({
      mode,
      percentage: wanted.sampling_percentage,
      failClosed: wanted.fail_closed,
      precision: wanted.sampling_precision,
    });
    const count = createCounts(settings, signal);
    const isHashing = mode === 'hash_seed';
    if (signal === 'traces') {
      const sampler = {decide, count, seed: wanted.hash_seed, isHashing};
      return {consumer: edits<'traces'>(next, (batch) => retainItems(batch, spanSampler(batch, sampler)))};
    }
    const records = {
      decide,
      count,
      seed: wanted.hash_seed,
      isHashing,
      byTraceId: wanted.attribute_source === 'traceID',
      attribute: wanted.from_attribute,
      attributeKey: utf8Bytes(wanted.from_attribute),
      priorityKey: wanted.sampling_priority === '' ? undefined : utf8Bytes(wanted.sampling_priority),
      precision: wanted.sampling_precision,
    };
    return {consumer: edits<'logs'>(next, (batch) => retainItems(batch, recordSampler(batch, records)))};
  },
};

type Count = (policy: string, isKept: boolean, fault: DecisionFault | undefined) => void;

function createCounts({meter, id}: Settings, signal: string): Count {
  const help = signal === 'traces' ? 'Spans that were sampled or not.' : 'Log records that were sampled or not.';
  const names = signal === 'traces' ? ['count_spans_processed_total', 'count_traces_sampled'] : ['count_logs_sampled'];
  const families = names.map((name) => meter.counter(`otelcol_processor_probabilistic_sampler_${name}`, help));
  const faults = meter.counter(
    'weft_processor_probabilistic_sampler_faults',
    'Items that the sampler could not decide about by their randomness, by reason.',
  );
  const known = new Map<string, readonly [yes: readonly Counter[], no: readonly Counter[]]>();
  return (policy, kept, fault) => {
    let counters = known.get(policy);
    if (counters === undefined) {
      const of = (sampled: string): Counter[] => families.map((each) => each.with({processor: id, policy, sampled}));
      known.set(policy, (counters = [of('true'), of('false')]));
    }
    for (const counter of counters[kept ? 0 : 1]) counter.add(1);
    if (fault !== undefined) faults.with({processor: id, reason: fault}).add(1);
  };
}

interface Sampler {
  readonly decide: ReturnType<typeof createDecide>;
  readonly count: Count;
  readonly seed: number;
  readonly isHashing: boolean;
}

const samplingPriority = utf8Bytes('sampling.priority');

function spanSampler(batch: SpanBatch, {decide, count, seed, isHashing}: Sampler): (row: number) => boolean {
  const {traceId, traceState} = batch.spans.columns;
  const said = new TraceState();
  const decision = newDecision();
  /** Most tracestates were empty, and are given the same text. */
  let lastThreshold: Bits56 | undefined;
  let [lastStart, lastLength] = [0, 0];
  return (row) => {
    readTraceState(batch.heap.bytes, traceState.start(row), traceState.size(row), said);
    const wasEmpty = traceState.isEmpty(row);
    const at = row * 16;
    const hasId = !isZero(traceId.bytes, at, 16);
    let policy = 'missing_randomness';
    let randomness: Bits56 | undefined;
    if (isHashing) {
      if (hasId) {
        policy = 'trace_id_hash';
        randomness = hashRandomness(seed, traceId.bytes, at, 16);
      }
    } else if (said.hasRandomness) {
      policy = 'sampling_randomness';
      randomness = {high: said.randomness.high, low: said.randomness.low};
    } else if (hasId) {
      policy = 'trace_id_w3c';
      randomness = traceIdRandomness(traceId.bytes, at);
    }
    decide(said, randomness, decision);
    const priority = spanPriority(batch, row);
    if (priority !== undefined) {
      policy = 'sampling_priority';
      decision.threshold = priority ? keepAll : keepNone;
    }
    const kept = isKept(decision);
    count(policy, kept, decision.fault);
    if (!kept || !decision.isWritable) return kept;
    if (wasEmpty && !isHashing && decision.threshold === lastThreshold) traceState.setPair(row, lastStart, lastLength);
    else {
      const change = changeOf(said, decision, isHashing && decision.randomness === randomness ? randomness : undefined);
      if (change !== undefined) writeTraceState(batch, row, change);
      if (wasEmpty)
        [lastThreshold, lastStart, lastLength] = [decision.threshold, traceState.start(row), traceState.size(row)];
    }
    return true;
  };
}

/** A probability never rises: a threshold below the one that came is not written. */
function changeOf(
  said: TraceState,
  {threshold, fault}: Decision,
  rv: Bits56 | undefined,
): TraceStateChange | undefined {
  const isLower = said.hasThreshold && isBelow(threshold, said.threshold);
  const change: TraceStateChange = {
    ...(isLower ? {} : {threshold: thresholdText(threshold)}),
    ...(rv === undefined || fault !== undefined ? {} : {randomness: randomnessText(rv)}),
  };
  return 'threshold' in change || 'randomness' in change ? change : undefined;
}

/** OpenTracing's `sampling.priority`: above 0 the span must be kept, at 0 it must not; anything else says nothing. */
function spanPriority(batch: Lent<SpanBatch>, row: number): boolean | undefined {
  const {attributes} = batch.spans.columns;
  const at = findAttribute(batch, attributes, row, samplingPriority);
  if (at < 0) return undefined;
  const {type, value} = batch.attributes.columns;
  let priority: number | undefined;
  if (type.get(at) === valueType.int) priority = Number(value.getSigned(at));
  else if (type.get(at) === valueType.double) priority = value.getDouble(at);
  else if (type.get(at) === valueType.string) priority = goFloat(attributeGoText(batch, at));
  return priority === 0 ? false : priority !== undefined && priority > 0 ? true : undefined;
}

interface RecordSampler extends Sampler {
  readonly byTraceId: boolean;
  readonly attribute: string;
  readonly attributeKey: Uint8Array;
  readonly priorityKey: Uint8Array | undefined;
  readonly precision: number;
}

const thresholdKey = utf8Bytes('sampling.threshold');
const randomnessKey = utf8Bytes('sampling.randomness');

function recordSampler(batch: LogBatch, sampler: RecordSampler): (row: number) => boolean {
  const {traceId, attributes} = batch.logs.columns;
  const {decide, count, seed, isHashing} = sampler;
  const said = new TraceState();
  const decision = newDecision();
  return (row) => {
    readRecord(batch, row, said);
    const at = row * 16;
    const hasId = !isZero(traceId.bytes, at, 16);
    let policy = 'missing_randomness';
    let randomness: Bits56 | undefined;
    if (isHashing) {
      if (hasId && sampler.byTraceId) {
        policy = 'trace_id_hash';
        randomness = hashRandomness(seed, traceId.bytes, at, 16);
      } else if (sampler.attribute !== '') {
        randomness = attributeRandomness(batch, row, sampler);
        if (randomness !== undefined) policy = sampler.attribute;
      }
    } else if (said.hasRandomness) {
      policy = 'sampling_randomness';
      randomness = {high: said.randomness.high, low: said.randomness.low};
    } else if (hasId) {
      policy = 'trace_id_w3c';
      randomness = traceIdRandomness(traceId.bytes, at);
    }
    decide(said, randomness, decision);
    const priority = recordPriority(batch, row, sampler);
    if (priority !== undefined) {
      policy = 'sampling_priority';
      decision.threshold = priority;
    }
    const kept = isKept(decision);
    count(policy, kept, decision.fault);
    if (!kept || !decision.isWritable) return kept;
    const change = changeOf(said, decision, isHashing && decision.randomness === randomness ? randomness : undefined);
    const {threshold, randomness: rv} = change ?? {};
    if (threshold !== undefined) {
      setAttribute(batch, attributes, row, 'sampling.threshold', {type: 'string', value: threshold});
    }
    if (rv !== undefined) setAttribute(batch, attributes, row, 'sampling.randomness', {type: 'string', value: rv});
    return true;
  };
}

function readRecord(batch: Lent<LogBatch>, row: number, into: TraceState): void {
  into.fault = undefined;
  into.hasThreshold = readText(batch, row, thresholdKey, 1, into.threshold, into);
  into.hasRandomness = readText(batch, row, randomnessKey, 14, into.randomness, into);
}

function readText(
  batch: Lent<LogBatch>,
  row: number,
  key: Uint8Array,
  least: number,
  into: {high: number; low: number},
  said: TraceState,
): boolean {
  const at = findAttribute(batch, batch.logs.columns.attributes, row, key);
  const {type, value} = batch.attributes.columns;
  if (at < 0 || type.get(at) !== valueType.string) return false;
  const start = value.words[2 * at] as number;
  const length = value.words[2 * at + 1] as number;
  if (length === 0) return false;
  const isRead = readHex(batch.heap.bytes, start, start + length, least, into);
  if (!isRead) said.fault = `${utf8(key)} is not hexadecimal`;
  return isRead;
}

function attributeRandomness(
  batch: Lent<LogBatch>,
  row: number,
  {attributeKey, seed}: RecordSampler,
): Bits56 | undefined {
  const at = findAttribute(batch, batch.logs.columns.attributes, row, attributeKey);
  if (at < 0) return undefined;
  const {type, value} = batch.attributes.columns;
  const kind = type.get(at);
  if (kind === valueType.string || kind === valueType.bytes) {
    const length = value.words[2 * at + 1] as number;
    return length === 0 ? undefined : hashRandomness(seed, batch.heap.bytes, value.words[2 * at], length);
  }
  const bytes = utf8Bytes(attributeGoText(batch, at));
  return bytes.length === 0 ? undefined : hashRandomness(seed, bytes);
}

/** The threshold that the record asks for itself, `keepNone` where it asks to be dropped. */
function recordPriority(
  batch: Lent<LogBatch>,
  row: number,
  {priorityKey, precision}: RecordSampler,
): Bits56 | undefined {
  if (priorityKey === undefined) return undefined;
  const at = findAttribute(batch, batch.logs.columns.attributes, row, priorityKey);
  if (at < 0) return undefined;
  const {type, value} = batch.attributes.columns;
  let percent: number;
  if (type.get(at) === valueType.int) percent = Number(value.getSigned(at));
  else if (type.get(at) === valueType.double) percent = value.getDouble(at);
  else return undefined;
  if (percent === 0) return keepNone;
  return percent > 0 ? probabilityThreshold(percent / 100, precision) : undefined;
}
