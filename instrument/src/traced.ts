import {type Attributes, type Context, context, type Link, type Span, SpanKind, trace} from '@opentelemetry/api';
import {guarded, isContext, readProperty, textOf} from './odd-values.ts';
import {endWith} from './span-outcome.ts';

/** How a manual span starts. */
export type SpanSettings<Arguments extends readonly unknown[] = []> = {
  readonly kind?: SpanKind;
  /**
   * Attributes, or a function that makes them: it runs only when the span is recorded, so what is dear to compute
   * costs nothing in a trace that is not sampled. (A sampler therefore does not see what the function returns.)
   */
  readonly attributes?: Attributes | ((...args: Arguments) => Attributes);
  /** Spans this one follows from without being their child. */
  readonly links?: readonly Link[];
  /** The parent's context; else the active one. */
  readonly parent?: Context;
  /** Starts a new trace. */
  readonly root?: boolean;
};

/**
 * Runs `fn` inside a span of that name. The span is the active one while `fn` runs (across its awaits too), ends when
 * `fn` returns or its promise settles, and records what it throws. Returns what `fn` returns.
 *
 * @example const order = await traced('order.create', {attributes: {'order.items': 3}}, () => repository.insert(order));
 */
export function traced<T>(name: string, fn: (span: Span) => T): T;
export function traced<T>(name: string, settings: SpanSettings, fn: (span: Span) => T): T;
export function traced<T>(name: string, second: SpanSettings | ((span: Span) => T), third?: (span: Span) => T): T {
  return typeof second === 'function' ? run(name, {}, [], second) : run(name, second, [], third as (span: Span) => T);
}

/**
 * A method whose every call runs inside a span: `@Traced()` with standard or TypeScript's older decorators, or, without
 * any decorator syntax, `Traced('name')(fn)`. Named `Class.method` unless given a name.
 *
 * @example class Orders { @Traced({attributes: (id: string) => ({'order.id': id})}) find(id: string) { … } }
 */
export function Traced<Arguments extends readonly unknown[]>(
  ...given: [name?: string, settings?: SpanSettings<Arguments>] | [settings: SpanSettings<Arguments>]
): TracedDecorator {
  const [first, second] = given;
  const name = typeof first === 'string' ? first : undefined;
  const settings = (typeof first === 'object' ? first : second) ?? {};
  const wrap = (method: Method, property?: string | symbol): Method => {
    const own = property === undefined ? method.name || 'anonymous' : textOf(property);
    return function tracedMethod(this: unknown, ...args) {
      const spanName = name ?? (property === undefined ? own : `${className(this)}.${own}`);
      return run(spanName, settings as SpanSettings<never>, args as never, () => method.apply(this, args));
    };
  };
  return ((target: unknown, key?: unknown, descriptor?: PropertyDescriptor) => {
    if (descriptor !== undefined) {
      return {...descriptor, value: wrap(descriptor.value as Method, key as string | symbol)};
    }
    const name_ = (key as ClassMethodDecoratorContext | undefined)?.name;
    return wrap(target as Method, name_);
  }) as TracedDecorator;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;
type TracedDecorator = {
  <F extends (...args: never[]) => unknown>(fn: F, context?: ClassMethodDecoratorContext): F;
  (target: object, key: string | symbol, descriptor: PropertyDescriptor): PropertyDescriptor;
};

const className = (self: unknown): string =>
  textOf(readProperty(typeof self === 'function' ? self : readProperty(self, 'constructor'), 'name'), 'anonymous');

const tracer = trace.getTracer('@weft/instrument');

function run<T, Arguments extends readonly unknown[]>(
  name: string,
  settings: SpanSettings<Arguments>,
  args: Arguments,
  fn: (span: Span) => T,
): T {
  const given = readProperty(settings, 'parent');
  const parent = isContext(given) ? given : context.active();
  const attributes = readProperty(settings, 'attributes');
  const links = guarded(
    'links that cannot be listed are left out',
    () => listOf(readProperty(settings, 'links')),
    undefined,
  );
  const span = tracer.startSpan(
    name,
    {
      kind: (readProperty(settings, 'kind') ?? SpanKind.INTERNAL) as SpanKind,
      ...(readProperty(settings, 'root') === true ? {root: true} : {}),
      ...(links === undefined ? {} : {links}),
      ...(typeof attributes === 'object' && attributes !== null ? {attributes: attributes as Attributes} : {}),
    },
    parent,
  );
  if (typeof attributes === 'function' && span.isRecording()) {
    const made = guarded('attributes are left out: their function threw', () => attributes(...args) as Attributes, {});
    span.setAttributes(made);
  }
  return context.with(
    guarded('a context cannot be used', () => trace.setSpan(parent, span), context.active()),
    () => endWith(span, () => fn(span)),
  );
}

const listOf = (links: unknown): Link[] | undefined =>
  links == null ? undefined : Array.from(links as Iterable<Link>);
