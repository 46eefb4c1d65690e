import {type Attributes, type AttributeValue, diag} from '@opentelemetry/api';
import {AddAttributeDecision, maybeAddAttribute} from '@opentelemetry/core';
import {cleanValue, readProperty, textOf, unusable} from './odd-values.ts';

/** How many attributes there may be, and how long their texts. */
export type AttributeLimits = {readonly attributeCountLimit: number; readonly attributeValueLengthLimit: number};

/** OpenTelemetry specification, "Span Limits". */
export type SpanLimits = {
  /** Of a span's own attributes, of each of its events and of each of its links. */
  readonly span: AttributeLimits;
  readonly event: AttributeLimits;
  readonly link: AttributeLimits;
  readonly events: number;
  readonly links: number;
};

const attributes = {attributeCountLimit: 128, attributeValueLengthLimit: Number.POSITIVE_INFINITY};
/** OpenTelemetry's. */
export const defaultLimits: SpanLimits = {
  span: attributes,
  event: attributes,
  link: attributes,
  events: 128,
  links: 128,
};

/**
 * The attributes of one span while it is open: what the SDK's `cleanAttributes` and `maybeAddAttribute` accept, without an
 * object and a set per attribute: texts, numbers and booleans go straight in, anything else as a copy and through the SDK's own rules.
 */
export class SpanAttributes {
  readonly values: Attributes;
  dropped = 0;
  /** At least as many as there are keys: counting exactly is left for when the limit is near. */
  #atMost: number;
  readonly #limits: AttributeLimits;

  /** Takes `values` as they are; it must be the caller's own object with valid values only. */
  constructor(values: Attributes, count: number, limits: AttributeLimits) {
    this.values = values;
    this.#limits = limits;
    this.#atMost = count;
  }

  set(key: string, value: AttributeValue | undefined): void {
    if (value === undefined || this.#takes(key, value)) return;
    if (this.#addSlowly(key, value) === AddAttributeDecision.DROP_LIMIT_REACHED && this.dropped++ === 0) {
      diag.warn('Dropping extra attributes.');
    }
  }

  setAll(attributes: Attributes): void {
    if (typeof attributes !== 'object' || attributes === null) return;
    for (const key of Object.keys(attributes)) this.set(key, readProperty(attributes, key) as AttributeValue);
  }

  /** Those a span starts with: what cannot be taken of them counts as dropped, without a word for each. */
  start(attributes: Attributes): void {
    if (typeof attributes !== 'object' || attributes === null) return;
    for (const key of Object.keys(attributes)) {
      const value = readProperty(attributes, key) as AttributeValue | undefined;
      if (value === undefined || this.#takes(key, value)) continue;
      const decision = this.#addSlowly(key, value);
      if (decision === AddAttributeDecision.DROP_LIMIT_REACHED || decision === AddAttributeDecision.DROP_INVALID) {
        this.dropped++;
      }
    }
  }

  #takes(key: string, value: AttributeValue): boolean {
    const kind = typeof value;
    if (kind !== 'string' && kind !== 'number' && kind !== 'boolean') return false;
    const {attributeCountLimit, attributeValueLengthLimit} = this.#limits;
    if (typeof key !== 'string' || key === '' || key === '__proto__' || this.#atMost >= attributeCountLimit)
      return false;
    if (kind === 'string' && (value as string).length > attributeValueLengthLimit) return false;
    this.#atMost++;
    this.values[key] = value;
    return true;
  }

  #addSlowly(key: string, given: AttributeValue): AddAttributeDecision {
    const value = cleanValue(given, this.#limits.attributeValueLengthLimit || Number.POSITIVE_INFINITY);
    if (value === unusable || typeof key !== 'string' || key === '__proto__') {
      diag.warn(`Invalid attribute value set for key: ${textOf(key)}`);
      return AddAttributeDecision.DROP_INVALID;
    }
    const currentAttributesCount = Object.keys(this.values).length;
    this.#atMost = currentAttributesCount + 1;
    return maybeAddAttribute({key, value, attributes: this.values, limits: this.#limits, currentAttributesCount});
  }
}
