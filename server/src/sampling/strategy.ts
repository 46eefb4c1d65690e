/**
 * The sampling strategy of a service: Jaeger's `api_v2.SamplingStrategyResponse` (jaeger-idl, `api_v2/sampling.proto`)
 * as JSON, as Jaeger's clients and the OpenTelemetry samplers made for them read it, and as protobuf.
 */
import {utf8} from '../base/index.ts';
import {ProtoReader, ProtoWriter} from '../model/index.ts';

export interface Strategy {
  /** For clients that do not know operations; those that do use `operations` where it is there. */
  readonly base: BaseStrategy;
  readonly operations?: OperationStrategies;
}
export type BaseStrategy =
  | {readonly kind: 'probabilistic'; readonly probability: number}
  | {readonly kind: 'rate_limit'; readonly perSecond: number};

export interface OperationStrategies {
  /** The probability of operations that are not listed. */
  readonly probability: number;
  /** Each operation is kept this often a second, whatever its probability; 0 for none. */
  readonly lowerBound: number;
  readonly list: readonly {readonly operation: string; readonly probability: number}[];
}

export const probabilistic = (probability: number): Strategy => ({base: {kind: 'probabilistic', probability}});

/** The listed probabilities, by operation. */
export const probabilitiesOf = ({operations}: Strategy): ReadonlyMap<string, number> =>
  new Map(operations?.list.map(({operation, probability}) => [operation, probability]));

/** Of an operation, or what those have that are not listed; 1 where a rate is limited instead. `listed` is `probabilitiesOf`. */
export function probabilityFor(
  {base, operations}: Strategy,
  listed: ReadonlyMap<string, number>,
  operation: string,
): number {
  const unlisted = operations?.probability ?? (base.kind === 'probabilistic' ? base.probability : 1);
  return listed.get(operation) ?? unlisted;
}

/**
 * JSON as Jaeger's `/sampling` answers it: enums by name, zeros written out. With `numericEnums` as its agent answered at
 * `/`, for clients made by Thrift 0.9.2.
 */
export function strategyJson({base, operations}: Strategy, numericEnums = false): string {
  const limited = base.kind === 'rate_limit';
  return JSON.stringify({
    strategyType: numericEnums ? Number(limited) : limited ? 'RATE_LIMITING' : 'PROBABILISTIC',
    ...(limited
      ? {rateLimitingSampling: {maxTracesPerSecond: base.perSecond}}
      : {probabilisticSampling: {samplingRate: base.probability}}),
    ...(operations && {
      operationSampling: {
        defaultSamplingProbability: operations.probability,
        defaultLowerBoundTracesPerSecond: operations.lowerBound,
        perOperationStrategies: operations.list.map(({operation, probability}) => ({
          operation,
          probabilisticSampling: {samplingRate: probability},
        })),
      },
    }),
  });
}

/** The encoded SamplingStrategyResponse. */
export function encodeStrategy({base, operations}: Strategy): Uint8Array {
  const writer = new ProtoWriter();
  // A number of 0 is protobuf's default and not written.
  const double = (field: number, value: number): void => {
    if (value !== 0) writer.doubleField(field, value);
  };
  if (operations !== undefined) {
    writer.messageField(4, () => {
      for (const {operation, probability} of operations.list.toReversed()) {
        writer.messageField(3, () => {
          writer.messageField(2, () => double(1, probability));
          writer.textField(1, operation);
        });
      }
      double(2, operations.lowerBound);
      double(1, operations.probability);
    });
  }
  if (base.kind === 'rate_limit') {
    writer.messageField(3, () => {
      if (base.perSecond !== 0) writer.numberField(1, base.perSecond);
    });
    writer.numberField(1, 1);
  } else writer.messageField(2, () => double(1, base.probability));
  return writer.finish();
}

/** The strategy of an encoded SamplingStrategyResponse; throws MalformedError where the bytes are none. */
export function decodeStrategy(bytes: Uint8Array): Strategy {
  const reader = new ProtoReader(bytes);
  let isLimited = false;
  let probability = 0;
  let perSecond = 0;
  let operations: OperationStrategies | undefined;
  const each = (from: number, to: number, field: (tag: number, from: number, to: number) => void): void => {
    for (let at = from; at < to; ) {
      at = reader.next(at, to);
      field(reader.tag, reader.from, at);
    }
  };
  /** `samplingRate` of a ProbabilisticSamplingStrategy. */
  const rate = (from: number, to: number): number => {
    let found = 0;
    each(from, to, (tag, start) => {
      if (tag === 0x09) found = reader.view.getFloat64(start, true);
    });
    return found;
  };
  each(0, bytes.length, (tag, from, to) => {
    if (tag === 0x08) isLimited = reader.low === 1;
    else if (tag === 0x12) probability = rate(from, to);
    else if (tag === 0x1a) {
      each(from, to, (inner) => {
        if (inner === 0x08) perSecond = reader.low;
      });
    } else if (tag === 0x22) {
      const list: {operation: string; probability: number}[] = [];
      let [unlisted, lowerBound] = [0, 0];
      each(from, to, (inner, start, end) => {
        if (inner === 0x09) unlisted = reader.view.getFloat64(start, true);
        else if (inner === 0x11) lowerBound = reader.view.getFloat64(start, true);
        else if (inner === 0x1a) {
          const entry = {operation: '', probability: 0};
          each(start, end, (part, at, stop) => {
            if (part === 0x0a) entry.operation = utf8(bytes, at, stop - at);
            else if (part === 0x12) entry.probability = rate(at, stop);
          });
          list.push(entry);
        }
      });
      operations = {probability: unlisted, lowerBound, list};
    }
  });
  const base: BaseStrategy = isLimited ? {kind: 'rate_limit', perSecond} : {kind: 'probabilistic', probability};
  return operations === undefined ? {base} : {base, operations};
}

/** An encoded SamplingStrategyParameters. */
export function encodeStrategyRequest(service: string): Uint8Array {
  const writer = new ProtoWriter();
  writer.textField(1, service);
  return writer.finish();
}

/** `serviceName` of an encoded SamplingStrategyParameters; throws MalformedError where the bytes are none. */
export function decodeStrategyRequest(bytes: Uint8Array): string {
  const reader = new ProtoReader(bytes);
  let service = '';
  for (let at = 0; at < bytes.length; ) {
    at = reader.next(at, bytes.length);
    if (reader.tag === 0x0a) service = utf8(bytes, reader.from, at - reader.from);
  }
  return service;
}
