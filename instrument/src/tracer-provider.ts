import type {Tracer, TracerProvider} from '@opentelemetry/api';
import type {Resource} from '@opentelemetry/resources';
import type {IdGenerator, Sampler, SpanProcessor} from '@opentelemetry/sdk-trace';
import {complain, readProperty, textOf} from './odd-values.ts';
import type {SpanStages} from './span.ts';
import {defaultLimits, type SpanLimits} from './span-attributes.ts';
import {createSpanClock} from './span-clock.ts';
import {LeanTracer} from './tracer.ts';

/** A span processor that may leave out what it does not do: each call of an empty function is one too many. */
export type SpanStage = Pick<SpanProcessor, 'forceFlush' | 'shutdown'> &
  Partial<Pick<SpanProcessor, 'onStart' | 'onEnding' | 'onEnd'>>;

export type TracerProviderOptions = {
  readonly resource: Resource;
  readonly ids: IdGenerator;
  readonly sampler: Sampler;
  readonly limits?: SpanLimits;
  /** In the order in which they see a span. */
  readonly stages: readonly SpanStage[];
};

export type LeanTracerProvider = TracerProvider & {forceFlush(): Promise<void>; shutdown(): Promise<void>};

/** Tracers whose spans cost a third of the SDK's; see docs/decisions/0021-own-span.md. */
export function createTracerProvider(options: TracerProviderOptions): LeanTracerProvider {
  const {resource, ids, sampler, stages, limits = defaultLimits} = options;
  const clock = createSpanClock();
  const composed = compose(stages);
  const tracers = new Map<string, Tracer>();
  return {
    getTracer(givenName, givenVersion, options) {
      const name = textOf(givenName, 'unknown');
      const version = givenVersion === undefined ? undefined : textOf(givenVersion);
      const givenUrl = readProperty(options, 'schemaUrl');
      const schemaUrl = givenUrl === undefined ? undefined : textOf(givenUrl);
      const key = `${name}@${version ?? ''}:${schemaUrl ?? ''}`;
      let tracer = tracers.get(key);
      if (tracer === undefined) {
        const scope = {
          name,
          ...(version === undefined ? {} : {version}),
          ...(schemaUrl === undefined ? {} : {schemaUrl}),
        };
        tracer = new LeanTracer({resource, scope, clock, stages: composed, limits, sampler, ids});
        tracers.set(key, tracer);
      }
      return tracer;
    },
    forceFlush: async () => void (await Promise.all(stages.map((stage) => stage.forceFlush()))),
    shutdown: async () => void (await Promise.all(stages.map((stage) => stage.shutdown()))),
  };
}

function compose(stages: readonly SpanStage[]): SpanStages {
  const [starting, ending, ended] = [
    stages.filter(({onStart}) => onStart !== undefined),
    stages.filter(({onEnding}) => onEnding !== undefined),
    stages.filter(({onEnd}) => onEnd !== undefined),
  ];
  return {
    onStart(span, parent) {
      for (let index = 0; index < starting.length; index++) {
        try {
          starting[index]!.onStart!(span, parent);
        } catch (error) {
          complain('a span processor threw', error);
        }
      }
    },
    onEnding(span) {
      for (let index = 0; index < ending.length; index++) {
        try {
          ending[index]!.onEnding!(span);
        } catch (error) {
          complain('a span processor threw', error);
        }
      }
    },
    onEnd(span) {
      for (let index = 0; index < ended.length; index++) {
        try {
          ended[index]!.onEnd!(span);
        } catch (error) {
          complain('a span processor threw', error);
        }
      }
    },
  };
}
