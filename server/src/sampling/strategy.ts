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
