import {
  type Attributes,
  type BatchObservableCallback,
  type BatchObservableResult,
  type Context,
  context,
  createNoopMeter,
  type Meter,
  type MeterProvider,
  type MetricOptions,
  type Observable,
  type ObservableCallback,
  type ObservableResult,
  ValueType,
} from '@opentelemetry/api';
import {complain, guarded, isContext, plainAttributes, readProperty, textOf} from './odd-values.ts';

/** Their measurements are made by this package and need no look. */
const trusted = new Set(['@opentelemetry/instrumentation-http', '@opentelemetry/instrumentation-undici']);

/**
 * `provider`, whose instruments take any value. The SDK's throw into the program, keep a sum at `NaN` from the first one on,
 * and hold the attributes' own object, which a program may go on to change.
 */
export function guardMetrics(provider: MeterProvider): MeterProvider {
  return {
    getMeter(name, version, options) {
      const url = readProperty(options, 'schemaUrl');
      const inner = provider.getMeter(textOf(name, 'unknown'), version === undefined ? undefined : textOf(version), {
        ...(url === undefined ? {} : {schemaUrl: textOf(url)}),
      });
      return trusted.has(name) ? inner : guardMeter(inner);
    },
  };
}

type Measure = (value: number, attributes?: Attributes, context?: Context) => void;

const measure =
  (inner: Measure): Measure =>
  (value, attributes, given) => {
    try {
      if (!Number.isFinite(value)) return complain('a measurement that is no finite number is left out', textOf(value));
      inner(
        value,
        attributes === undefined ? {} : plainAttributes(attributes),
        isContext(given) ? given : context.active(),
      );
    } catch (error) {
      complain('a measurement is left out', error);
    }
  };

const noop = createNoopMeter();

function guardMeter(inner: Meter): Meter {
  const make = <T>(
    name: unknown,
    options: unknown,
    create: (meter: Meter, name: string, options: MetricOptions) => T,
  ): T =>
    guarded(
      'an instrument is not made',
      () => create(inner, textOf(name, 'unnamed'), cleanOptions(options)),
      create(noop, '', {}),
    );
  const wrapped = new WeakMap<object, object>();
  const wrap = <F extends object>(callback: F, make: () => F): F => {
    let known = wrapped.get(callback) as F | undefined;
    if (known === undefined) wrapped.set(callback, (known = make()));
    return known;
  };
  const batch = (callback: BatchObservableCallback): BatchObservableCallback =>
    wrap(callback, () => (result) => callback(guardBatch(result)));
  const observable = <T extends Observable>(made: T): T => {
    const {addCallback, removeCallback} = made;
    const single = (callback: ObservableCallback): ObservableCallback =>
      wrap(callback, () => (result) => callback(guardResult(result)));
    made.addCallback = (callback) =>
      guarded('a callback is not added', () => addCallback.call(made, single(callback)), undefined);
    made.removeCallback = (callback) =>
      guarded('a callback is not removed', () => removeCallback.call(made, single(callback)), undefined);
    return made;
  };
  return {
    createCounter: (name, options) => {
      const made = make(name, options, (meter, ...about) => meter.createCounter(...about));
      return {add: measure((...given) => made.add(...given))};
    },
    createUpDownCounter: (name, options) => {
      const made = make(name, options, (meter, ...about) => meter.createUpDownCounter(...about));
      return {add: measure((...given) => made.add(...given))};
    },
    createHistogram: (name, options) => {
      const made = make(name, options, (meter, ...about) => meter.createHistogram(...about));
      return {record: measure((...given) => made.record(...given))};
    },
    createGauge: (name, options) => {
      const made = make(name, options, (meter, ...about) => meter.createGauge(...about));
      return {record: measure((...given) => made.record(...given))};
    },
    createObservableCounter: (name, options) =>
      observable(make(name, options, (meter, ...about) => meter.createObservableCounter(...about))),
    createObservableUpDownCounter: (name, options) =>
      observable(make(name, options, (meter, ...about) => meter.createObservableUpDownCounter(...about))),
    createObservableGauge: (name, options) =>
      observable(make(name, options, (meter, ...about) => meter.createObservableGauge(...about))),
    addBatchObservableCallback: (callback, observables) =>
      guarded(
        'a callback is not added',
        () => inner.addBatchObservableCallback(batch(callback), observables),
        undefined,
      ),
    removeBatchObservableCallback: (callback, observables) =>
      guarded(
        'a callback is not removed',
        () => inner.removeBatchObservableCallback(batch(callback), observables),
        undefined,
      ),
  };
}

const guardResult = (result: ObservableResult): ObservableResult => {
  const observe = measure((value, attributes) => result.observe(value, attributes));
  return {observe: (value, attributes) => observe(value, attributes)};
};

const guardBatch = (result: BatchObservableResult): BatchObservableResult => ({
  observe: (metric, value, attributes) =>
    measure((...given) => result.observe(metric, given[0], given[1]))(value, attributes),
});

function cleanOptions(given: unknown): MetricOptions {
  const text = (key: string) => {
    const value = readProperty(given, key);
    return value == null ? {} : {[key]: textOf(value)};
  };
  const valueType = readProperty(given, 'valueType');
  const boundaries = readProperty(readProperty(given, 'advice'), 'explicitBucketBoundaries');
  const finite = guarded('boundaries that cannot be read are left out', () => numbersOf(boundaries), undefined);
  return {
    ...text('description'),
    ...text('unit'),
    ...(valueType === ValueType.INT || valueType === ValueType.DOUBLE ? {valueType} : {}),
    ...(finite === undefined ? {} : {advice: {explicitBucketBoundaries: finite}}),
  };
}

/** A list of finite numbers, in order; `undefined` for anything else. */
function numbersOf(given: unknown): number[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const numbers = given.filter((value): value is number => Number.isFinite(value));
  return numbers.length === given.length ? numbers.sort((a, b) => a - b) : undefined;
}
