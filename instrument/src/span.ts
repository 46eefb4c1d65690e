import {
  type Attributes,
  type AttributeValue,
  type Context,
  diag,
  type Exception,
  type HrTime,
  type Link,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
} from '@opentelemetry/api';
import {
  cleanAttributes,
  cleanSimpleAttributes,
  hrTimeDuration,
  type InstrumentationScope,
  millisToHrTime,
} from '@opentelemetry/core';
import type {Resource} from '@opentelemetry/resources';
import type {Span, TimedEvent} from '@opentelemetry/sdk-trace';
import {exceptionAttributes, type Hidden, hide} from './exception.ts';
import {complain, guarded, plainAttributes, readProperty, textOf} from './odd-values.ts';
import {isStrict} from './privacy-operations.ts';
import type {AttributeLimits, SpanAttributes, SpanLimits} from './span-attributes.ts';
import {hrTimeOf, type SpanClock} from './span-clock.ts';
import {usableSpanContext, usableTime} from './span-identity.ts';

/** The parts that all spans of a tracer share. */
export type SpanOwner = {
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
  readonly clock: SpanClock;
  readonly stages: SpanStages;
  readonly limits: SpanLimits;
};

/** The span processors of a provider, each only where it has something to do. */
export type SpanStages = {
  onStart(span: Span, parent: Context): void;
  onEnding(span: Span): void;
  onEnd(span: Span): void;
};

export type SpanOrigin = {
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanContext: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly attributes: SpanAttributes;
  readonly links: Link[] | undefined;
  readonly startTime: TimeInput | undefined;
};

const unset: SpanStatus = Object.freeze({code: SpanStatusCode.UNSET});
const open: HrTime = [0, 0];
const openDuration: HrTime = [-1, -1];

/**
 * A span as the SDK's own behaves (same limits, warnings and values), for processors and exporters a `ReadableSpan` like
 * any other. Parts that most spans never need are made when asked for: times as pairs of numbers, lists of events and links.
 */
export class RecordedSpan implements Span {
  name: string;
  readonly kind: SpanKind;
  readonly parentSpanContext?: SpanContext;
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  status: SpanStatus = unset;
  ended = false;
  droppedEventsCount = 0;
  droppedLinksCount = 0;
  readonly #spanContext: SpanContext;
  readonly #attributes: SpanAttributes;
  readonly #owner: SpanOwner;
  #links: Link[] | undefined;
  #events: TimedEvent[] | undefined;
  /** `performance.now()` at the start and what makes unix time of it. */
  readonly #started: number;
  readonly #offset: number;
  readonly #startGiven: boolean;
  #stopped = 0;
  #startTime: HrTime | undefined;
  #endTime: HrTime | undefined;
  /** The words of its exceptions that its status must not repeat. */
  #hidden: Hidden | undefined;

  constructor(owner: SpanOwner, origin: SpanOrigin, parentContext: Context) {
    this.#owner = owner;
    this.name = origin.name;
    this.kind = origin.kind;
    this.resource = owner.resource;
    this.instrumentationScope = owner.scope;
    this.#spanContext = origin.spanContext;
    this.parentSpanContext = origin.parent as SpanContext; // Set even if undefined: one shape for all spans.
    this.#attributes = origin.attributes;
    this.#started = performance.now();
    this.#offset = owner.clock.offsetAt(this.#started);
    this.#startGiven = origin.startTime !== undefined;
    if (origin.startTime !== undefined) this.#startTime = this.#timeOf(origin.startTime);
    if (origin.links !== undefined) {
      const most = owner.limits.links;
      this.droppedLinksCount = Math.max(0, origin.links.length - most);
      this.#links = this.droppedLinksCount === 0 ? origin.links : origin.links.slice(origin.links.length - most);
    }
    owner.stages.onStart(this, parentContext);
  }

  get attributes(): Attributes {
    return this.#attributes.values;
  }
  get droppedAttributesCount(): number {
    return this.#attributes.dropped;
  }
  get links(): Link[] {
    this.#links ??= [];
    return this.#links;
  }
  get events(): TimedEvent[] {
    this.#events ??= [];
    return this.#events;
  }
  get startTime(): HrTime {
    this.#startTime ??= hrTimeOf(this.#offset, this.#started);
    return this.#startTime;
  }
  get endTime(): HrTime {
    if (this.#endTime === undefined && this.#stopped === 0) return open;
    this.#endTime ??= hrTimeOf(this.#offset, this.#stopped);
    return this.#endTime;
  }
  get duration(): HrTime {
    return this.#stopped === 0 ? openDuration : hrTimeDuration(this.startTime, this.endTime);
  }

  spanContext(): SpanContext {
    return this.#spanContext;
  }

  isRecording(): boolean {
    return !this.ended;
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (!this.#isLate()) this.#attributes.set(key, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    try {
      if (!this.#isLate()) this.#attributes.setAll(attributes);
    } catch (error) {
      complain('attributes that cannot be read are left out', error);
    }
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.#isLate()) return this;
    const {events} = this;
    const {limits} = this.#owner;
    if (events.length >= limits.events) {
      if (this.droppedEventsCount++ === 0) diag.debug('Dropping extra events.');
      if (limits.events === 0) return this;
      events.shift();
    }
    const isTime = usableTime(attributesOrTime as TimeInput | undefined) !== undefined;
    const at = time !== undefined || !isTime ? time : (attributesOrTime as TimeInput);
    const attributes = isTime ? undefined : (attributesOrTime as Attributes | undefined);
    events.push({name: textOf(name, 'unnamed'), time: this.#timeOf(at), ...eventAttributes(attributes, limits.event)});
    return this;
  }

  addLink(link: Link): this {
    if (this.#isLate()) return this;
    const cleaned = cleanLink(link, this.#owner.limits.link);
    if (cleaned === undefined) {
      this.droppedLinksCount++;
      return this;
    }
    const {links} = this;
    const {limits} = this.#owner;
    if (links.length >= limits.links) {
      if (this.droppedLinksCount++ === 0) diag.debug('Dropping extra links.');
      if (limits.links === 0) return this;
      links.shift();
    }
    links.push(cleaned);
    return this;
  }

  addLinks(links: Link[]): this {
    try {
      for (const link of links) this.addLink(link);
    } catch (error) {
      complain('links that cannot be listed are left out', error);
    }
    return this;
  }

  /** An `OK` is final, and only an error has a message (OpenTelemetry specification, "Set Status"). */
  setStatus(status: SpanStatus): this {
    const [code, message] = [readProperty(status, 'code'), readProperty(status, 'message')];
    if (code !== SpanStatusCode.OK && code !== SpanStatusCode.ERROR) return this;
    if (this.#isLate() || this.status.code === SpanStatusCode.OK) return this;
    const described = code === SpanStatusCode.ERROR && typeof message === 'string';
    if (code === SpanStatusCode.ERROR && message != null && !described) {
      diag.warn(`Dropping invalid status.message of type '${typeof message}', expected 'string'`);
    }
    this.status = described ? {code, message} : {code};
    return this;
  }

  updateName(name: string): this {
    if (!this.#isLate()) this.name = textOf(name, this.name);
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const {attributes, hidden} = guarded(
      'an exception that cannot be read is left out',
      () => exceptionAttributes(exception, isStrict(this.attributes, this.kind)),
      {attributes: {}, hidden: []},
    );
    if (hidden.length > 0) this.#hidden = this.#hidden === undefined ? hidden : [...this.#hidden, ...hidden];
    if (attributes['exception.type'] || attributes['exception.message']) this.addEvent('exception', attributes, time);
    else diag.warn(`Failed to record an exception ${textOf(exception)}`);
  }

  end(endTime?: TimeInput): void {
    if (this.ended) {
      const {traceId, spanId} = this.#spanContext;
      diag.error(`${this.name} ${traceId}-${spanId} - You can only call end() on a span once.`);
      return;
    }
    this.#stopped = performance.now();
    if (endTime !== undefined || this.#startGiven) this.#endAt(endTime);
    const {stages} = this.#owner;
    const {message} = this.status;
    if (this.#hidden !== undefined && message !== undefined) {
      this.status = {code: this.status.code, message: hide(message, this.#hidden)};
    }
    stages.onEnding(this);
    this.ended = true;
    stages.onEnd(this);
  }

  /** Times that callers name may contradict each other; the clock's own cannot. */
  #endAt(endTime: TimeInput | undefined): void {
    this.#endTime = this.#timeOf(endTime);
    if (this.duration[0] < 0) {
      diag.warn('Inconsistent start and end time, startTime > endTime. Setting span duration to 0ms.');
      this.#endTime = [...this.startTime];
    }
  }

  /** A number below the age of the process is one of `performance.now()`, any other unix time in ms; no time is now. */
  #timeOf(given: TimeInput | undefined): HrTime {
    const now = performance.now();
    const time = given === undefined ? undefined : usableTime(given);
    if (typeof time === 'object') return time;
    if (time === undefined) return hrTimeOf(this.#offset, now);
    return time <= now && typeof given === 'number' ? hrTimeOf(this.#offset, time) : millisToHrTime(time);
  }

  #isLate(): boolean {
    if (this.ended) {
      const {traceId, spanId} = this.#spanContext;
      diag.warn(`Cannot execute the operation on ended Span {traceId: ${traceId}, spanId: ${spanId}}`);
    }
    return this.ended;
  }
}

/** Those of an event, which the SDK keeps simple; plain first where they cannot be read as they are. */
function eventAttributes(given: Attributes | undefined, limits: AttributeLimits): Partial<TimedEvent> {
  try {
    return cleanSimpleAttributes(given, limits);
  } catch {
    return cleanSimpleAttributes(plainAttributes(given), limits);
  }
}

/** A link as it is kept, or `undefined` where it leads nowhere. */
export function cleanLink(link: Link, limits: AttributeLimits): Link | undefined {
  try {
    const context = usableSpanContext(link.context);
    if (context === undefined) throw new TypeError('its ids are not those of a span');
    const {attributes} = link;
    return {context, ...cleanAttributes(attributes === undefined ? undefined : plainAttributes(attributes), limits)};
  } catch (error) {
    complain('a link is left out', error);
    return undefined;
  }
}
