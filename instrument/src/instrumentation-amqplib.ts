import {type Span, SpanStatusCode} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import type * as Amqplib from '@opentelemetry/instrumentation-amqplib';
import {describeFailure} from './driver-errors.ts';
import {optionalPackage} from './optional-package.ts';

type Options = {readonly headers?: object};
type Publish = (this: unknown, ...args: unknown[]) => unknown;
type Started = {span: Span; modifiedOptions: object};
type Methods = {
  createPublishSpan(self: unknown, exchange: unknown, key: unknown, channel: unknown, options?: Options): Started;
  getPublishPatch(version: unknown, original: Publish): Publish;
  getConfirmedPublishPatch(version: unknown, original: Publish): Publish;
};

/**
 * OpenTelemetry's amqplib instrumentation with options and headers of its own: theirs writes the context into the caller's, fails
 * where they are frozen, and leaves the span of a message that amqplib refuses to encode open.
 */
export function amqplibInstrumentation(): Instrumentation {
  const {AmqplibInstrumentation} = optionalPackage<typeof Amqplib>('@opentelemetry/instrumentation-amqplib');
  const instrumentation = new AmqplibInstrumentation();
  const theirs = instrumentation as unknown as Methods;
  const {createPublishSpan} = theirs;
  /** The spans of messages on their way into amqplib, by the options that go with them. */
  const open = new WeakMap<object, Span>();
  theirs.createPublishSpan = (self, exchange, key, channel, options) => {
    const prototype = Object.getPrototypeOf(options ?? {}) as object | null;
    const properties = {...Object.getOwnPropertyDescriptors(options ?? {}), headers: ownHeaders(options)};
    const own: object = Object.create(prototype, properties);
    const started = createPublishSpan.call(instrumentation, self, exchange, key, channel, own);
    open.set(started.modifiedOptions, started.span);
    return started;
  };
  for (const name of ['getPublishPatch', 'getConfirmedPublishPatch'] as const) {
    const patch = theirs[name];
    theirs[name] = (version, original) =>
      patch.call(instrumentation, version, function publish(...args) {
        try {
          return original.apply(this, args);
        } catch (error) {
          const options = args[3];
          if (typeof options === 'object' && options !== null) fail(open.get(options), error);
          throw error;
        }
      });
  }
  return instrumentation;
}

const ownHeaders = (options: Options | undefined): PropertyDescriptor => ({
  value: {...options?.headers},
  writable: true,
  enumerable: true,
  configurable: true,
});

function fail(span: Span | undefined, error: unknown): void {
  if (span?.isRecording() !== true) return;
  if (error instanceof Error) span.recordException(error);
  const {type, message} = describeFailure(error);
  span.setAttribute('error.type', type);
  span.setStatus({code: SpanStatusCode.ERROR, message});
  span.end();
}
